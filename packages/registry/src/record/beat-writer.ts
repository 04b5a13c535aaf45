import { createDeadline } from '@hanse/core'
import type { AbortOptions, Clock, Logger, Random, Timer } from '@hanse/core'
import type { Instance, InstanceStatus } from './instance.ts'
import type { RecordStore } from './record-store.ts'

/** Options of {@link BeatWriter}. */
export interface BeatWriterOptions {
  readonly records: RecordStore
  readonly processId: string
  readonly everyMs: number
  readonly ttlSeconds: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

interface Entry {
  readonly instance: Instance
  readonly status: InstanceStatus
  /** When it left, in monotonic milliseconds. */
  readonly leftAtMs: number | undefined
}

/** Keeps this process's record in the store: beats while an instance is up, writes at once when something changes, one write at a time. */
export class BeatWriter {
  readonly #options: BeatWriterOptions
  readonly #entries = new Map<string, Entry>()
  #sequence = 0
  #writing: Promise<void> = Promise.resolve()
  #queued: Promise<void> | undefined
  #timer: Timer | undefined
  #failing = false

  constructor(options: BeatWriterOptions) {
    this.#options = options
  }

  /** Whether the last write failed. Then the store is away for us, and what we read of others' silence proves nothing. */
  get failing(): boolean {
    return this.#failing
  }

  /** Sets an instance's status; {@link flush} makes it known. */
  set(instance: Instance, status: InstanceStatus): void {
    const leftAtMs = status === 'left' ? this.#options.clock.monotonic() : undefined
    this.#entries.set(instance.id, { instance, status, leftAtMs })
    this.#schedule()
  }

  /** Takes an instance back whose first write failed. */
  forget(instance: Instance): void {
    this.#entries.delete(instance.id)
    this.#schedule()
  }

  /** Writes the record now; calls that come while another write is under way share the next one. */
  flush(options: AbortOptions = {}): Promise<void> {
    this.#queued ??= this.#writing.then(() => {
      this.#queued = undefined
      const write = this.#write(options)
      // The next write waits for this one to end, well or not; its own caller hears of the failure.
      this.#writing = write.catch(() => undefined)
      return write
    })
    return this.#queued
  }

  /** Stops beating. What is under way ends first. */
  async stop(): Promise<void> {
    this.#entries.clear()
    this.#schedule()
    await this.#writing
  }

  /** Beats while any instance has not left. */
  #schedule(): void {
    const { clock, random, everyMs } = this.#options
    const living = [...this.#entries.values()].some((entry) => entry.status !== 'left')
    if (!living) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    // Jitter of a fifth, so that processes that start together do not beat together.
    this.#timer ??= clock.setTimer(everyMs * (0.8 + 0.4 * random()), () => {
      this.#timer = undefined
      void this.#beat()
    })
  }

  async #beat(): Promise<void> {
    try {
      await this.flush()
    } catch (error) {
      this.#options.logger.warn({ error, processId: this.#options.processId }, 'registry: a beat could not be written')
    }
    this.#schedule()
  }

  async #write(options: AbortOptions): Promise<void> {
    const { records, processId, everyMs, ttlSeconds, clock } = this.#options
    const instances = this.#current().map(({ instance, status }) => ({ instance, status }))
    const record = { processId, sequence: ++this.#sequence, beatEveryMs: everyMs, instances }
    // A write that hangs must not keep the next beats back until the record has expired.
    using deadline = createDeadline({ timeoutMs: (ttlSeconds * 1_000) / 3, subject: 'writing a beat', clock, ...options })
    try {
      await records.write(record, ttlSeconds, { signal: deadline.signal })
      this.#failing = false
    } catch (error) {
      this.#failing = true
      throw error
    }
  }

  /** The instances to record; one that left stays as long as a reader may still hold an older record of it. */
  #current(): readonly Entry[] {
    const { clock, ttlSeconds } = this.#options
    const oldest = clock.monotonic() - ttlSeconds * 1_000
    for (const [id, entry] of this.#entries) if (entry.leftAtMs !== undefined && entry.leftAtMs < oldest) this.#entries.delete(id)
    return [...this.#entries.values()]
  }
}
