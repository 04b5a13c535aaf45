import { orderCancelled, orderConfirmed, orderPlaced, orderRejected } from '../../contracts/events.ts'
import type { Order, OrderItem, OrderParts } from './orders.ts'

/** An order that is about to be written. */
export interface OrderDraft {
  readonly id: string
  readonly userId: string
  readonly items: readonly OrderItem[]
  readonly total: string
  readonly currency: string
  readonly shippingAddress: unknown
  readonly paymentToken: string
  readonly sagaId: string
}

/** The orders and what happens to them. Every change may be repeated; each is reported by one event. */
export interface OrderBook {
  get(id: string): Promise<Order | undefined>
  /** Writes a new order with its event; an order that is there already stays as it is. */
  place(draft: OrderDraft): Promise<Order>
  /** Keeps the reason why the order will be refused; the first one counts. */
  noteReason(id: string, reason: string): Promise<void>
  /** Takes back a reason that turned out not to count. */
  forgetReason(id: string, reason: string): Promise<void>
  confirm(id: string): Promise<void>
  /** Ends an order that was not paid: cancelled when its owner asked for that, else rejected with the reason noted. */
  close(id: string): Promise<void>
  needsAttention(id: string): Promise<void>
}

/** The reason of an order that its owner took back. */
export const cancelReason = 'cancelled_by_customer'

type BookParts = Pick<OrderParts, 'db' | 'outbox' | 'clock'> & { readonly bus: Pick<OrderParts['bus'], 'encode'> }

/** An order that is not over; an operator may still bring one that needs attention to its end. */
const open = ['pending', 'needs_attention']

/** Makes the order book. */
export function createOrderBook({ db, bus, outbox, clock }: BookParts): OrderBook {
  const get = (id: string): Promise<Order | undefined> => Promise.resolve(db.orders.get({ id }))
  const now = (): Date => new Date(clock.now())
  const factsOf = (order: Pick<Order, 'id' | 'user_id' | 'total' | 'currency'>) => ({
    orderId: order.id,
    userId: order.user_id,
    total: order.total,
    currency: order.currency,
  })

  /** Moves an order out of the states `from`, once, with the event that says so. */
  const end = async (
    id: string,
    from: readonly string[],
    decide: (order: Order) => {
      readonly status: string
      readonly reason: string | null
      readonly event: Parameters<typeof outbox.commit>[2][number] | undefined
    },
  ): Promise<void> => {
    for (;;) {
      const order = await get(id)
      if (order === undefined || !from.includes(order.status)) return
      const { status, reason, event } = decide(order)
      const values = { status, reason, payment_token: null, version: order.version + 1, updated_at: now() }
      const condition = { version: order.version }
      const { applied } =
        event === undefined
          ? await db.orders.update({ id }).set(values).if(condition)
          : await outbox.commit(db.orders, { id }, [event], (pending) =>
              db.orders
                .update({ id })
                .set({ ...values, ...pending.put })
                .if(condition),
            )
      if (applied) return
    }
  }
  return {
    get,
    async place(draft) {
      const at = now()
      await db.ordersByUser.insert({ user_id: draft.userId, order_id: draft.id })
      const row = {
        id: draft.id,
        user_id: draft.userId,
        status: 'pending',
        items: JSON.stringify(draft.items),
        total: draft.total,
        currency: draft.currency,
        shipping_address: JSON.stringify(draft.shippingAddress),
        payment_token: draft.paymentToken,
        saga_id: draft.sagaId,
        version: 1,
        created_at: at,
        updated_at: at,
      }
      const written = await outbox.commit(db.orders, { id: draft.id }, [bus.encode(orderPlaced, factsOf(row))], (pending) =>
        db.orders.insertIfAbsent({ ...row, ...pending.cells }),
      )
      return written.applied ? { ...row, reason: null, pending_events: null } : written.current
    },
    async noteReason(id, reason) {
      await db.orders.update({ id }).set({ reason }).if({ status: 'pending', reason: null })
    },
    async forgetReason(id, reason) {
      await db.orders.update({ id }).set({ reason: null }).if({ status: 'pending', reason })
    },
    confirm: (id) => end(id, open, (order) => ({ status: 'confirmed', reason: null, event: bus.encode(orderConfirmed, factsOf(order)) })),
    close: (id) =>
      end(id, open, (order) => {
        const reason = order.reason ?? 'processing_failed'
        const cancelled = reason === cancelReason
        return {
          status: cancelled ? 'cancelled' : 'rejected',
          reason,
          event: cancelled ? bus.encode(orderCancelled, factsOf(order)) : bus.encode(orderRejected, { ...factsOf(order), reason }),
        }
      }),
    needsAttention: (id) => end(id, ['pending'], (order) => ({ status: 'needs_attention', reason: order.reason ?? 'needs_attention', event: undefined })),
  }
}
