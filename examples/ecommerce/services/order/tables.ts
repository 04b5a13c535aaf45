import { table } from '@hanse/data'
import { outboxFields } from '@hanse/event-bus'

/** Orders by id. Prices and the owner were written by the server when the order was placed. */
export const orders = table('orders', {
  fields: {
    id: 'uuid',
    user_id: 'uuid',
    status: 'text',
    reason: 'text',
    items: 'text',
    total: 'decimal',
    currency: 'text',
    shipping_address: 'text',
    payment_token: 'text',
    saga_id: 'text',
    version: 'int',
    created_at: 'timestamp',
    updated_at: 'timestamp',
    ...outboxFields,
  },
  key: ['id'],
  required: ['user_id', 'status', 'items', 'total', 'currency', 'shipping_address', 'saga_id', 'version', 'created_at', 'updated_at'],
  conditional: true,
})

/** The orders of a user, newest first. */
export const ordersByUser = table('orders_by_user', {
  fields: { user_id: 'uuid', order_id: 'uuid' },
  key: [['user_id'], 'order_id'],
  order: { order_id: 'desc' },
})

/** Who a user is, as the user events told; `version` is that of the newest one. */
export const customers = table('customers', {
  fields: { user_id: 'uuid', email: 'text', name: 'text', version: 'int', created_at: 'timestamp' },
  key: ['user_id'],
  required: ['version', 'created_at'],
  conditional: true,
})

/** One row a confirmed order of a user: count and total are sums over it, so a repeated event changes nothing. */
export const spending = table('spending', {
  fields: { user_id: 'uuid', order_id: 'uuid', total: 'decimal', currency: 'text' },
  key: [['user_id'], 'order_id'],
})
