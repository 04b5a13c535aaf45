import { HanseError } from '@hanse/core'
import type { Clock, GenerateId, Logger, Timer } from '@hanse/core'
import type { EventBus } from '../event-bus.ts'
import { bucketOf } from './outbox-tables.ts'
import type { PendingMover } from './pending-events.ts'
import { beatsUntilDead, createShardLeases } from './shard-leases.ts'
import type { HeldShard, OutboxStore, ShardLeases } from './shard-leases.ts'
import { fromOutboxRow } from './stored-event.ts'
import type { OutboxRow } from './stored-event.ts'

/** What {@link createRelay} works with. */
export interface RelayOptions {
  readonly store: OutboxStore
  readonly bus: Pick<EventBus, 'send'>
  readonly pending: PendingMover
  readonly clock: Clock
  readonly generateId: GenerateId
  readonly logger: Logger
  readonly pollEveryMs: number
  readonly sweepEveryMs: number
  readonly takeoverMs: number
}

/** Publishes what stands in the outbox: the shares that it holds, each in order, at least once. */
export interface Relay {
  start(): Promise<void>
  /** Looks soon, and again a few times: something is about to be committed. */
  wake(shard: number): void
  close(): Promise<void>
}

const batchSize = 100
/** How far behind the last event seen the frequent look reaches back, for writes that were overtaken; sweeps see everything. */
const overlapMs = 2_000
/** An empty bucket this much older than the current one is removed, six buckets after its last event could be written. */
const keepBuckets = 6
/** How far below the lowest known bucket a sweep looks for others, so that it need not read over removed marks. */
const lookBackBuckets = 12
const longestBurstMs = 128

interface ShardWork {
  readonly held: HeldShard
  buckets: readonly number[]
  lowest: number | undefined
  readonly lastSeen: Map<number, string>
  readonly published: Set<string>
  /** Hints seen by the sweep before this one: their writers have had time to settle them. */
  seenHints: ReadonlySet<string>
  sweepDue: boolean
  running: Promise<void> | undefined
  again: boolean
}

/** Makes a {@link Relay}. */
export function createRelay(options: RelayOptions): Relay {
  return new ShardRelay(options)
}

class ShardRelay implements Relay {
  readonly #options: RelayOptions
  readonly #leases: ShardLeases
  readonly #work = new Map<number, ShardWork>()
  readonly #bursts = new Map<number, Timer>()
  readonly #waking = new Set<number>()
  readonly #timers = new Map<string, Timer>()
  #beating: Promise<void> | undefined
  #closed = false

  constructor(options: RelayOptions) {
    this.#options = options
    const { store, generateId, logger } = options
    this.#leases = createShardLeases({ store, generateId, logger, drain: async (shard) => this.#work.get(shard)?.running })
  }

  async start(): Promise<void> {
    const { takeoverMs, pollEveryMs, sweepEveryMs } = this.#options
    await this.#leases.beat()
    this.#lookAtAll(true)
    this.#every('beat', takeoverMs / beatsUntilDead, () => this.#beat())
    this.#every('poll', pollEveryMs, () => this.#lookAtAll(false))
    this.#every('sweep', sweepEveryMs, () => this.#lookAtAll(true))
  }

  wake(shard: number): void {
    if (!this.#leases.held.has(shard) || this.#closed || this.#waking.has(shard)) return
    this.#waking.add(shard)
    setImmediate(() => {
      this.#waking.delete(shard)
      this.#burst(shard, 1)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const timer of [...this.#timers.values(), ...this.#bursts.values()]) timer.cancel()
    await this.#beating
    await Promise.all([...this.#work.values()].map(async (work) => work.running))
    await this.#leases.release()
  }

  #every(name: string, ms: number, run: () => void): void {
    const timer = this.#options.clock.setTimer(ms, () => {
      if (this.#closed) return
      this.#every(name, ms, run)
      run()
    })
    this.#timers.set(name, timer)
  }

  /** The commit that was announced takes from microseconds to many milliseconds. */
  #burst(shard: number, waitMs: number): void {
    if (this.#closed) return
    this.#look(shard, false)
    this.#bursts.get(shard)?.cancel()
    if (waitMs > longestBurstMs) return void this.#bursts.delete(shard)
    this.#bursts.set(
      shard,
      this.#options.clock.setTimer(waitMs, () => this.#burst(shard, waitMs * 2)),
    )
  }

  #beat(): void {
    this.#beating ??= this.#leases
      .beat()
      .then(() => this.#lookAtAll(false))
      .catch((error: unknown) => this.#report(error, 'a beat of the outbox relay failed'))
      .finally(() => {
        this.#beating = undefined
      })
  }

  #lookAtAll(sweep: boolean): void {
    for (const shard of this.#work.keys()) if (!this.#leases.held.has(shard)) this.#work.delete(shard)
    for (const shard of this.#leases.held.keys()) this.#look(shard, sweep)
  }

  /** One look at a share at a time; a wish that comes meanwhile is kept. */
  #look(shard: number, sweep: boolean): void {
    const work = this.#workOn(shard)
    if (work === undefined || this.#closed) return
    work.sweepDue ||= sweep
    work.again = true
    work.running ??= this.#run(work).finally(() => {
      work.running = undefined
    })
  }

  #workOn(shard: number): ShardWork | undefined {
    const held = this.#leases.held.get(shard)
    if (held === undefined) return undefined
    const known = this.#work.get(shard)
    if (known?.held.epoch === held.epoch) return known
    // A share that is new to us is swept first, because what came before must be published before what comes now.
    const work: ShardWork = {
      held,
      buckets: [],
      lowest: undefined,
      lastSeen: new Map(),
      published: new Set(),
      seenHints: new Set(),
      sweepDue: true,
      running: undefined,
      again: false,
    }
    this.#work.set(shard, work)
    return work
  }

  async #run(work: ShardWork): Promise<void> {
    while (work.again && !this.#closed) {
      work.again = false
      const sweep = work.sweepDue
      work.sweepDue = false
      try {
        if (sweep) await this.#sweep(work)
        else await this.#publish(work, this.#hotBuckets(work), true)
      } catch (error) {
        work.sweepDue ||= sweep
        this.#report(error, 'the outbox could not be published; it is tried again')
      }
    }
  }

  #hotBuckets(work: ShardWork): readonly number[] {
    const now = bucketOf(this.#options.clock.now())
    const hot = work.buckets.filter((bucket) => bucket >= now - 1)
    return hot.includes(now) ? hot : [...hot, now].toSorted((a, b) => a - b)
  }

  async #sweep(work: ShardWork): Promise<void> {
    const { store } = this.#options
    const { shard } = work.held
    const marks = store.buckets.select({ shard })
    const rows = await (work.lowest === undefined ? marks : marks.where('bucket', '>=', work.lowest - lookBackBuckets))
    work.buckets = rows.map((row) => row.bucket)
    work.lowest = work.buckets[0] ?? work.lowest
    await this.#publish(work, work.buckets, false)
    const hinted = await this.#resolveHints(work)
    await this.#removeOld(work, hinted)
  }

  async #publish(work: ShardWork, buckets: readonly number[], recentOnly: boolean): Promise<void> {
    for (;;) {
      const rows = await this.#read(work, buckets, recentOnly)
      if (rows.length === 0 || this.#closed) return
      const fresh = rows.filter((row) => !work.published.has(row.seq))
      if (fresh.length > 0) {
        if (!(await this.#leases.confirm(work.held))) return
        await this.#options.bus.send(fresh.map(fromOutboxRow))
        for (const row of fresh) work.published.add(row.seq)
      }
      await this.#remove(rows)
      for (const { bucket, seq } of rows) {
        work.published.delete(seq)
        if (seq > (work.lastSeen.get(bucket) ?? '')) work.lastSeen.set(bucket, seq)
      }
      if (rows.length < batchSize) return
    }
  }

  async #read(work: ShardWork, buckets: readonly number[], recentOnly: boolean): Promise<OutboxRow[]> {
    const { store } = this.#options
    const rows: OutboxRow[] = []
    for (const bucket of buckets) {
      const all = store.events.select({ shard: work.held.shard, bucket })
      const last = recentOnly ? work.lastSeen.get(bucket) : undefined
      const select = last === undefined ? all : all.where('seq', '>=', beforeSeq(last, overlapMs))
      rows.push(...(await select.limit(batchSize - rows.length)))
      if (rows.length >= batchSize) break
    }
    return rows
  }

  async #remove(rows: readonly OutboxRow[]): Promise<void> {
    const { store } = this.#options
    for (const bucket of new Set(rows.map((row) => row.bucket))) {
      const ofBucket = rows.filter((row) => row.bucket === bucket)
      await store.atomically(ofBucket.map(({ shard, seq }) => store.events.delete({ shard, bucket, seq })))
    }
  }

  /** Settles hints that were there a sweep ago; returns the buckets that still have some. */
  async #resolveHints(work: ShardWork): Promise<ReadonlySet<number>> {
    const { store, pending } = this.#options
    const seen = new Set<string>()
    const buckets = new Set<number>()
    for (const bucket of work.buckets) {
      for await (const hint of store.hints.select({ shard: work.held.shard, bucket })) {
        if (this.#closed) return buckets
        seen.add(hint.id)
        buckets.add(bucket)
        if (work.seenHints.has(hint.id)) await pending.resolve(hint)
      }
    }
    work.seenHints = seen
    return buckets
  }

  /** A bucket goes as three partition deletes, so that nobody ever reads over what was deleted in it. */
  async #removeOld(work: ShardWork, hinted: ReadonlySet<number>): Promise<void> {
    const { store, clock } = this.#options
    const { shard } = work.held
    const old = work.buckets.filter((bucket) => bucket < bucketOf(clock.now()) - keepBuckets && !hinted.has(bucket))
    for (const bucket of old) {
      const [left] = await store.events.select({ shard, bucket }).limit(1)
      if (left !== undefined) continue
      await store.events.delete({ shard, bucket })
      await store.hints.delete({ shard, bucket })
      await store.buckets.delete({ shard, bucket })
      work.lastSeen.delete(bucket)
      work.buckets = work.buckets.filter((each) => each !== bucket)
    }
  }

  #report(error: unknown, message: string): void {
    if (!HanseError.hasCode(error, 'CLOSED') || !this.#closed) this.#options.logger.warn({ err: error }, message)
  }
}

/** A text that sorts before every UUIDv7 made later than `ms` milliseconds before this one. */
export function beforeSeq(seq: string, ms: number): string {
  const made = Number.parseInt(seq.slice(0, 8) + seq.slice(9, 13), 16)
  const hex = Math.max(0, made - ms)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}
