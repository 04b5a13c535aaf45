import { HanseError } from '@hanse/core'
import type { RowOf } from '@hanse/data'
import type { EventBusErrorCode } from '../errors.ts'
import type { EncodedEvent } from '../event/bus-event.ts'
import type { outboxEvents } from './outbox-tables.ts'

/** A row of the outbox. */
export type OutboxRow = RowOf<(typeof outboxEvents)['definition']>

/** The row of an event. */
export function toOutboxRow(event: EncodedEvent, shard: number, bucket: number, seq: string): OutboxRow {
  const { id, topic, partitions, key, headers, value } = event
  return { shard, bucket, seq, id, topic, partitions, event_key: key, headers, value }
}

/** The event of a row. */
export function fromOutboxRow(row: OutboxRow): EncodedEvent {
  const { id, topic, partitions, event_key: key, headers, value } = row
  return { id, topic, partitions, key, headers: headers ?? {}, value }
}

/** An event as one value, for a map of pending events. */
export function packEvent(event: EncodedEvent): Uint8Array {
  return Buffer.from(JSON.stringify({ ...event, value: Buffer.from(event.value).toString('base64') }), 'utf8')
}

/** @throws HanseError `UNDECODABLE` */
export function unpackEvent(packed: Uint8Array): EncodedEvent {
  try {
    const event = JSON.parse(Buffer.from(packed).toString('utf8')) as Omit<EncodedEvent, 'value'> & { readonly value: string }
    return { ...event, value: Buffer.from(event.value, 'base64') }
  } catch (error) {
    throw new HanseError<EventBusErrorCode>('a value of a column pending_events is no event; only an outbox may write that column.', {
      code: 'UNDECODABLE',
      cause: error,
    })
  }
}

/** Writes a row's key as text; dates, big integers and bytes come back as what they were. */
export function packKey(key: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(key).map(([name, value]) => [name, tag(value)])))
}

/** Reads what {@link packKey} wrote. */
export function unpackKey(packed: string): Record<string, unknown> {
  const tagged = JSON.parse(packed) as Record<string, readonly [string, string]>
  return Object.fromEntries(Object.entries(tagged).map(([name, [kind, text]]) => [name, untag(kind, text)]))
}

function tag(value: unknown): readonly [string, string] {
  if (value instanceof Date) return ['date', value.toISOString()]
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')]
  if (typeof value === 'bigint') return ['bigint', String(value)]
  return ['json', JSON.stringify(value)]
}

function untag(kind: string, text: string): unknown {
  if (kind === 'date') return new Date(text)
  if (kind === 'bytes') return new Uint8Array(Buffer.from(text, 'base64'))
  if (kind === 'bigint') return BigInt(text)
  return JSON.parse(text)
}
