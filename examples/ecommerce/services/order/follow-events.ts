import { orderConfirmed, orderPlaced, productUpdated, userCreated, userDeleted, userUpdated } from '../../contracts/events.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderSagas } from './order-sagas.ts'
import type { OrderParts } from './orders.ts'

/** Listens to users, products and the service's own orders. */
export async function followEvents({ db, bus, inbox, config, logger, clock }: OrderParts, book: OrderBook, sagas: OrderSagas): Promise<void> {
  const group = config.name

  // A crash between the order and its saga is healed here: the event was written with the order.
  await bus.subscribe(orderPlaced, { group: `${group}-sagas`, from: 'earliest' }, async ({ data }) => {
    const order = await book.get(data.orderId)
    if (order?.status === 'pending') await sagas.start(order)
  })

  // Identity columns only: a repeated or late event resets nothing. Somebody who is erased stays erased.
  const identity = async (data: { readonly userId: string; readonly email: string; readonly name: string }) => {
    const before = await db.customers.get({ user_id: data.userId })
    if (before?.erased !== true)
      await db.customers.insert({ user_id: data.userId, email: data.email, name: data.name, created_at: before?.created_at ?? new Date(clock.now()) })
  }
  await bus.subscribe([userCreated, userUpdated], { group, from: 'earliest' }, ({ data }) => identity(data))
  await bus.subscribe(userDeleted, { group, from: 'earliest' }, async ({ data }) => {
    await db.customers.update({ user_id: data.userId }).set({ email: null, name: null, erased: true })
  })

  // One row an order: count and total of a customer are sums over them, whatever comes twice.
  await bus.subscribe(
    orderConfirmed,
    { group, from: 'earliest' },
    inbox.once(({ data }) => [db.spending.insert({ user_id: data.userId, order_id: data.orderId, total: data.total, currency: data.currency })]),
  )

  // Orders keep the price of the moment; a change of the catalogue concerns only later ones.
  await bus.subscribe(productUpdated, { group }, ({ data }) => logger.debug({ productId: data.product.id, version: data.version }, 'product changed'))
}
