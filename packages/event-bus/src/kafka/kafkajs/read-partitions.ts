import { raceAbort, systemClock } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import type { LogRecord } from '../../transport/event-transport.ts'
import type { PartitionEnds } from '../kafka-client.ts'
import { toRecord } from './to-record.ts'

/** Options of {@link readPartitions}. */
export interface ReadPartitionsOptions extends AbortOptions {
  readonly kafka: Kafka
  readonly admin: Admin
  /** A group that nobody else uses: kafkajs reads in groups only. It commits nothing, and is gone when it is left. */
  readonly group: string
  readonly topic: string
  readonly ends: ReadonlyMap<number, PartitionEnds>
}

const heartbeatMs = 1_000

/** Reads partitions up to their ends. Batches wait until the reader wants them. */
export async function* readPartitions(options: ReadPartitionsOptions): AsyncIterable<LogRecord> {
  const open = new Map([...options.ends].filter(([, { low, high }]) => high > low).map(([partition, { high }]) => [partition, high]))
  if (open.size === 0) return
  const consumer = options.kafka.consumer({ groupId: options.group, maxWaitTimeInMs: 100, allowAutoTopicCreation: false, sessionTimeout: 30_000 })
  const batches = new BatchChannel()
  try {
    await run(consumer, options.topic, batches)
    while (open.size > 0) {
      const { partition, records, last } = await batches.next(options.signal)
      const end = open.get(partition)
      if (end === undefined) continue
      for (const record of records) if (record.offset < end) yield record
      if (last + 1 >= end) open.delete(partition)
    }
  } finally {
    batches.close()
    await consumer.disconnect()
    // An empty group goes by itself in time; that it could not be removed now harms nobody.
    await options.admin.deleteGroups([options.group]).catch(() => undefined)
  }
}

async function run(consumer: Consumer, topic: string, batches: BatchChannel): Promise<void> {
  consumer.on(consumer.events.CRASH, ({ payload }) => batches.fail(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatch: (payload) => batches.offer(payload) })
}

interface ReadBatch {
  readonly partition: number
  readonly records: readonly LogRecord[]
  readonly last: number
}

/** Holds one batch until it is taken; meanwhile the consumer beats, because a slow reader is no dead one. */
class BatchChannel {
  #waiting = Promise.withResolvers<ReadBatch>()
  #taken = Promise.withResolvers<void>()
  #closed = false

  async offer(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const { topic, partition, messages } = batch
    this.#waiting.resolve({ partition, records: messages.map((message) => toRecord(topic, partition, message)), last: Number(batch.lastOffset()) })
    while (!this.#closed) {
      const beat = new AbortController()
      const pause = systemClock.sleep(heartbeatMs, { signal: beat.signal }).then(
        () => 'beat',
        () => 'taken',
      )
      const what = await Promise.race([this.#taken.promise.then(() => 'taken'), pause])
      beat.abort()
      if (what === 'taken') break
      await payload.heartbeat()
    }
    this.#taken = Promise.withResolvers()
  }

  async next(signal: AbortSignal | undefined): Promise<ReadBatch> {
    const batch = await raceAbort(this.#waiting.promise, signal)
    this.#waiting = Promise.withResolvers()
    this.#taken.resolve()
    return batch
  }

  fail(error: Error): void {
    this.#waiting.promise.catch(() => undefined)
    this.#waiting.reject(error)
  }

  close(): void {
    this.#closed = true
    this.#taken.resolve()
  }
}
