import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { EventBusErrorCode } from '../errors.ts'
import type { OutgoingRecord } from '../transport/event-transport.ts'

interface QueuedRecords {
  readonly records: readonly OutgoingRecord[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Options of {@link createPublishBatcher}. */
export interface PublishBatcherOptions {
  /** Hands a batch over; calls never overlap. */
  readonly append: (records: readonly OutgoingRecord[]) => Promise<void>
  /** The most records in one batch, unless one call alone has more. */
  readonly maxBatch: number
  /** The most records that wait or are under way. */
  readonly maxBuffered: number
}

/** Coalesces concurrent calls into batches, in the order of the calls. */
export interface PublishBatcher {
  /**
   * Resolves when the records are durable.
   * @throws HanseError `BUFFER_FULL` when too much waits already; `PUBLISH_FAILED` with the transport's error as cause; the signal's reason
   */
  add(records: readonly OutgoingRecord[], options?: AbortOptions): Promise<void>
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

/**
 * Batches by age, never by silence: the first record of a batch waits for the end of the event loop's turn
 * or for the batch before it, whichever is later, and nothing that comes after can hold it back.
 */
export function createPublishBatcher(options: PublishBatcherOptions): PublishBatcher {
  let queue: QueuedRecords[] = []
  let buffered = 0
  let running: Promise<void> | undefined

  const run = async (): Promise<void> => {
    await nextTurn()
    while (queue.length > 0) {
      const batch = takeBatch()
      const records = batch.flatMap((entry) => entry.records)
      try {
        await options.append(records)
        for (const entry of batch) entry.resolve()
      } catch (error) {
        if (batch.length > 1 && isRefusal(error)) await appendEach(batch)
        else for (const entry of batch) entry.reject(publishFailed(entry.records, error))
      }
      buffered -= records.length
    }
    running = undefined
  }
  /** Nothing of a refused batch was kept; what is wrong with one of its entries is not the fault of the others. */
  const appendEach = async (batch: readonly QueuedRecords[]): Promise<void> => {
    for (const entry of batch) {
      try {
        await options.append(entry.records)
        entry.resolve()
      } catch (error) {
        entry.reject(publishFailed(entry.records, error))
      }
    }
  }
  const takeBatch = (): QueuedRecords[] => {
    let count = 0
    let taken = 0
    for (const entry of queue) {
      if (taken > 0 && count + entry.records.length > options.maxBatch) break
      count += entry.records.length
      taken++
    }
    const batch = queue.slice(0, taken)
    queue = queue.slice(taken)
    return batch
  }
  const withdraw = (entry: QueuedRecords): void => {
    if (!queue.includes(entry)) return
    queue = queue.filter((other) => other !== entry)
    buffered -= entry.records.length
  }
  return {
    add: (records, { signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        if (records.length === 0) return resolve()
        if (buffered > 0 && buffered + records.length > options.maxBuffered) throw bufferFull(options.maxBuffered)
        const onAbort = (): void => {
          withdraw(entry)
          reject(signal?.reason)
        }
        const done = (): void => signal?.removeEventListener('abort', onAbort)
        const entry: QueuedRecords = {
          records,
          resolve: () => (done(), resolve()),
          reject: (error) => (done(), reject(error)),
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        buffered += records.length
        queue.push(entry)
        running ??= run()
      }),
    idle: async () => {
      while (running !== undefined) await running
    },
  }
}

function bufferFull(maxBuffered: number): HanseError<EventBusErrorCode> {
  return new HanseError(`${maxBuffered} events wait to be published already. Publish more slowly, or raise 'maxBuffered'.`, {
    code: 'BUFFER_FULL',
    retryable: true,
    details: { maxBuffered },
  })
}

/** Refused by the transport before anything was kept: to repeat it unchanged is of no use. */
function isRefusal(error: unknown): boolean {
  return HanseError.hasCode(error, 'PUBLISH_FAILED') && !error.retryable
}

function publishFailed(records: readonly OutgoingRecord[], cause: unknown): unknown {
  if (HanseError.hasCode(cause, 'TOPIC_MISSING', 'CLOSED')) return cause
  if (isRefusal(cause)) return cause
  const topics = [...new Set(records.map((record) => record.topic))].join(', ')
  return new HanseError<EventBusErrorCode>(
    `could not publish to ${topics}: ${cause instanceof Error ? cause.message : String(cause)} Whether the events were kept is not known; publish again with the same id.`,
    { code: 'PUBLISH_FAILED', retryable: true, cause },
  )
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
