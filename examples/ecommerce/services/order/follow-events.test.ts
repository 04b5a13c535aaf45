import { generateId, systemClock } from '@hanse/core'
import { createRecordingLogger, eventually } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { createEventBus, createInbox, embedded } from '@hanse/event-bus'
import type { EncodedEvent } from '@hanse/event-bus'
import { describe, expect, it } from 'vitest'
import { orderConfirmed, orderPlaced, productUpdated, userCreated, userDeleted, userUpdated } from '../../contracts/events.ts'
import { followEvents } from './follow-events.ts'
import { orderTables } from './orders.ts'
import type { Order } from './orders.ts'

const userId = generateId()
const ada = { userId, email: 'ada@shop.example', name: 'Ada' }
const confirmed = { orderId: generateId(), userId, total: '19.99', currency: 'EUR' }

/** The order service's ears, over a real bus and store. */
async function open(orders: readonly Pick<Order, 'id' | 'status'>[] = []) {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: orderTables })
  const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'test' })
  await db.start()
  await bus.start()
  const started: string[] = []
  const parts = { db, bus, inbox: createInbox({ store: db }), logger: createRecordingLogger(), clock: systemClock }
  await followEvents(
    parts,
    { get: async (id) => orders.find((order) => order.id === id) as Order | undefined },
    { start: async (order) => void started.push(order.id) },
  )
  return {
    db,
    bus,
    started,
    /** Delivers events, and waits until all were handled. */
    async deliver(...events: readonly EncodedEvent[]) {
      for (const event of events) await bus.send([event])
      for (const group of ['order-service', 'order-service-sagas']) {
        await eventually(async () => {
          const { total } = await bus.lag({ group })
          if (total > 0) throw new Error(`${total} events wait`)
        })
      }
    },
    customer: () => Promise.resolve(db.customers.get({ user_id: userId })),
    spending: () => Promise.resolve(db.spending.select({ user_id: userId })),
    async [Symbol.asyncDispose]() {
      await bus.close()
      await db.close()
    },
  }
}

describe('the order service hears', () => {
  it('of a user, and a repeated user.created resets nothing (seed-requirement 90)', async () => {
    await using shop = await open()
    const created = shop.bus.encode(userCreated, { ...ada, version: 1 })
    await shop.deliver(created)
    const before = await shop.customer()
    await shop.deliver(shop.bus.encode(userUpdated, { ...ada, name: 'Ada Lovelace', email: 'ada@new.example', version: 3 }))
    await shop.deliver(created, shop.bus.encode(userUpdated, { ...ada, name: 'Ada L.', version: 2 }))
    expect(await shop.customer()).toMatchObject({ name: 'Ada Lovelace', email: 'ada@new.example', created_at: before?.created_at })
  })

  it('that a user is gone: nothing brings the person back', async () => {
    await using shop = await open()
    const created = shop.bus.encode(userCreated, { ...ada, version: 1 })
    await shop.deliver(created, shop.bus.encode(userDeleted, { userId }))
    await shop.deliver(created, shop.bus.encode(userUpdated, { ...ada, version: 9 }))
    expect(await shop.customer()).toMatchObject({ name: null, email: null })
  })

  it('that a user is gone of whom it never heard, and then of the sign-up', async () => {
    await using shop = await open()
    await shop.deliver(shop.bus.encode(userDeleted, { userId }))
    await shop.deliver(shop.bus.encode(userCreated, { ...ada, version: 1 }))
    expect(await shop.customer()).toMatchObject({ name: null, email: null })
  })

  it('of a confirmed order, and counts it once, exactly, also when its user is not known yet (seed-requirements 90 and 91)', async () => {
    await using shop = await open()
    const event = shop.bus.encode(orderConfirmed, confirmed)
    await shop.deliver(event, event, shop.bus.encode(orderConfirmed, confirmed))
    expect(await shop.spending()).toEqual([{ user_id: userId, order_id: confirmed.orderId, total: '19.99', currency: 'EUR' }])
    await shop.deliver(shop.bus.encode(userCreated, { ...ada, version: 1 }), event)
    expect(await shop.spending()).toHaveLength(1)
    expect(await shop.customer()).toMatchObject({ name: 'Ada' })
  })

  it('of a placed order, and starts its saga while it is pending', async () => {
    const [pending, over] = [generateId(), generateId()]
    await using shop = await open([
      { id: pending, status: 'pending' },
      { id: over, status: 'confirmed' },
    ])
    for (const orderId of [pending, over, generateId()]) await shop.deliver(shop.bus.encode(orderPlaced, { ...confirmed, orderId }))
    expect(shop.started).toEqual([pending])
  })

  it('of a changed product, which changes no order (seed-requirement 91)', async () => {
    await using shop = await open()
    const now = new Date(0).toISOString()
    const product = { id: generateId(), name: 'Thing', description: '', category: 'Things', brand: null, price: '1.00', currency: 'EUR' }
    const rest = { attributes: {}, tags: [], images: [], inventory_count: 1, created_at: now, updated_at: now }
    await shop.deliver(shop.bus.encode(productUpdated, { product: { ...product, ...rest }, version: 2 }))
    expect(await shop.spending()).toEqual([])
  })
})
