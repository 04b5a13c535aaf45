import { generateId } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { createEventBus, createOutbox, embedded } from '@hanse/event-bus'
import type { EventBus } from '@hanse/event-bus'
import { describe, expect, it } from 'vitest'
import { cancelReason, createOrderBook } from './order-book.ts'
import { orderTables } from './orders.ts'

const draft = {
  id: generateId(),
  userId: generateId(),
  items: [{ productId: generateId(), name: 'Thing', quantity: 2, price: '9.99' }],
  total: '19.98',
  currency: 'EUR',
  shippingAddress: {},
  paymentToken: 'tok_ok',
  sagaId: 's1',
}

async function open() {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: orderTables })
  const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'order-service' })
  await db.start()
  const events: string[] = []
  const noting: Pick<EventBus, 'encode'> = {
    encode(event, data, options) {
      events.push(event.type)
      return bus.encode(event, data, options)
    },
  }
  const outbox = createOutbox({ store: db, bus, rows: [db.orders], relay: false })
  await outbox.start()
  const book = createOrderBook({ db, bus: noting, outbox, clock: createManualClock() })
  return { db, book, events }
}

describe('the order book', () => {
  it('writes an order once, whoever repeats it, also for a user of whom nobody has heard yet (seed-requirement 91)', async () => {
    const { book } = await open()
    const [one, other] = await Promise.all([book.place(draft), book.place({ ...draft, total: '0.01' })])
    expect(one.total).toBe(other.total)
    expect(await book.get(draft.id)).toMatchObject({ status: 'pending', user_id: draft.userId, total: one.total, version: 1 })
  })

  it('confirms once, and a late refusal changes nothing', async () => {
    const { book } = await open()
    await book.place(draft)
    await Promise.all([book.confirm(draft.id), book.confirm(draft.id)])
    await book.noteReason(draft.id, 'payment_declined')
    await book.close(draft.id)
    expect(await book.get(draft.id)).toMatchObject({ status: 'confirmed', reason: null, version: 2 })
  })

  it('rejects with the first reason that was noted', async () => {
    const { book } = await open()
    await book.place(draft)
    await book.noteReason(draft.id, 'out_of_stock')
    await book.noteReason(draft.id, 'payment_declined')
    await book.close(draft.id)
    await book.confirm(draft.id)
    expect(await book.get(draft.id)).toMatchObject({ status: 'rejected', reason: 'out_of_stock' })
  })

  it('cancels an order that its owner took back', async () => {
    const { book, events } = await open()
    await book.place(draft)
    await book.noteReason(draft.id, cancelReason)
    await book.close(draft.id)
    expect(await book.get(draft.id)).toMatchObject({ status: 'cancelled' })
    expect(events).toEqual(['order.placed', 'order.cancelled'])
  })

  it('marks an order that needs attention once, keeps why, and still ends it', async () => {
    const { book } = await open()
    await book.place(draft)
    await book.noteReason(draft.id, 'out_of_stock')
    await book.needsAttention(draft.id)
    const marked = await book.get(draft.id)
    await book.needsAttention(draft.id)
    expect(await book.get(draft.id)).toEqual(marked)
    expect(marked).toMatchObject({ status: 'needs_attention', reason: 'out_of_stock' })
    await book.close(draft.id)
    expect(await book.get(draft.id)).toMatchObject({ status: 'rejected', reason: 'out_of_stock' })
  })

  it('forgets a wish to cancel that came too late: a payment that is declined then is a rejection', async () => {
    const { book } = await open()
    await book.place(draft)
    await book.noteReason(draft.id, cancelReason)
    await book.forgetReason(draft.id, cancelReason)
    await book.noteReason(draft.id, 'payment_declined')
    await book.close(draft.id)
    expect(await book.get(draft.id)).toMatchObject({ status: 'rejected', reason: 'payment_declined' })
  })
})
