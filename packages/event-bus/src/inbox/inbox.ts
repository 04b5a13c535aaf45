import { generateId as defaultGenerateId, invalidArgument } from '@hanse/core'
import type { GenerateId } from '@hanse/core'
import type { AnyWrite, Database } from '@hanse/data'
import type { EventHandler, HandlerContext } from '../consume/handler.ts'
import { RetryLater } from '../consume/settlement.ts'
import type { BusEvent } from '../event/bus-event.ts'
import { inboxTables } from './inbox-tables.ts'

/** Options of {@link createInbox}. */
export interface InboxOptions {
  /** Where it is remembered which events were handled; for effects in the same batch, the database of the effects. */
  readonly store: Database
  /**
   * How long a handler that died holds its event back, in whole seconds. At least the subscription's `timeoutMs`:
   * a handler that runs longer may run beside its own repetition.
   * @defaultValue 30
   */
  readonly leaseSeconds?: number
  /**
   * How long a handled event is remembered, in whole seconds: longer than the transport may repeat it.
   * @defaultValue 604800 (seven days)
   */
  readonly windowSeconds?: number
  /** @defaultValue UUIDv7 */
  readonly generateId?: GenerateId
}

/** Writes that are the effect of an event: plain ones, of any tables of the inbox's store. */
export type EffectWrites = readonly AnyWrite[]

/**
 * A handler for {@link Inbox.once}. Writes that it returns, not awaited, become one atomic batch with the mark that the event is done.
 * A handler that returns nothing has had its effect by itself; a crash right behind it repeats it.
 */
export type OnceHandler<Event extends BusEvent> = (event: Event, context: HandlerContext) => EffectWrites | void | Promise<EffectWrites | void>

/** Makes handlers idempotent. */
export interface Inbox {
  /**
   * A handler that lets each event have one effect in its group, however often it is delivered.
   *
   * Each event is claimed, handled, and marked as done; a repetition that finds the mark does nothing, one that finds the claim of
   * another comes again later. An error gives the claim back, so that a retry is not held up.
   *
   * @throws RetryLater while another delivery of the event is under way; whatever the handler throws
   */
  once<Event extends BusEvent>(handler: OnceHandler<Event>): EventHandler<Event>
}

const busyWaitMs = 1_000

/**
 * Makes an {@link Inbox} in a database. Does no I/O.
 *
 * @example
 * ```ts
 * const inbox = createInbox({ store: db })
 * await bus.subscribe(orderPlaced, { group: 'loyalty' }, inbox.once(({ data }) => [db.points.insert({ order_id: data.orderId, points: 10 })]))
 * ```
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createInbox(options: InboxOptions): Inbox {
  const { leaseSeconds = 30, windowSeconds = 604_800, generateId = defaultGenerateId } = options
  for (const [name, value] of Object.entries({ leaseSeconds, windowSeconds })) {
    if (!Number.isInteger(value) || value < 1) throw invalidArgument(`option '${name}' of createInbox`, 'a whole number from 1 up', value)
  }
  const store = options.store.extend(inboxTables)

  const isDone = async (key: InboxKey): Promise<boolean> => (await store.done.get(key)) !== undefined
  const release = (key: InboxKey, owner: string): PromiseLike<unknown> => store.claims.delete(key).if({ owner })

  return {
    once: (handler) => async (event, context) => {
      const key = { consumer: context.group, event: `${event.source} ${event.id}` }
      const owner = generateId()
      const claim = await store.claims.insertIfAbsent({ ...key, owner }, { ttlSeconds: leaseSeconds })
      if (await isDone(key)) return
      if (!claim.applied) throw new RetryLater(busyWaitMs)
      try {
        const effects = (await handler(event, context)) ?? []
        const mark = store.done.insert({ ...key, owner }, { ttlSeconds: windowSeconds })
        // Checked by the store: an effect that no batch can hold is refused as a whole.
        await store.atomically([...effects, mark] as readonly AnyWrite[])
      } catch (error) {
        await release(key, owner)
        throw error
      }
    },
  }
}

interface InboxKey {
  readonly consumer: string
  readonly event: string
}
