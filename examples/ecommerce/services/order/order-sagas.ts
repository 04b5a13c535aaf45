import { HanseError } from '@hanse/core'
import { sagaId } from '@hanse/saga'
import type { SagaHistoryEntry, SagaOrchestrator } from '@hanse/saga'
import type { defineOrderSaga } from './order-saga.ts'
import { itemsOf } from './orders.ts'
import type { Order } from './orders.ts'

/** One line of an order's progress. */
export interface Progress {
  readonly sequence: number
  readonly at: string
  readonly step: string
  readonly kind: 'started' | 'completed' | 'failed' | 'undoing' | 'undone'
  readonly attempt: number
  readonly detail?: string
}

/** The sagas of orders: one each, named by the order. */
export interface OrderSagas {
  /** The id that the saga of an order has, or will have. */
  idOf(orderId: string): string
  /** Starts the order's saga; one that was started before is left alone. */
  start(order: Order): Promise<void>
  /** Takes the order back while that is possible; `false` when it is not any more. */
  cancel(order: Order): Promise<boolean>
  /** Everything that happened and happens, until the saga has ended. */
  follow(order: Order, signal: AbortSignal): AsyncIterable<Progress>
}

const sagaName = 'order_processing'

/** Makes the sagas of orders usable for the rest of the service. */
export function createOrderSagas(orchestrator: SagaOrchestrator<readonly [ReturnType<typeof defineOrderSaga>]>): OrderSagas {
  return {
    idOf: (orderId) => sagaId(sagaName, orderId),
    async start(order) {
      const items = itemsOf(order).map(({ productId, quantity }) => ({ productId, quantity }))
      const input = { orderId: order.id, items, amount: order.total, currency: order.currency, token: order.payment_token ?? '' }
      await orchestrator.startSaga(sagaName, input, { key: order.id })
    },
    async cancel(order) {
      try {
        await orchestrator.cancel(order.saga_id)
        return true
      } catch (error) {
        if (HanseError.hasCode(error, 'SAGA_NOT_CANCELLABLE')) return false
        throw error
      }
    },
    async *follow(order, signal) {
      for await (const entry of orchestrator.watch(order.saga_id, { signal })) yield* toProgress(entry)
    },
  }
}

function* toProgress(entry: SagaHistoryEntry): Iterable<Progress> {
  const sequence = entry.seq
  const at = new Date(entry.at).toISOString()
  switch (entry.kind) {
    case 'step-completed':
      yield { sequence, at, step: entry.step, kind: 'completed', attempt: entry.attempt }
      break
    case 'step-failed':
      yield {
        sequence,
        at,
        step: entry.step,
        kind: 'failed',
        attempt: entry.attempt,
        ...(entry.error.code === undefined ? {} : { detail: entry.error.code.toLowerCase() }),
      }
      break
    case 'undo-completed':
      yield { sequence, at, step: entry.step, kind: 'undone', attempt: entry.attempt }
      break
    case 'undo-failed':
      yield { sequence, at, step: entry.step, kind: 'undoing', attempt: entry.attempt }
      break
    default:
      // What concerns the orchestrator alone is not the customer's business.
      break
  }
}
