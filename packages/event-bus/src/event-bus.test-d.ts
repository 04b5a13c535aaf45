import { createDatabase, sqlite, table } from '@hanse/data'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createEventBus, createInbox, createOutbox, defineEvent, embedded, outboxFields } from './index.ts'
import type { BusEvent, EventInput, EventOutput } from './index.ts'

const placed = defineEvent('order.placed', {
  schema: z.object({ id: z.string(), at: z.coerce.date<string | Date>(), note: z.string().default('') }),
  key: (order) => order.id,
})
const paid = defineEvent('order.paid', { schema: z.object({ id: z.string(), cents: z.number() }), key: (order) => order.id })
const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'types' })
const orders = table('orders', { fields: { id: 'text', status: 'text', ...outboxFields }, key: ['id'], conditional: true })
const plain = table('plain', { fields: { id: 'text', status: 'text' }, key: ['id'] })
const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { orders, plain } })
const outbox = createOutbox({ store: db, bus, rows: [db.orders] })

describe('defineEvent', () => {
  it('infers what is published and what is handled from the schema', () => {
    expectTypeOf<EventInput<typeof placed>>().toEqualTypeOf<{ id: string; at: string | Date; note?: string | undefined }>()
    expectTypeOf<EventOutput<typeof placed>>().toEqualTypeOf<{ id: string; at: Date; note: string }>()
    expectTypeOf(placed.type).toEqualTypeOf<'order.placed'>()
  })

  it('demands a schema and a key (seed-requirement 76)', () => {
    expectTypeOf(defineEvent('x', { schema: z.object({ id: z.string() }), key: (e) => e.id }).type).toEqualTypeOf<'x'>()
    // @ts-expect-error the key is missing
    defineEvent('x', { schema: z.object({ id: z.string() }) })
    // @ts-expect-error the schema is missing
    defineEvent('x', { key: () => 'k' })
    // @ts-expect-error the key is a string
    defineEvent('x', { schema: z.object({ n: z.number() }), key: (e) => e.n })
    // @ts-expect-error the data has no such field
    defineEvent('x', { schema: z.object({ id: z.string() }), key: (e) => e.orderId })
  })
})

describe('publish and subscribe', () => {
  it('refuse data that does not fit', () => {
    expectTypeOf(bus.publish(placed, { id: 'a', at: new Date() })).resolves.toEqualTypeOf<string>()
    // @ts-expect-error `at` is missing
    void bus.publish(placed, { id: 'a' })
    // @ts-expect-error an id is a string
    void bus.publish(placed, { id: 1, at: new Date() })
    // @ts-expect-error the event's type alone is no event
    void bus.publish('order.placed', { id: 'a', at: new Date() })
    // @ts-expect-error headers are text
    void bus.publish(paid, { id: 'a', cents: 1 }, { headers: { n: 1 } })
  })

  it('give the handler the event of the definition', () => {
    void bus.subscribe(placed, { group: 'g' }, (event, context) => {
      expectTypeOf(event).toEqualTypeOf<BusEvent<'order.placed', { id: string; at: Date; note: string }>>()
      expectTypeOf(context.attempt).toEqualTypeOf<number>()
      // @ts-expect-error no such field
      return event.data.total
    })
  })

  it('give the handler of several events a union that the type tells apart', () => {
    void bus.subscribe([placed, paid], { group: 'g' }, (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'order.placed' | 'order.paid'>()
      if (event.type === 'order.paid') expectTypeOf(event.data.cents).toEqualTypeOf<number>()
      else expectTypeOf(event.data.at).toEqualTypeOf<Date>()
      // @ts-expect-error only one of the two has it
      return event.data.cents
    })
  })

  it('demand a group (seed-requirement 79)', () => {
    expectTypeOf(bus.subscribe(placed, { group: 'g' }, () => undefined)).resolves.toExtend<{ readonly group: string }>()
    // @ts-expect-error the group is missing
    void bus.subscribe(placed, {}, () => undefined)
    // @ts-expect-error a group is a string
    void bus.subscribe(placed, { group: undefined }, () => undefined)
    // @ts-expect-error unknown policy
    void bus.subscribe(placed, { group: 'g', onExhausted: 'ignore' }, () => undefined)
    // @ts-expect-error unknown start
    void bus.subscribe(placed, { group: 'g', from: 'yesterday' }, () => undefined)
  })
})

describe('outbox and inbox', () => {
  it('fit into a batch of plain writes, and not into a conditional one', () => {
    expectTypeOf(db.atomically([db.plain.insert({ id: 'a', status: 'open' }), outbox.add(paid, { id: 'a', cents: 1 })])).resolves.toEqualTypeOf<{
      readonly applied: true
    }>()
    // @ts-expect-error a conditional batch stays in one table
    void db.atomically([db.plain.insertIfAbsent({ id: 'a' }), outbox.add(paid, { id: 'a', cents: 1 })])
    // @ts-expect-error the data does not fit
    outbox.add(paid, { id: 'a' })
  })

  it('commit only rows that have the columns, by their own key', () => {
    const events = [bus.encode(paid, { id: 'a', cents: 1 })]
    const result = outbox.commit(db.orders, { id: 'a' }, events, (pending) =>
      db.orders
        .update({ id: 'a' })
        .set({ status: 'paid', ...pending.put })
        .if({ status: 'open' }),
    )
    expectTypeOf<Awaited<typeof result>['applied']>().toEqualTypeOf<boolean>()
    // @ts-expect-error the table has no pending_events
    void outbox.commit(db.plain, { id: 'a' }, events, () => db.plain.insertIfAbsent({ id: 'a' }))
    // @ts-expect-error not the key of an order
    void outbox.commit(db.orders, { number: 1 }, events, (pending) => db.orders.insertIfAbsent({ id: 'a', ...pending.cells }))
    // @ts-expect-error a plain write has no answer
    void outbox.commit(db.orders, { id: 'a' }, events, () => db.plain.insert({ id: 'a' }))
  })

  it('hand the event to an idempotent handler', () => {
    const inbox = createInbox({ store: db })
    void bus.subscribe(
      paid,
      { group: 'g' },
      inbox.once((event) => {
        expectTypeOf(event.data.cents).toEqualTypeOf<number>()
        return [db.plain.insert({ id: event.data.id, status: 'paid' })]
      }),
    )
    // @ts-expect-error an effect is a write
    inbox.once(() => ['done'])
  })
})
