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

  constructor(send: (records: readonly PlacedRecord[]) => Promise<void>) {
    this.#send = send
  }

  append(records: readonly PlacedRecord[], { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ records, bytes: records.reduce((sum, record) => sum + sizeOf(record), 0), done })
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
      await this.#sendAlone(together, error)
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

  /** One append that is refused for good must not fail those that were sent with it. */
  async #sendAlone(together: readonly Waiting[], error: unknown): Promise<void> {
    if (together.length === 1 || !isRefusal(error)) {
      for (const { done } of together) done.reject(toAppendError(error))
      return
    }
    for (const { records, done } of together) {
      try {
        for (const part of partsOf(records)) await this.#send(part)
        done.resolve()
      } catch (alone) {
        done.reject(toAppendError(alone))
      }
    }
  }
}

/** Refused before anything was written: too large, invalid, not allowed. */
function isRefusal(error: unknown): boolean {
  const types = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'TOPIC_AUTHORIZATION_FAILED']
  for (let at = error; at instanceof Error; at = at.cause) if (types.includes(String((at as { readonly type?: unknown }).type))) return true
  return false
}

function toAppendError(error: unknown): HanseError<EventBusErrorCode> {
  if (!isRefusal(error)) return engineFailed('add records', error)
  return new HanseError(
    `Kafka refused records: ${error instanceof Error ? error.message : String(error)} Make them smaller, or raise max.message.bytes of the topic.`,
    {
      code: 'PUBLISH_FAILED',
      cause: error,
    },
  )
}

function partsOf(records: readonly PlacedRecord[]): readonly (readonly PlacedRecord[])[] {
  const parts: PlacedRecord[][] = []
  let bytes = requestBytes
  for (const record of records) {
    const size = sizeOf(record)
    if (bytes + size > requestBytes) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(record)
    bytes += size
  }
  return parts
}

function sizeOf({ key, headers, value }: PlacedRecord): number {
  const headerBytes = Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length + 8, 0)
  return key.length + headerBytes + (value?.byteLength ?? 0) + 32
}
