import { HanseError, parse } from '@hanse/core'
import type { EventBusErrorCode } from '../errors.ts'
import type { LogRecord } from '../transport/event-transport.ts'
import type { BusEvent } from './bus-event.ts'
import type { EventDefinition } from './define-event.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a record back into an event: envelope, JSON, upcasts from the version that was written, schema.
 *
 * @throws HanseError `UNDECODABLE`, `UNKNOWN_VERSION` for one newer than the definition or without an upcast, `VALIDATION_FAILED`
 */
export async function decodeEvent(event: EventDefinition, record: LogRecord): Promise<BusEvent> {
  const envelope = readEnvelope(event, record)
  const json = upcastData(event, envelope.version, parseJson(event, record))
  return { ...envelope, data: await parse(event.schema, json, `event '${event.type}' ${envelope.id}`) }
}

/** The JSON value of a record, or `undefined` when it is none. */
export function tryParseJson(value: Uint8Array | null): unknown {
  try {
    return value === null ? undefined : JSON.parse(utf8.decode(value))
  } catch {
    // The caller asked for what can be read; an unreadable payload stays available as bytes.
    return undefined
  }
}

function readEnvelope(event: EventDefinition, record: LogRecord): Omit<BusEvent, 'data'> {
  const { headers } = record
  const { ce_id: id, ce_source: source, ce_type: type, ce_specversion: specVersion } = headers
  if (specVersion !== '1.0') throw undecodable(event, record, `its header ce_specversion is ${specVersion ?? 'missing'}, not 1.0`)
  if (id === undefined || source === undefined) throw undecodable(event, record, 'a header ce_id or ce_source is missing')
  if (type !== event.type) throw undecodable(event, record, `its type is ${type ?? 'missing'}`)
  const time = new Date(headers['ce_time'] ?? record.timeMs)
  return {
    id,
    source,
    type,
    time: Number.isNaN(time.getTime()) ? new Date(record.timeMs) : time,
    key: record.key ?? headers['ce_partitionkey'] ?? '',
    version: Number(headers['ce_dataversion'] ?? '1'),
    correlationId: headers['ce_correlationid'] ?? id,
    causationId: headers['ce_causationid'],
    traceparent: headers['ce_traceparent'],
    headers: ownHeaders(headers),
  }
}

function ownHeaders(headers: LogRecord['headers']): Record<string, string> {
  const own: Record<string, string> = {}
  for (const name in headers) if (!name.startsWith('ce_') && name !== 'content-type') own[name] = headers[name] ?? ''
  return own
}

function parseJson(event: EventDefinition, record: LogRecord): unknown {
  if (record.value === null) throw undecodable(event, record, 'it has no data')
  try {
    return JSON.parse(utf8.decode(record.value))
  } catch (error) {
    throw undecodable(event, record, 'its data is not JSON in UTF-8', error)
  }
}

function upcastData(event: EventDefinition, from: number, data: unknown): unknown {
  let upcast = data
  if (from > event.version || !Number.isInteger(from)) throw unknownVersion(event, from)
  for (let version = from; version < event.version; version++) {
    const step = event.upcast[version]
    if (step === undefined) throw unknownVersion(event, version)
    upcast = step(upcast)
  }
  return upcast
}

function unknownVersion(event: EventDefinition, version: number): HanseError<EventBusErrorCode> {
  return new HanseError(
    `event '${event.type}' has version ${version}; this handler knows ${event.version}, and upcasts from ${Object.keys(event.upcast).join(', ') || 'none'}.`,
    { code: 'UNKNOWN_VERSION', details: { type: event.type, version } },
  )
}

function undecodable(event: EventDefinition, record: LogRecord, why: string, cause?: unknown): HanseError<EventBusErrorCode> {
  const { topic, partition, offset } = record
  return new HanseError(`the record ${topic}/${partition}/${offset} is no event '${event.type}': ${why}.`, {
    code: 'UNDECODABLE',
    cause,
    details: { topic, partition, offset },
  })
}
