import { HanseError, currentContext, formatTraceparent, invalidArgument, parse } from '@hanse/core'
import type { Clock, GenerateId, SchemaOutput } from '@hanse/core'
import type { EncodedEvent } from './bus-event.ts'
import type { EventDefinition, EventInput } from './define-event.ts'

/** What is set by whoever publishes one event. */
export interface EncodeOptions {
  /**
   * The order and partition of the event.
   * @defaultValue what the definition's `key` makes of the data
   */
  readonly key?: string
  /** Text headers of your own; names beginning with `ce_` and `content-type` are taken. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * The event's id; give a stable one to make a repeated publish the same event to every inbox.
   * @defaultValue a new UUIDv7
   */
  readonly id?: string
}

/** Who publishes. */
export interface EncodeScope {
  readonly source: string
  readonly clock: Clock
  readonly generateId: GenerateId
}

/**
 * Validates data in the JSON form in which consumers will see it, and puts the envelope around it.
 * Synchronous where the schema is, so that calls keep their order.
 *
 * @throws HanseError `VALIDATION_FAILED`, `INVALID_ARGUMENT`; thrown, or as a rejection when the schema is asynchronous
 */
export function encodeEvent<E extends EventDefinition>(
  event: E,
  data: EventInput<E>,
  options: EncodeOptions,
  scope: EncodeScope,
): EncodedEvent | Promise<EncodedEvent> {
  const json = toJson(event, data)
  const wire: unknown = JSON.parse(json)
  const envelope = envelopeOf(event, options, scope)
  const seal = (output: SchemaOutput<E['schema']>): EncodedEvent => finish(event, options, envelope, json, output)
  const result = event.schema['~standard'].validate(wire)
  if (!(result instanceof Promise)) {
    if (result.issues === undefined) return seal(result.value as SchemaOutput<E['schema']>)
    return parse({ '~standard': { ...event.schema['~standard'], validate: () => result } }, wire, `event '${event.type}'`).then(seal)
  }
  return parse(event.schema, wire, `event '${event.type}'`).then(seal)
}

interface Envelope {
  readonly id: string
  readonly headers: Record<string, string>
}

function envelopeOf(event: EventDefinition, options: EncodeOptions, scope: EncodeScope): Envelope {
  for (const name of Object.keys(options.headers ?? {})) {
    if (name.startsWith('ce_') || name === 'content-type') throw invalidArgument('a header of an event', "named otherwise than 'ce_…' and 'content-type'", name)
  }
  const id = options.id ?? scope.generateId()
  const { correlationId, causationId, trace } = currentContext()
  const headers: Record<string, string> = {
    ...options.headers,
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: scope.source,
    ce_type: event.type,
    ce_time: timeText(scope.clock.now()),
    ce_dataversion: String(event.version),
    ce_correlationid: correlationId ?? id,
  }
  if (causationId !== undefined) headers['ce_causationid'] = causationId
  if (trace !== undefined) headers['ce_traceparent'] = formatTraceparent(trace)
  return { id, headers }
}

let lastMs = Number.NaN
let lastText = ''

/** RFC 3339. Events come many in a millisecond, and writing a date takes as long as all else of an envelope. */
function timeText(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}

function finish<E extends EventDefinition>(
  event: E,
  options: EncodeOptions,
  envelope: Envelope,
  json: string,
  output: SchemaOutput<E['schema']>,
): EncodedEvent {
  const key: unknown = options.key ?? event.key(output)
  if (typeof key !== 'string' || key === '') throw invalidArgument(`the key of event '${event.type}'`, 'a string that is not empty', key)
  const { id, headers } = envelope
  headers['ce_partitionkey'] = key
  return { id, topic: event.type, partitions: event.partitions, key, headers, value: Buffer.from(json, 'utf8') }
}

function toJson(event: EventDefinition, data: unknown): string {
  try {
    const json: unknown = JSON.stringify(data)
    if (typeof json === 'string') return json
  } catch (error) {
    throw new HanseError(`event '${event.type}' cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}.`, {
      code: 'INVALID_ARGUMENT',
      cause: error,
    })
  }
  throw invalidArgument(`the data of event '${event.type}'`, 'a value that JSON can hold', data)
}
