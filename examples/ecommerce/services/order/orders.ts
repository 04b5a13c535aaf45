import type { Row } from '@hanse/data'
import type { z } from 'zod'
import type { address } from '../../contracts/fields.ts'
import { listTables } from '../../service/bucketed-list.ts'
import { idempotency } from '../../service/idempotency.ts'
import type { ServiceParts } from '../../service/run-service.ts'
import { customers, orders, ordersByUser, spending } from './tables.ts'

/** The tables of the order service. */
export const orderTables = { orders, ordersByUser, customers, spending, idempotency, ...listTables }

/** What the order service's code works with. */
export type OrderParts = ServiceParts<typeof orderTables>

/** A stored order. */
export type Order = Row<typeof orders>

/** One line of an order, at the price of the moment in which it was placed. */
export interface OrderItem {
  readonly productId: string
  readonly name: string
  readonly quantity: number
  readonly price: string
}

/** The lines of an order. */
export function itemsOf(order: Pick<Order, 'items'>): readonly OrderItem[] {
  return JSON.parse(order.items) as readonly OrderItem[]
}

/** An order as its owner sees it. */
export function toOrder(order: Order) {
  return {
    id: order.id,
    userId: order.user_id,
    status: order.status,
    items: itemsOf(order),
    total: order.total,
    currency: order.currency,
    shippingAddress: JSON.parse(order.shipping_address) as z.infer<typeof address>,
    sagaId: order.saga_id,
    reason: order.status === 'pending' || order.status === 'confirmed' ? null : order.reason,
    created_at: order.created_at.toISOString(),
    updated_at: order.updated_at.toISOString(),
  }
}
