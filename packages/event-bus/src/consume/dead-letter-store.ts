import { HanseError, describe } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { tryParseJson } from '../event/decode-event.ts'
import type { LogRecord, OutgoingRecord, TopicSpec } from '../transport/event-transport.ts'

/** Why an event became a dead letter. */
export interface DeadLetterCause {
  /** The error's code, or its name where it has none. */
  readonly code: string
  /** The error's message. */
  readonly message: string
}

/** An event that a group could not handle, kept until somebody decides. */
export interface Letter {
  /** Unique in its group; the same failed delivery always has the same one. */
  readonly id: string
  /** The group that failed. */
  readonly group: string
  /** The event's type, which is also its topic. */
  readonly type: string
  /** The event's key. */
  readonly key: string | null
  /** The event's id; `undefined` when the record was no event. */
  readonly eventId: string | undefined
  /** Why it failed last. */
  readonly cause: DeadLetterCause
  /** How many times it was handled; 0 for a record that could not be read. */
  readonly attempts: number
  /** When it became a dead letter, by the consumer's wall clock. */
  readonly time: Date
  /** The data as it came over the wire; `undefined` when it is not JSON. */
  readonly data: unknown
  /** The record's headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The record's payload, byte for byte. */
  readonly value: Uint8Array | null
  /**
   * Gives the event to this group once more, and to no other; the letter goes. It no longer has its place in the order of its key.
   * Safe to repeat: a crash half-way leaves the letter, so that the event may come twice, with the same id.
   */
  replay(options?: AbortOptions): Promise<void>
  /** Removes the letter for good. */
  discard(options?: AbortOptions): Promise<void>
}

/** Which letters to list. */
export interface DeadLetterFilter extends AbortOptions {
  /** The group that failed. */
  readonly group: string
  /** Only events of this type. */
  readonly type?: string
}

/** What the store needs of the bus: topics that exist, records that are durable. */
export interface DeadLetterLog {
  ensure(topics: readonly TopicSpec[], options?: AbortOptions): Promise<void>
  append(records: readonly OutgoingRecord[], options?: AbortOptions): Promise<void>
  scan(topic: string, options?: AbortOptions): AsyncIterable<LogRecord>
}

/** The facts of a failure. */
export interface Failure {
  readonly group: string
  /** The topic that the event was published to; differs from the record's when that was a replay. */
  readonly type: string
  readonly record: LogRecord
  readonly error: unknown
  readonly attempts: number
  readonly nowMs: number
}

/** The topic of a group's dead letters. */
export const letterTopic = (group: string): TopicSpec => ({ name: `hanse.dead-letters.${group}`, partitions: 1, kind: 'latest-by-key' })

/** The topic through which letters return to the one group that failed. */
export const replayTopic = (group: string, type: string): TopicSpec => ({ name: `hanse.replay.${group}.${type}`, partitions: 1, kind: 'events' })

const prefix = 'hanse-letter-'

/** The record that keeps a failed event. Its key is made from the event's place in the log, so that a repeated failure is one letter. */
export function letterRecord(failure: Failure): OutgoingRecord {
  const { group, record, error } = failure
  const facts: Record<string, string> = {
    type: failure.type,
    code: codeOf(error),
    message: messageOf(error),
    attempts: String(failure.attempts),
    time: new Date(failure.nowMs).toISOString(),
  }
  if (record.key !== null) facts['key'] = record.key
  const headers = { ...record.headers, ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [prefix + name, value])) }
  // A tombstone would remove the letter: a record without a value is kept as an empty one and marked.
  if (record.value === null) headers[`${prefix}empty`] = 'true'
  return { topic: letterTopic(group).name, key: `${record.topic}/${record.partition}/${record.offset}`, headers, value: record.value ?? new Uint8Array() }
}

/** Lists a group's letters, oldest first, as they stand when the listing begins. */
export async function* listLetters(log: DeadLetterLog, filter: DeadLetterFilter): AsyncGenerator<Letter, void, undefined> {
  const { group, type, signal } = filter
  const options = signal === undefined ? {} : { signal }
  const topic = letterTopic(group)
  await log.ensure([topic], options)
  const live = new Map<string, LogRecord>()
  for await (const record of log.scan(topic.name, options)) {
    const id = record.key ?? ''
    live.delete(id)
    if (record.value !== null) live.set(id, record)
  }
  for (const [id, record] of live) {
    const letter = toLetter(log, group, id, record)
    if (type === undefined || letter.type === type) yield letter
  }
}

function toLetter(log: DeadLetterLog, group: string, id: string, record: LogRecord): Letter {
  const fact = (name: string): string => record.headers[prefix + name] ?? ''
  const headers = Object.fromEntries(Object.entries(record.headers).filter(([name]) => !name.startsWith(prefix)))
  const value = fact('empty') === 'true' ? null : record.value
  const type = fact('type')
  const key = record.headers[`${prefix}key`] ?? null
  const discard = (options?: AbortOptions): Promise<void> => log.append([{ topic: letterTopic(group).name, key: id, headers: {}, value: null }], options)
  return {
    id,
    group,
    type,
    key,
    eventId: headers['ce_id'],
    cause: { code: fact('code'), message: fact('message') },
    attempts: Number(fact('attempts')),
    time: new Date(fact('time')),
    data: tryParseJson(value),
    headers,
    value,
    discard,
    replay: async (options) => {
      const topic = replayTopic(group, type)
      await log.ensure([topic], options)
      await log.append([{ topic: topic.name, key: key ?? id, headers, value }], options)
      await discard(options)
    },
  }
}

function codeOf(error: unknown): string {
  if (HanseError.isInstance(error)) return error.code
  return error instanceof Error ? error.name : 'Error'
}

/** The messages of the whole chain of causes, since the first one alone seldom tells. */
function messageOf(error: unknown): string {
  const messages: string[] = []
  for (let each: unknown = error, depth = 0; each !== undefined && depth < 5; depth++) {
    messages.push(each instanceof Error ? each.message : describe(each))
    each = each instanceof Error ? each.cause : undefined
  }
  return messages.join(' Caused by: ').slice(0, 2_000)
}
