import { table } from '@hanse/data'

/**
 * One partition a product: its counts are static columns, its reservations rows beside them,
 * so that a count and the reservation that changes it are one conditional write.
 * `stocked = available + reserved + sold` holds after every write.
 */
export const stock = table('stock', {
  fields: {
    product_id: 'uuid',
    order_id: 'text',
    stocked: 'int',
    reserved: 'int',
    sold: 'int',
    version: 'int',
    quantity: 'int',
    state: 'text',
    changed_at: 'timestamp',
  },
  key: [['product_id'], 'order_id'],
  static: ['stocked', 'reserved', 'sold', 'version'],
  conditional: true,
})
