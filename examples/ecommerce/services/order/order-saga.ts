import { defineSaga } from '@hanse/saga'
import { z } from 'zod'

const input = z.object({
  orderId: z.string(),
  items: z.array(z.object({ productId: z.string(), quantity: z.number() })),
  amount: z.string(),
  currency: z.string(),
  token: z.string(),
})

/** What the saga knows of an order. */
export interface OrderInput {
  readonly orderId: string
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
  readonly amount: string
  readonly currency: string
  readonly token: string
}

/** How a participant is called: the key is the same for every attempt of a step. */
export interface ParticipantCall {
  readonly idempotencyKey: string
  readonly signal: AbortSignal
}

/** The services that take part; each call may come more than once with the same key. */
export interface OrderParticipants {
  /** @throws SagaRejection `out_of_stock` */
  reserve(order: OrderInput, call: ParticipantCall): Promise<void>
  release(order: OrderInput, call: ParticipantCall): Promise<void>
  /** @throws SagaRejection when the payment is declined */
  charge(order: OrderInput, call: ParticipantCall): Promise<{ receipt: string }>
  sell(order: OrderInput, call: ParticipantCall): Promise<void>
  /** Marks the order as refused, or cancelled when that was the reason. */
  close(order: OrderInput, call: ParticipantCall): Promise<void>
  confirm(order: OrderInput, receipt: string, call: ParticipantCall): Promise<void>
}

/**
 * Reserve, charge, confirm. Charging is the pivot: before it everything can be taken back,
 * after it the order is completed, however long that takes.
 */
export function defineOrderSaga(participants: OrderParticipants) {
  return defineSaga('order_processing', { version: 1, input, secret: ['token'] })
    .step('openOrder', { run: async () => undefined, undo: (c) => participants.close(c.input, c) })
    .step('reserveStock', { run: (c) => participants.reserve(c.input, c), undo: (c) => participants.release(c.input, c), timeoutMs: 5_000 })
    .pivot('chargePayment', { run: (c) => participants.charge(c.input, c), timeoutMs: 8_000 })
    .step('sellStock', { run: (c) => participants.sell(c.input, c), timeoutMs: 5_000 })
    .step('confirmOrder', { run: (c) => participants.confirm(c.input, c.results.chargePayment.receipt, c), timeoutMs: 5_000 })
}
