import { HanseError, raceAbort } from '@hanse/core'
import type { Clock, Logger } from '@hanse/core'
import { partitionLost } from '../errors.ts'
import type { AssignedPartition, LogRecord, PartitionSink } from '../transport/event-transport.ts'
import { createOffsetTracker } from './offset-tracker.ts'
import type { OffsetTracker } from './offset-tracker.ts'

/** How far the work on a partition may still go. */
export interface LaneScope {
  /** Aborts when nothing new may begin: no attempt, no wait. What runs may end. */
  readonly stop: AbortSignal
  /** Aborts when even what runs must end. */
  readonly abort: AbortSignal
  /** Called before each attempt; aborts both when the partition may be gone without anybody having said so. */
  readonly confirm: () => void
}

/** What {@link createPartitionLanes} works with. */
export interface PartitionLanesOptions {
  readonly group: string
  readonly assigned: AssignedPartition
  /** Does all the work on one record; resolves when the record is done for good, rejects when it must be delivered again. */
  readonly settle: (record: LogRecord, scope: LaneScope) => Promise<void>
  /** How many unfinished records, and how many finished ones that are not committed, the partition may hold before it takes no more. */
  readonly maxBuffered: number
  readonly clock: Clock
  readonly logger: Logger
  /** Called once, when the partition is no longer worked on. */
  readonly ended: () => void
}

/** The lanes of one assigned partition. */
export interface PartitionLanes extends PartitionSink {
  /** Aborts the running handlers; what they worked on is delivered again. */
  giveUp(reason: unknown): void
  /** While paused, no further records are taken. */
  setPaused(paused: boolean): void
}

const commitRetryMs = 500

/**
 * Splits a partition into lanes by key: one record of a lane at a time, in order; lanes side by side.
 * Commits the offset before which everything is finished, with one commit under way at a time.
 */
export function createPartitionLanes(options: PartitionLanesOptions): PartitionLanes {
  return new Lanes(options)
}

class Lanes implements PartitionLanes {
  readonly #options: PartitionLanesOptions
  readonly #tracker: OffsetTracker
  readonly #lanes = new Map<string, LogRecord[]>()
  readonly #stop = new AbortController()
  readonly #abort = new AbortController()
  readonly #scope: LaneScope
  #running = 0
  #paused = false
  #committed: number
  #committing: Promise<void> | undefined
  #revoking: Promise<void> | undefined
  #roomWaiters: (() => void)[] = []
  #idleWaiters: (() => void)[] = []

  constructor(options: PartitionLanesOptions) {
    this.#options = options
    this.#committed = options.assigned.offset
    this.#tracker = createOffsetTracker(options.assigned.offset)
    this.#scope = { stop: this.#stop.signal, abort: this.#abort.signal, confirm: () => options.assigned.confirm() }
  }

  async deliver(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      while (!this.#hasRoom()) await new Promise<void>((resolve) => this.#roomWaiters.push(resolve))
      if (this.#stop.signal.aborted) return
      this.#tracker.deliver(record.offset)
      this.#enqueue(record)
    }
  }

  revoke(): Promise<void> {
    this.#revoking ??= this.#drain()
    return this.#revoking
  }

  lost(): void {
    const { group, assigned } = this.#options
    this.giveUp(partitionLost(group, assigned.topic, assigned.partition))
    void this.revoke()
  }

  giveUp(reason: unknown): void {
    this.#stop.abort(reason)
    this.#abort.abort(reason)
    this.#wakeRoom()
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    this.#wakeRoom()
  }

  async #drain(): Promise<void> {
    this.#stop.abort(new HanseError('the partition is being given back', { code: 'CLOSED' }))
    this.#wakeRoom()
    while (this.#running > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve))
    while (this.#committing !== undefined) await this.#committing
    this.#options.ended()
  }

  #hasRoom(): boolean {
    if (this.#stop.signal.aborted) return true
    const { maxBuffered } = this.#options
    // Finished work that is not committed yet would be repeated after a crash, so it counts, too.
    return !this.#paused && this.#tracker.unfinished < maxBuffered && this.#tracker.committable - this.#committed < maxBuffered
  }

  #wakeRoom(): void {
    if (!this.#hasRoom()) return
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const wake of waiters) wake()
  }

  #enqueue(record: LogRecord): void {
    // A record without a key has no order to keep, so it is a lane of its own.
    const name = record.key === null ? `#${record.offset}` : `=${record.key}`
    const lane = this.#lanes.get(name)
    if (lane !== undefined) {
      lane.push(record)
      return
    }
    const started = [record]
    this.#lanes.set(name, started)
    void this.#run(name, started)
  }

  async #run(name: string, lane: LogRecord[]): Promise<void> {
    this.#running++
    for (let at = 0; at < lane.length && !this.#stop.signal.aborted; at++) {
      const record = lane[at]
      if (record === undefined || !(await this.#settle(record))) break
      this.#tracker.finish(record.offset)
      this.#commit()
      this.#wakeRoom()
      if (at >= 256) {
        lane.splice(0, at + 1)
        at = -1
      }
    }
    this.#lanes.delete(name)
    this.#running--
    if (this.#running > 0) return
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const wake of waiters) wake()
  }

  async #settle(record: LogRecord): Promise<boolean> {
    const { settle, logger } = this.#options
    try {
      await settle(record, this.#scope)
      return true
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        // Not reachable while `settle` keeps its contract; a broken one must neither lose the record nor spin.
        logger.error({ err: error, topic: record.topic, partition: record.partition, offset: record.offset }, 'an event could not be settled')
        this.giveUp(error)
      }
      return false
    }
  }

  #commit(): void {
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined
    })
  }

  async #commitAll(): Promise<void> {
    const { assigned, clock, logger } = this.#options
    await nextTurn()
    while (this.#tracker.committable > this.#committed && !this.#abort.signal.aborted) {
      const offset = this.#tracker.committable
      try {
        await raceAbort(assigned.commit(offset), this.#abort.signal)
        this.#committed = offset
        this.#wakeRoom()
      } catch (error) {
        if (this.#abort.signal.aborted) return
        if (HanseError.hasCode(error, 'PARTITION_LOST')) return this.lost()
        if (HanseError.hasCode(error, 'CLOSED')) return
        logger.warn({ err: error, topic: assigned.topic, partition: assigned.partition }, 'an offset could not be committed; it is tried again')
        await clock.sleep(commitRetryMs, { signal: this.#abort.signal }).catch(() => undefined)
      }
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
