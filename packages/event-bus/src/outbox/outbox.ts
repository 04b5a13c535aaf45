import { createIdGenerator, createLifecycle, invalidArgument, raceAbort, safeLogger, systemClock } from '@hanse/core'
import type { AbortOptions, Clock, Closable, GenerateId, Lifecycle, Logger, Timer } from '@hanse/core'
import type { Database, PlainWrite } from '@hanse/data'
import type { EventBus } from '../event-bus.ts'
import type { EncodedEvent } from '../event/bus-event.ts'
import type { EventDefinition, EventInput } from '../event/define-event.ts'
import type { EncodeOptions } from '../event/encode-event.ts'
import { countPending } from './count-pending.ts'
import { outboxTables, shardOf } from './outbox-tables.ts'
import type { outboxEvents } from './outbox-tables.ts'
import { createPendingMover } from './pending-events.ts'
import type { OutboxRows, PendingEvents, PendingMover } from './pending-events.ts'
import { createRelay } from './relay.ts'
import type { Relay } from './relay.ts'
import type { OutboxStore } from './shard-leases.ts'
import { toOutboxRow } from './stored-event.ts'
import { createTimeBuckets, remarkEveryMs } from './time-buckets.ts'
import type { TimeBuckets } from './time-buckets.ts'

/** Options of {@link createOutbox}. */
export interface OutboxOptions {
  /** The database of the state that events report. */
  readonly store: Database
  /** Where the relay publishes; also encodes. */
  readonly bus: Pick<EventBus, 'encode' | 'send'>
  /**
   * The tables that are given to {@link Outbox.commit}; they declare `outboxFields`.
   * @defaultValue none
   */
  readonly rows?: readonly OutboxRows[]
  /**
   * Whether this process publishes, too. Several may; they divide the work.
   * @defaultValue true
   */
  readonly relay?: boolean
  /**
   * How often the relay looks for events that other processes have added, in milliseconds. Its own are seen at once.
   * @defaultValue 250
   */
  readonly pollEveryMs?: number
  /**
   * How often the relay looks at everything: late writes, and what crashes left, in milliseconds.
   * @defaultValue 5000
   */
  readonly sweepEveryMs?: number
  /**
   * How soon others take over from a relay that died, in milliseconds.
   * @defaultValue 5000
   */
  readonly takeoverMs?: number
  /** @defaultValue the machine's time */
  readonly clock?: Clock
  /** @defaultValue UUIDv7 from the clock */
  readonly generateId?: GenerateId
  /** @defaultValue silent */
  readonly logger?: Logger
}

/**
 * Makes state and the events that report it one write. Events are published at least once, in the order in which they were added by key
 * (across processes: by their clocks); a repeated one has the same id, so that an inbox absorbs it.
 */
export interface Outbox extends Closable {
  /**
   * Prepares the store and, unless told otherwise, starts to publish. Needed before `add` and `commit`.
   * @throws HanseError `CLOSED`, or the store's error
   */
  start(options?: AbortOptions): Promise<void>
  /**
   * An event as a write, for `db.atomically([…])` beside plain writes. Nothing is published unless the batch is applied.
   *
   * @throws HanseError `VALIDATION_FAILED`, `INVALID_ARGUMENT`, `NOT_STARTED`, `CLOSED`
   */
  add<E extends EventDefinition>(event: E, data: EventInput<E>, options?: EncodeOptions): PlainWrite<typeof outboxEvents>
  /**
   * A conditional write with its events: they are published if and only if it is applied.
   *
   * The events travel in the row itself (the columns `outboxFields`), because a conditional write cannot span tables.
   * A hint is written first, so that a crash at any point leaves neither an event without its state nor a state without its event.
   * Do not delete the row within the next moments: events that still wait in it would go with it.
   *
   * @param rows - the table, one of the option `rows`
   * @param key - the row that `write` changes
   * @param events - from `bus.encode`
   * @param write - makes the write; it must carry `pending.put` or `pending.cells`
   * @returns what the write answered
   * @throws HanseError `INVALID_ARGUMENT`, `NOT_STARTED`, `CLOSED`; the error of the write, whose outcome and events are then settled later
   *
   * @example
   * ```ts
   * await outbox.commit(db.orders, { id }, [bus.encode(orderConfirmed, { id })], (pending) =>
   *   db.orders.update({ id }).set({ status: 'confirmed', ...pending.put }).if({ status: 'open' }))
   * ```
   */
  commit<T extends OutboxRows, R extends { readonly applied: boolean }>(
    rows: T,
    key: Parameters<T['get']>[0],
    events: readonly EncodedEvent[],
    write: (pending: PendingEvents) => PromiseLike<R>,
    options?: AbortOptions,
  ): Promise<R>
  /**
   * How many events were stored and have not been handed to the transport yet, whichever process stored them. Works before `start`, and writes nothing.
   *
   * 0 says that every event whose write had resolved before the call is in the log. The count is exact while nobody writes or publishes; meanwhile it is
   * that of a moment during the call, give or take what came and went. An event whose relay died between publishing and removing still counts:
   * it will be published once more.
   *
   * It costs what a look of a relay at everything costs: for each of the 16 shares three kinds of partitions, one bucket of five minutes after the other,
   * and no row of a business table but those that hints name. Buckets go when they are empty and half an hour old, so that is up to 300 small reads
   * behind a relay that keeps up, and the rows themselves behind one that does not. For a console, an alarm or a move; not for every request.
   *
   * @throws HanseError `INVALID_ARGUMENT` when events may wait in a table that option `rows` does not name, `CLOSED`, or the store's error
   *
   * @example
   * ```ts
   * if ((await outbox.pending()) > 0) throw new Error('The outbox is not empty yet.')
   * ```
   */
  pending(options?: AbortOptions): Promise<number>
}

/**
 * Makes an {@link Outbox}. Does no I/O. Close it before its bus and its store.
 *
 * @example
 * ```ts
 * const outbox = createOutbox({ store: db, bus })
 * await outbox.start()
 * await db.atomically([db.orders.insert(order), outbox.add(orderPlaced, { orderId: order.id })])
 * ```
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { pollEveryMs = 250, sweepEveryMs = 5_000, takeoverMs = 5_000 } = options
  for (const [name, value] of Object.entries({ pollEveryMs, sweepEveryMs, takeoverMs })) {
    if (!Number.isFinite(value) || value <= 0) throw invalidArgument(`option '${name}' of createOutbox`, 'a number above 0', value)
  }
  return new StoreOutbox(options, { pollEveryMs, sweepEveryMs, takeoverMs })
}

type Intervals = Pick<Required<OutboxOptions>, 'pollEveryMs' | 'sweepEveryMs' | 'takeoverMs'>

class StoreOutbox implements Outbox {
  readonly #bus: OutboxOptions['bus']
  readonly #store: OutboxStore
  readonly #rows: readonly OutboxRows[]
  readonly #clock: Clock
  readonly #generateId: GenerateId
  readonly #logger: Logger
  readonly #buckets: TimeBuckets
  readonly #pending: PendingMover
  readonly #relay: Relay | undefined
  readonly #lifecycle: Lifecycle
  #timer: Timer | undefined

  constructor(options: OutboxOptions, intervals: Intervals) {
    const { bus, clock = systemClock, rows = [] } = options
    this.#bus = bus
    this.#store = options.store.extend(outboxTables)
    this.#rows = rows
    this.#clock = clock
    this.#generateId = options.generateId ?? createIdGenerator({ clock })
    this.#logger = safeLogger(options.logger)
    this.#buckets = createTimeBuckets(this.#store, clock)
    const parts = { store: this.#store, clock, generateId: this.#generateId, logger: this.#logger }
    this.#pending = createPendingMover({ ...parts, rows, buckets: this.#buckets, added: (shard) => this.#relay?.wake(shard) })
    this.#relay = options.relay === false ? undefined : createRelay({ ...parts, ...intervals, bus, pending: this.#pending })
    this.#lifecycle = createLifecycle({ subject: 'the outbox', start: (abort) => this.#start(abort), stop: (abort) => this.#stop(abort) })
  }

  start(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.start(options)
  }

  add<E extends EventDefinition>(event: E, data: EventInput<E>, options?: EncodeOptions): PlainWrite<typeof outboxEvents> {
    this.#lifecycle.assertStarted()
    const encoded = this.#bus.encode(event, data, options)
    const shard = shardOf(encoded.key)
    this.#relay?.wake(shard)
    return this.#store.events.insert(toOutboxRow(encoded, shard, this.#buckets.current(), this.#generateId()))
  }

  async commit<T extends OutboxRows, R extends { readonly applied: boolean }>(
    rows: T,
    key: Parameters<T['get']>[0],
    events: readonly EncodedEvent[],
    write: (pending: PendingEvents) => PromiseLike<R>,
    options: AbortOptions = {},
  ): Promise<R> {
    this.#lifecycle.assertStarted()
    options.signal?.throwIfAborted()
    return this.#pending.commit(rows, key, events, write, options)
  }

  async pending(options: AbortOptions = {}): Promise<number> {
    this.#lifecycle.assertOpen()
    options.signal?.throwIfAborted()
    return countPending({ store: this.#store, rows: this.#rows, ...options })
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #start(options: AbortOptions): Promise<void> {
    await raceAbort(this.#buckets.mark(), options.signal)
    this.#scheduleMark()
    await this.#relay?.start()
  }

  #scheduleMark(): void {
    this.#timer = this.#clock.setTimer(
      remarkEveryMs,
      () => {
        this.#scheduleMark()
        this.#buckets.mark().catch((error: unknown) => this.#logger.warn({ err: error }, 'the next time bucket of the outbox could not be marked'))
      },
      { keepAlive: false },
    )
  }

  async #stop({ signal }: AbortOptions): Promise<void> {
    this.#timer?.cancel()
    const done = Promise.all([this.#pending.idle(), this.#relay?.close()])
    await raceAbort(done, signal).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error
    })
  }
}
