import { SagaRejection } from '@hanse/saga'
import { ServiceRefusal } from '../../service/client.ts'
import type { ServiceClient } from '../../service/client.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderParticipants } from './order-saga.ts'

/** The participants of the order saga: the inventory and payment services, and the order book. */
export function createOrderParticipants(client: ServiceClient, book: OrderBook): OrderParticipants {
  /** Keeps the reason of a definite refusal with the order before the saga goes back. */
  const refusing = async <T>(orderId: string, call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      if (!(error instanceof ServiceRefusal)) throw error
      await book.noteReason(orderId, error.code)
      throw new SagaRejection(error.code, { message: error.message, cause: error })
    }
  }
  const productIds = (order: { readonly items: readonly { readonly productId: string }[] }): string[] => order.items.map((item) => item.productId)
  return {
    async reserve({ orderId, items }, { signal }) {
      await refusing(orderId, client.call('reserveStock', { body: { orderId, items: [...items] }, signal }))
    },
    async release(order, { signal }) {
      await client.call('releaseStock', { params: { orderId: order.orderId }, body: { productIds: productIds(order) }, signal })
    },
    async charge({ orderId, token, amount, currency }, { idempotencyKey, signal }) {
      const charged = await refusing(
        orderId,
        client.call('charge', { body: { key: idempotencyKey, orderId, token, amount, currency }, signal, timeoutMs: 8_000 }),
      )
      return charged as { receipt: string }
    },
    async sell(order, { signal }) {
      await client.call('sellStock', { params: { orderId: order.orderId }, body: { productIds: productIds(order) }, signal })
    },
    close: ({ orderId }) => book.close(orderId),
    confirm: ({ orderId }) => book.confirm(orderId),
  }
}
