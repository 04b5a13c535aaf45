import { createChannel, createIdGenerator, createLifecycle, invalidArgument, raceAbort, safeLogger, systemClock, systemRandom } from '@hanse/core'
import type { AbortOptions, Clock, GenerateId, Lifecycle, Logger, Random } from '@hanse/core'
import { listLetters } from './consume/dead-letter-store.ts'
import type { DeadLetterFilter, Letter } from './consume/dead-letter-store.ts'
import type { EventHandler } from './consume/handler.ts'
import { summarizeLag } from './consume/lag.ts'
import type { GroupLag } from './consume/lag.ts'
import { openSubscription, resolveSubscribe } from './consume/subscription.ts'
import type { SubscribeOptions, Subscription } from './consume/subscription.ts'
import type { BusEvent, EncodedEvent, EventOf } from './event/bus-event.ts'
import type { EventDefinition, EventInput } from './event/define-event.ts'
import { encodeEvent } from './event/encode-event.ts'
import type { EncodeOptions } from './event/encode-event.ts'
import type { EventBus, EventBusOptions, LagOptions, PublishOptions } from './event-bus.ts'
import { createPublishBatcher } from './publish/publish-batcher.ts'
import type { PublishBatcher } from './publish/publish-batcher.ts'
import type { JoinOptions, Membership, OutgoingRecord, TopicSpec, TransportSession } from './transport/event-transport.ts'

/** What a message on the tracing channel `hanse:event-bus:publish` tells. */
export interface PublishMessage {
  /** The events. */
  readonly events: readonly EncodedEvent[]
}

/** One hand-over of events to the log. */
export const publishChannel = createChannel<PublishMessage>('hanse:event-bus:publish')

/**
 * Makes an {@link EventBus}. Does no I/O.
 *
 * @example
 * ```ts
 * await using bus = createEventBus({ transport: embedded({ file: 'bus.db' }), source: 'order-service' })
 * await bus.subscribe(orderPlaced, { group: 'loyalty' }, async (event) => addPoints(event.data))
 * await bus.publish(orderPlaced, { orderId, customerId, total: '39.98' })
 * ```
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createEventBus(options: EventBusOptions): EventBus {
  if (typeof options.transport?.connect !== 'function') throw invalidArgument("option 'transport' of createEventBus", 'an EventTransport', options.transport)
  if (typeof options.source !== 'string' || options.source === '')
    throw invalidArgument("option 'source' of createEventBus", "the service's name", options.source)
  if (options.topics !== undefined && options.topics !== 'create' && options.topics !== 'verify')
    throw invalidArgument("option 'topics' of createEventBus", "'create' or 'verify'", options.topics)
  for (const name of ['maxBuffered', 'maxBatch'] as const) {
    const value = options[name] ?? 1
    if (!Number.isInteger(value) || value < 1) throw invalidArgument(`option '${name}' of createEventBus`, 'a whole number from 1 up', value)
  }
  return new Bus(options)
}

class Bus implements EventBus {
  readonly source: string
  readonly #options: EventBusOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #generateId: GenerateId
  readonly #logger: Logger
  readonly #lifecycle: Lifecycle
  readonly #batcher: PublishBatcher
  readonly #subscriptions = new Set<Subscription>()
  readonly #ensured = new Map<string, Promise<void>>()
  readonly #tails = new Map<string, Promise<unknown>>()
  readonly #known = new Set<string>()
  #drained = false
  #session: TransportSession | undefined

  constructor(options: EventBusOptions) {
    const { maxBatch = 500, maxBuffered = 10_000, clock = systemClock } = options
    this.source = options.source
    this.#options = options
    this.#clock = clock
    this.#random = options.random ?? systemRandom
    this.#generateId = options.generateId ?? createIdGenerator({ clock })
    this.#logger = safeLogger(options.logger)
    this.#batcher = createPublishBatcher({ append: (records) => this.#connected().append(records), maxBatch, maxBuffered })
    this.#lifecycle = createLifecycle({
      subject: `the event bus of '${options.source}'`,
      start: (abort) => this.#connect(abort),
      stop: (abort) => this.#disconnect(abort),
    })
  }

  start(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.start(options)
  }

  async publish<E extends EventDefinition>(event: E, data: EventInput<E>, options: PublishOptions = {}): Promise<string> {
    this.#assertPublishing()
    options.signal?.throwIfAborted()
    const encoded = this.#encode(event, data, options)
    const tail = this.#tails.get(event.type)
    // The usual case stays synchronous up to the batcher, so that calls enter it in their order.
    if (!(encoded instanceof Promise) && tail === undefined && this.#known.has(event.type)) {
      await this.#send([encoded], options)
      return encoded.id
    }
    // A schema that is slow, or a topic that is being made, must not be overtaken by the next call for the same type.
    const turn = Promise.all([encoded, tail?.catch(() => undefined), this.#ensure([topicOf(event)])]).then(([ready]) => ready)
    this.#tails.set(event.type, turn)
    try {
      const ready = await raceAbort(turn, options.signal)
      await this.#send([ready], options)
      return ready.id
    } finally {
      if (this.#tails.get(event.type) === turn) this.#tails.delete(event.type)
    }
  }

  encode<E extends EventDefinition>(event: E, data: EventInput<E>, options: EncodeOptions = {}): EncodedEvent {
    const encoded = this.#encode(event, data, options)
    if (!(encoded instanceof Promise)) return encoded
    encoded.catch(() => undefined)
    throw invalidArgument(`the schema of event '${event.type}'`, 'synchronous, to be encoded for an outbox', event.schema)
  }

  async send(events: readonly EncodedEvent[], options: AbortOptions = {}): Promise<void> {
    this.#assertPublishing()
    options.signal?.throwIfAborted()
    if (events.some((event) => !this.#known.has(event.topic))) await raceAbort(this.#ensure(events.map(topicOf)), options.signal)
    await this.#send(events, options)
  }

  async subscribe<const E extends EventDefinition | readonly EventDefinition[]>(
    events: E,
    options: SubscribeOptions,
    handler: EventHandler<EventOf<E>>,
  ): Promise<Subscription> {
    const resolved = resolveSubscribe(options)
    const list: readonly EventDefinition[] = 'type' in events ? [events] : events
    if (list.length === 0) throw invalidArgument('the events of subscribe', 'at least one event', events)
    if (typeof handler !== 'function') throw invalidArgument('the handler of subscribe', 'a function', handler)
    const abort = options.signal === undefined ? {} : { signal: options.signal }
    this.#lifecycle.assertOpen()
    await raceAbort(this.#ensure(list.map(topicOf)), options.signal)
    const host = {
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      ensure: this.#ensureOwn,
      join: this.#join,
      append: this.#append,
      closed: (gone: Subscription) => void this.#subscriptions.delete(gone),
    }
    // The handler takes exactly the events of `list`; the settler decodes each record by the definition of its topic.
    const subscription = await openSubscription(host, list, handler as EventHandler<BusEvent>, resolved, abort)
    this.#subscriptions.add(subscription)
    if (this.#lifecycle.state !== 'started') {
      await subscription.close()
      this.#lifecycle.assertOpen()
    }
    return subscription
  }

  async *deadLetters(filter: DeadLetterFilter): AsyncGenerator<Letter, void, undefined> {
    this.#lifecycle.assertOpen()
    yield* listLetters({ ensure: this.#ensureOwn, append: this.#append, scan: (topic, options) => this.#connected().scan(topic, options) }, filter)
  }

  async lag(options: LagOptions): Promise<GroupLag> {
    await raceAbort(this.start(), options.signal)
    return summarizeLag(options.group, await this.#connected().positions(options.group, options))
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #connect({ signal }: AbortOptions): Promise<void> {
    const { transport, events = [] } = this.#options
    this.#session = await transport.connect({
      clock: this.#clock,
      generateId: this.#generateId,
      logger: this.#logger,
      ...(signal === undefined ? {} : { signal }),
    })
    await raceAbort(Promise.all(events.map((event) => this.#ensureOnce(topicOf(event), this.#options.topics === 'verify'))), signal)
  }

  async #disconnect(abort: AbortOptions): Promise<void> {
    try {
      await Promise.all([...this.#subscriptions].map((subscription) => subscription.close(abort)))
    } finally {
      this.#drained = true
      await raceAbort(this.#batcher.idle(), abort.signal).catch(() => undefined)
      await this.#session?.close(abort)
    }
  }

  /** Handlers that are being drained may still publish. */
  #assertPublishing(): void {
    if (this.#lifecycle.state !== 'closing' || this.#drained) this.#lifecycle.assertOpen()
  }

  #connected(): TransportSession {
    if (this.#session === undefined) this.#lifecycle.assertStarted()
    return this.#session ?? raiseUnconnected()
  }

  #encode<E extends EventDefinition>(event: E, data: EventInput<E>, options: EncodeOptions): EncodedEvent | Promise<EncodedEvent> {
    return encodeEvent(event, data, options, { source: this.source, clock: this.#clock, generateId: this.#generateId })
  }

  #send(events: readonly EncodedEvent[], options: AbortOptions): Promise<void> {
    return publishChannel.trace(
      () => ({ events }),
      () => this.#batcher.add(events, options),
    )
  }

  async #ensure(topics: readonly TopicSpec[], mustExist = this.#options.topics === 'verify'): Promise<void> {
    if (this.#session === undefined) await this.start()
    await Promise.all(topics.map((spec) => this.#ensureOnce(spec, mustExist)))
  }

  readonly #ensureOwn = (topics: readonly TopicSpec[], options: AbortOptions = {}): Promise<void> => raceAbort(this.#ensure(topics, false), options.signal)

  #ensureOnce(spec: TopicSpec, mustExist: boolean): Promise<void> {
    let ensuring = this.#ensured.get(spec.name)
    if (ensuring === undefined) {
      ensuring = this.#connected()
        .ensureTopics([spec], { mustExist })
        .then(() => void this.#known.add(spec.name))
      // A topic that is missing today may be there tomorrow.
      ensuring.catch(() => this.#ensured.delete(spec.name))
      this.#ensured.set(spec.name, ensuring)
    }
    return ensuring
  }

  readonly #join = (options: JoinOptions): Promise<Membership> => this.#connected().join(options)

  readonly #append = (records: readonly OutgoingRecord[], options?: AbortOptions): Promise<void> => this.#connected().append(records, options)
}

function topicOf(event: Pick<EventDefinition, 'type' | 'partitions'> | EncodedEvent): TopicSpec {
  return { name: 'topic' in event ? event.topic : event.type, partitions: event.partitions, kind: 'events' }
}

function raiseUnconnected(): never {
  throw invalidArgument('the session of an event bus', 'open', undefined)
}
