import { HanseError } from '@hanse/core'
import type { routes } from '../../contracts/routes.ts'
import type { ServerSentEvent } from '../../service/answer.ts'
import { listed, ok } from '../../service/answer.ts'
import { assertOwner, signedIn } from '../../service/call.ts'
import type { Handlers, RoutesOf } from '../../service/call.ts'
import type { ServiceClient } from '../../service/client.ts'
import { once } from '../../service/idempotency.ts'
import { parseId } from '../../service/parse-id.ts'
import { HttpProblem, notFound, unavailable } from '../../service/problem.ts'
import { fromCents, toCents } from './money.ts'
import { cancelReason } from './order-book.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderSagas } from './order-sagas.ts'
import type { Order, OrderItem, OrderParts } from './orders.ts'
import { toOrder } from './orders.ts'

const defaultLimit = 20

/** What the handlers of the order service work with. */
export interface OrderHandlerParts extends OrderParts {
  readonly book: OrderBook
  readonly sagas: OrderSagas
  readonly client: ServiceClient
  readonly secret: Uint8Array
}

interface PricedProduct {
  readonly id: string
  readonly name: string
  readonly price: string
  readonly currency: string
}

/** The HTTP side of orders. Prices, ids and the owner never come from the body. */
export function createOrderHandlers(parts: OrderHandlerParts): Handlers<RoutesOf<typeof routes, 'order-service'>> {
  const { db, book, sagas, client, secret, generateId } = parts

  const findOwn = async (call: Parameters<typeof assertOwner>[0] & { readonly params: { readonly id: string } }): Promise<Order> => {
    signedIn(call)
    const order = await book.get(parseId(call.params.id, 'Order'))
    if (order === undefined) throw notFound('Order')
    assertOwner(call, order.user_id)
    return order
  }

  return {
    createOrder(call) {
      const { body } = call
      const user = signedIn(call)
      return once({ db, secret, scope: `order:${user.id}`, key: call.idempotencyKey, body, generateId }, async (id) => {
        const order =
          (await book.get(id)) ??
          (await book.place({
            id,
            userId: user.id,
            shippingAddress: body.shippingAddress,
            paymentToken: body.payment.token,
            sagaId: sagas.idOf(id),
            ...(await price(client, body.items, call.signal)),
          }))
        if (order.status === 'pending') await sagas.start(order)
        return { body: { message: 'Order processing started', sagaId: order.saga_id, orderId: order.id }, headers: { location: `/api/orders/${order.id}` } }
      })
    },

    async listOrders(call) {
      const limit = call.query.limit ?? defaultLimit
      const page = await db.ordersByUser
        .select({ user_id: signedIn(call).id })
        .limit(limit)
        .page(call.query.cursor ?? null)
      const rows = await Promise.all(page.rows.map((row) => book.get(row.order_id)))
      return listed(
        rows.flatMap((order) => (order === undefined ? [] : [toOrder(order)])),
        limit,
        page.next,
      )
    },

    async getOrder(call) {
      const order = await findOwn(call)
      return ok(toOrder(order), { version: order.version })
    },

    async cancelOrder(call) {
      const order = await findOwn(call)
      if (order.status === 'cancelled') return ok(toOrder(order))
      if (order.status !== 'pending') throw tooLate()
      await book.noteReason(order.id, cancelReason)
      if (!(await sagas.cancel(order))) {
        await book.forgetReason(order.id, cancelReason)
        throw tooLate()
      }
      return ok(toOrder((await book.get(order.id)) ?? order))
    },

    async followOrder(call) {
      const order = await findOwn(call)
      return { events: follow(sagas, book, order, call.lastEventId, call.signal) }
    },
  }
}

async function price(client: ServiceClient, lines: readonly { readonly productId: string; readonly quantity: number }[], signal: AbortSignal) {
  const products = await pricesOf(client, [...new Set(lines.map((line) => line.productId))], signal)
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  const items: OrderItem[] = [...quantities].map(([productId, quantity]) => {
    const product = products.get(productId)
    if (product === undefined) throw new HttpProblem(404, 'product_not_found', `There is no product ${productId}.`)
    return { productId, name: product.name, quantity, price: product.price }
  })
  const currencies = new Set([...products.values()].map((product) => product.currency))
  const [currency = 'EUR'] = currencies
  if (currencies.size > 1)
    throw new HttpProblem(422, 'mixed_currencies', 'All products of an order must have the same currency.', {
      errors: [{ pointer: '/items', detail: 'have different currencies' }],
    })
  const total = fromCents(items.reduce((sum, item) => sum + toCents(item.price) * BigInt(item.quantity), 0n))
  return { items, total, currency }
}

async function pricesOf(client: ServiceClient, productIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, PricedProduct>> {
  try {
    const products = (await client.call('priceProducts', { body: { productIds: [...productIds] }, signal })) as readonly PricedProduct[]
    return new Map(products.map((product) => [product.id, product]))
  } catch (error) {
    throw HanseError.isInstance(error) ? unavailable('catalogue', error) : error
  }
}

function tooLate(): HttpProblem {
  return new HttpProblem(409, 'too_late_to_cancel', 'The order is paid or over; it cannot be cancelled any more.')
}

/** The saga's progress, then how the order ended. A client that comes back says which event it saw last. */
async function* follow(sagas: OrderSagas, book: OrderBook, order: Order, lastEventId: string | undefined, signal: AbortSignal): AsyncIterable<ServerSentEvent> {
  const seen = lastEventId !== undefined && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : -1
  for await (const { sequence, ...progress } of sagas.follow(order, signal)) {
    if (sequence > seen) yield { id: String(sequence), event: 'progress', data: progress }
  }
  const ended = (await book.get(order.id)) ?? order
  yield { event: 'end', data: { status: ended.status, ...(ended.reason === null ? {} : { reason: ended.reason }) } }
}
