import { createDeadline } from '@hanse/core'
import type { Clock, Logger, Random } from '@hanse/core'
import { storeUnavailable } from '../errors.ts'
import type { ProcessRecord } from '../record/process-record.ts'
import type { RecordStore } from '../record/record-store.ts'
import { observedMs } from './observe-records.ts'

/** Options of {@link Refresher}. */
export interface RefresherOptions {
  readonly records: RecordStore
  readonly everyMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Whether silence counts now; not while our own writes fail. */
  readonly silenceCounts: () => boolean
  readonly onRecords: (records: readonly ProcessRecord[], creditMs: number) => void
  /** Called at every interval, also while the store does not answer. */
  readonly onTick: () => void
}

/** Reads the store again and again, one read at a time, and goes on when reads fail. */
export class Refresher {
  readonly #options: RefresherOptions
  readonly #stop = new AbortController()
  #loop: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #next: Promise<void> | undefined
  #lastReadMs: number | undefined
  #stale = false

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /** Whether any read has succeeded. */
  get ready(): boolean {
    return this.#lastReadMs !== undefined
  }

  /** Whether the last read failed. */
  get stale(): boolean {
    return this.#stale
  }

  /** Milliseconds since the last good read. */
  get ageMs(): number {
    return this.#lastReadMs === undefined ? 0 : this.#options.clock.monotonic() - this.#lastReadMs
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** Reads now; a call during a read waits for one that starts after it, so it sees what was written before the call. */
  refresh(): Promise<void> {
    if (this.#reading === undefined) return this.#begin()
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#begin()
      })
    return this.#next
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled([this.#loop, this.#reading])
  }

  async #run(): Promise<void> {
    const { clock, random, everyMs, onTick } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      await clock.sleep(everyMs * (0.9 + 0.2 * random()), { signal }).catch(() => undefined)
      if (signal.aborted) return
      // A failed read has been logged and shows as `stale`; the next one comes anyway.
      await this.refresh().catch(() => undefined)
      onTick()
    }
  }

  #begin(): Promise<void> {
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const { records, clock, everyMs, onRecords } = this.#options
    const startedMs = clock.monotonic()
    using deadline = createDeadline({ timeoutMs: Math.max(5_000, everyMs), subject: 'reading the registry', clock, signal: this.#stop.signal })
    let found: readonly ProcessRecord[]
    try {
      found = await records.readAll({ signal: deadline.signal })
    } catch (error) {
      this.#fail(error)
      throw storeUnavailable('be read', error)
    }
    const creditMs = this.#lastReadMs === undefined || !this.#options.silenceCounts() ? 0 : observedMs(startedMs - this.#lastReadMs, everyMs)
    this.#lastReadMs = startedMs
    if (this.#stale) this.#options.logger.info({}, 'registry: the store answers again')
    this.#stale = false
    if (!this.#stop.signal.aborted) onRecords(found, creditMs)
  }

  #fail(error: unknown): void {
    if (!this.#stale && !this.#stop.signal.aborted) {
      this.#options.logger.warn({ error }, 'registry: the store cannot be read; the last snapshot goes on serving and nobody is given up for silence')
    }
    this.#stale = true
  }
}
