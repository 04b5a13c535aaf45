import type { EventDefinition, EventOutput } from './define-event.ts'

/**
 * An event as a handler receives it: the CloudEvents 1.0 attributes around the data, never mixed with it.
 */
export interface BusEvent<Type extends string = string, Data = unknown> {
  /** A UUIDv7; together with `source` it is unique. A repeated delivery has the same id. */
  readonly id: string
  /** Who published it: the bus's option `source`. */
  readonly source: string
  /** The event's type. */
  readonly type: Type
  /** When it was published, by the publisher's wall clock. */
  readonly time: Date
  /** What it is about: decides the partition and the order. */
  readonly key: string
  /** The version that the publisher wrote, before any upcast. */
  readonly version: number
  /** Names the whole piece of business. */
  readonly correlationId: string
  /** The id of the event or request that led to this one. */
  readonly causationId: string | undefined
  /** The publisher's position in a trace, as a W3C `traceparent`. */
  readonly traceparent: string | undefined
  /** Headers that the publisher added. */
  readonly headers: Readonly<Record<string, string>>
  /** What the schema made of the data. */
  readonly data: Data
}

/** The event, or union of events, that a handler of the given definition or definitions receives. */
export type EventOf<E extends EventDefinition | readonly EventDefinition[]> = E extends readonly (infer Each extends EventDefinition)[]
  ? EventOfOne<Each>
  : E extends EventDefinition
    ? EventOfOne<E>
    : never

type EventOfOne<E extends EventDefinition> = E extends EventDefinition ? BusEvent<E['type'], EventOutput<E>> : never

/**
 * An event in the form that goes over the wire, and that an outbox stores: plain data.
 * The headers follow the CloudEvents Kafka binding in binary mode, the value is JSON.
 */
export interface EncodedEvent {
  /** The event's id. */
  readonly id: string
  /** The topic: the event's type. */
  readonly topic: string
  /** The topic's number of partitions. */
  readonly partitions: number
  /** The event's key. */
  readonly key: string
  /** `ce_…` attributes, `content-type`, and the publisher's own. */
  readonly headers: Readonly<Record<string, string>>
  /** The data as JSON, UTF-8. */
  readonly value: Uint8Array
}
