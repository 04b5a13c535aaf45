import { SagaRejection } from '@hanse/saga'
import { ServiceRefusal } from '../../service/client.ts'
import type { ServiceClient } from '../../service/client.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderParticipants } from './order-saga.ts'

/** The participants of the order saga: the inventory and payment services, and the order book. */
export function createOrderParticipants(client: ServiceClient, book: OrderBook): OrderParticipants {
  /** Keeps the reason of a definite refusal with the order before the saga goes back. */
  const refusing = <T>(orderId: string, call: Promise<T>): Promise<T> => definite(call, (reason) => book.noteReason(orderId, reason))
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
      // An order that is paid and holds nothing is for a person to look at: the saga ends in needs-attention.
      await definite(client.call('sellStock', { params: { orderId: order.orderId }, body: { productIds: productIds(order) }, signal }))
    },
    close: ({ orderId }) => book.close(orderId),
    confirm: ({ orderId }) => book.confirm(orderId),
  }
}

/**
 * Only a conflict is a refusal: any other answer, such as a context that is out of date or too many requests,
 * says nothing about what an earlier attempt did.
 */
async function definite<T>(call: Promise<T>, before: (reason: string) => Promise<void> = async () => undefined): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (!(error instanceof ServiceRefusal) || error.status !== 409) throw error
    await before(error.code)
    throw new SagaRejection(error.code, { message: error.message, cause: error })
  }
}
