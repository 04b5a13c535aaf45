import type { Logger } from '@hanse/core'
import { orderConfirmed, orderPlaced, productUpdated, userCreated, userDeleted, userUpdated } from '../../contracts/events.ts'
import { groups } from '../../contracts/groups.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderSagas } from './order-sagas.ts'
import type { OrderParts } from './orders.ts'

type EventParts = Pick<OrderParts, 'db' | 'bus' | 'inbox' | 'clock'> & { readonly logger: Logger }

/** Nothing is news any more. */
const lastVersion = 2 ** 31 - 1

/** Listens to users, products and the service's own orders. */
export async function followEvents(parts: EventParts, book: Pick<OrderBook, 'get'>, sagas: Pick<OrderSagas, 'start'>): Promise<void> {
  const { db, bus, inbox, logger, clock } = parts
  const group = groups.order

  // A crash between the order and its saga is healed here: the event was written with the order.
  await bus.subscribe(orderPlaced, { group: groups.orderSagas, from: 'earliest' }, async ({ data }) => {
    const order = await book.get(data.orderId)
    if (order?.status === 'pending') await sagas.start(order)
  })

  // Identity columns only, and only news: a repeated or late event resets nothing. Somebody who is erased stays erased.
  const learn = async (userId: string, version: number, identity: { readonly email: string | null; readonly name: string | null }) => {
    await db.customers.insertIfAbsent({ user_id: userId, version: 0, created_at: new Date(clock.now()) })
    await db.customers
      .update({ user_id: userId })
      .set({ ...identity, version })
      .if('version', '<', version)
  }
  await bus.subscribe([userCreated, userUpdated], { group, from: 'earliest' }, ({ data: { userId, version, email, name } }) =>
    learn(userId, version, { email, name }),
  )
  await bus.subscribe(userDeleted, { group, from: 'earliest' }, ({ data }) => learn(data.userId, lastVersion, { email: null, name: null }))

  // One row an order: count and total of a customer are sums over them, whatever comes twice.
  await bus.subscribe(
    orderConfirmed,
    { group, from: 'earliest' },
    inbox.once(({ data }) => [db.spending.insert({ user_id: data.userId, order_id: data.orderId, total: data.total, currency: data.currency })]),
  )

  // Orders keep the price of the moment; a change of the catalogue concerns only later ones.
  await bus.subscribe(productUpdated, { group }, ({ data }) => logger.debug({ productId: data.product.id, version: data.version }, 'product changed'))
}
