import type { AbortOptions, Clock, Closable, GenerateId, Logger, Random } from '@hanse/core'
import type { DeadLetterFilter, Letter } from './consume/dead-letter-store.ts'
import type { EventHandler } from './consume/handler.ts'
import type { GroupLag } from './consume/lag.ts'
import type { SubscribeOptions, Subscription } from './consume/subscription.ts'
import type { EncodedEvent, EventOf } from './event/bus-event.ts'
import type { EventDefinition, EventInput } from './event/define-event.ts'
import type { EncodeOptions } from './event/encode-event.ts'
import type { EventTransport } from './transport/event-transport.ts'

/** Options of `createEventBus`. */
export interface EventBusOptions {
  /** The log to publish to and read from: `embedded({ file })`. */
  readonly transport: EventTransport
  /** Who publishes: the service's name. Becomes the CloudEvents `source` of every event. */
  readonly source: string
  /**
   * `create` makes missing topics; `verify` refuses to work with a topic that somebody should have made, and names it.
   * The bus's own topics, for dead letters and their replay, are made in any case.
   * @defaultValue 'create'
   */
  readonly topics?: 'create' | 'verify'
  /**
   * The events whose topics `start` makes or verifies; the others follow when they are first used.
   * @defaultValue none
   */
  readonly events?: readonly EventDefinition[]
  /**
   * How many events may wait to be published before `publish` refuses with `BUFFER_FULL`.
   * @defaultValue 10000
   */
  readonly maxBuffered?: number
  /**
   * The most events handed to the transport at once.
   * @defaultValue 500
   */
  readonly maxBatch?: number
  /** @defaultValue the machine's time */
  readonly clock?: Clock
  /** @defaultValue UUIDv7 from the clock */
  readonly generateId?: GenerateId
  /**
   * Where the jitter of retries comes from.
   * @defaultValue the machine's chance
   */
  readonly random?: Random
  /** @defaultValue silent */
  readonly logger?: Logger
}

/** How one event is published. */
export interface PublishOptions extends EncodeOptions, AbortOptions {}

/**
 * Typed events between services. It connects with the first use; `start` does so early, to fail early.
 */
export interface EventBus extends Closable {
  /** The option `source`. */
  readonly source: string
  /**
   * Connects, and makes or verifies the topics of the option `events`. Not needed before other calls.
   * @throws HanseError `TOPIC_MISSING`, `TOPIC_MISMATCH`, `CLOSED`, or the transport's error
   */
  start(options?: AbortOptions): Promise<void>
  /**
   * Publishes an event; resolves when it is durable. Calls for one key keep their order.
   * Concurrent calls share batches. An abort after the hand-over leaves the outcome open.
   *
   * @returns the event's id
   * @throws HanseError `VALIDATION_FAILED`, `INVALID_ARGUMENT`, `BUFFER_FULL`, `PUBLISH_FAILED`, `TOPIC_MISSING`, `TOPIC_MISMATCH`, `CLOSED`
   */
  publish<E extends EventDefinition>(event: E, data: EventInput<E>, options?: PublishOptions): Promise<string>
  /**
   * Validates an event and brings it into its stored form without publishing it; for an outbox. Takes the running context's
   * correlation and trace.
   * @throws HanseError `VALIDATION_FAILED`, `INVALID_ARGUMENT`; also for an event whose schema is asynchronous
   */
  encode<E extends EventDefinition>(event: E, data: EventInput<E>, options?: EncodeOptions): EncodedEvent
  /**
   * Publishes encoded events, in their order, as {@link EventBus.publish} does.
   * @throws HanseError `BUFFER_FULL`, `PUBLISH_FAILED`, `TOPIC_MISSING`, `TOPIC_MISMATCH`, `CLOSED`
   */
  send(events: readonly EncodedEvent[], options?: AbortOptions): Promise<void>
  /**
   * Has a group handle events. Once it has resolved, every later event is received by the group. At least once, in the order of the key.
   * Any number of subscriptions, at any time; a new one does not disturb the others.
   *
   * @throws HanseError `INVALID_ARGUMENT`, `TOPIC_MISSING`, `TOPIC_MISMATCH`, `CLOSED`
   */
  subscribe<const E extends EventDefinition | readonly EventDefinition[]>(
    events: E,
    options: SubscribeOptions,
    handler: EventHandler<EventOf<E>>,
  ): Promise<Subscription>
  /** Lists what a group could not handle, oldest first, as it stands when the listing begins. */
  deadLetters(filter: DeadLetterFilter): AsyncIterable<Letter>
  /** How far a group is behind. Dead letters do not count; events under way do. */
  lag(options: LagOptions): Promise<GroupLag>
}

/** Options of {@link EventBus.lag}. */
export interface LagOptions extends AbortOptions {
  /** The group. */
  readonly group: string
}
