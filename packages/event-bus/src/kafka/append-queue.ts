import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { EventBusErrorCode } from '../errors.ts'
import type { PlacedRecord } from './kafka-client.ts'
import { engineFailed } from './kafka-failures.ts'

interface Waiting {
  readonly records: readonly PlacedRecord[]
  readonly bytes: number
  readonly done: PromiseWithResolvers<void>
}

/** As many bytes as one request carries, below what brokers accept by default (1 MiB a batch). */
const requestBytes = 900_000

/**
 * Sends appends in their order. One request is under way at a time; what comes meanwhile goes together with the next, so that concurrent callers
 * share requests and a lone one waits for nobody.
 */
export class AppendQueue {
  readonly #send: (records: readonly PlacedRecord[]) => Promise<void>
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  readonly #maxRecordBytes: number

  constructor(send: (records: readonly PlacedRecord[]) => Promise<void>, maxRecordBytes: number) {
    this.#send = send
    this.#maxRecordBytes = maxRecordBytes
  }

  append(records: readonly PlacedRecord[], { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    // Found here, before anything of the append is sent: at the broker it would fail those that were sent with it, in part.
    const largest = records.reduce((most, { bytes }) => Math.max(most, bytes), 0)
    if (largest > this.#maxRecordBytes) return Promise.reject(tooLarge(largest, this.#maxRecordBytes))
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ records, bytes: records.reduce((sum, { bytes }) => sum + bytes, 0), done })
    this.#running ??= this.#run()
    return done.promise
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Callers of the same turn of the event loop are seen before the first request goes out.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#sendTogether(this.#takeTogether())
    // In the same turn as the last look at what waits: an append that comes a moment later must start a run of its own.
    this.#running = undefined
  }

  async #sendTogether(together: readonly Waiting[]): Promise<void> {
    try {
      for (const part of partsOf(together.flatMap(({ records }) => records))) await this.#send(part)
      for (const { done } of together) done.resolve()
    } catch (error) {
      const failed = engineFailed('add records', error)
      for (const { done } of together) done.reject(failed)
    }
  }

  #takeTogether(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (count > 0 && bytes + waiting.bytes > requestBytes) break
      bytes += waiting.bytes
      count++
    }
    return this.#waiting.splice(0, count)
  }
}

function tooLarge(bytes: number, maxRecordBytes: number): HanseError<EventBusErrorCode> {
  return new HanseError(
    `a record of about ${bytes} bytes is larger than option 'maxRecordBytes' of kafka() allows (${maxRecordBytes}). Make it smaller, or raise the option together with max.message.bytes of the topic.`,
    { code: 'PUBLISH_FAILED', details: { bytes, maxRecordBytes } },
  )
}

function partsOf(records: readonly PlacedRecord[]): readonly (readonly PlacedRecord[])[] {
  const parts: PlacedRecord[][] = []
  let bytes = requestBytes
  for (const record of records) {
    const size = record.bytes
    if (bytes + size > requestBytes) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(record)
    bytes += size
  }
  return parts
}
