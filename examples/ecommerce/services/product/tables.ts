import { table } from '@hanse/data'
import { outboxFields } from '@hanse/event-bus'

/** Products by id. Every change is conditional on the version that was read. */
export const products = table('products', {
  fields: {
    id: 'uuid',
    name: 'text',
    description: 'text',
    category: 'text',
    brand: 'text',
    price: 'decimal',
    currency: 'text',
    attributes: 'frozen<map<text, text>>',
    tags: 'frozen<set<text>>',
    images: 'frozen<list<text>>',
    /** As the inventory service last told; `stock_version` orders what it tells. */
    inventory_count: 'int',
    stock_version: 'int',
    deleted: 'boolean',
    version: 'int',
    created_at: 'timestamp',
    updated_at: 'timestamp',
    ...outboxFields,
  },
  key: ['id'],
  required: ['name', 'category', 'price', 'currency', 'inventory_count', 'stock_version', 'deleted', 'version', 'created_at', 'updated_at'],
  conditional: true,
})

/** What was filled in once: the demo's catalogue. */
export const seeds = table('seeds', { fields: { name: 'text', done_at: 'timestamp' }, key: ['name'] })

/** Whether the search index was filled from the products, once; of this store and its index, so a move leaves it behind. */
export const indexFills = table('index_fills', { fields: { name: 'text', done_at: 'timestamp' }, key: ['name'] })
