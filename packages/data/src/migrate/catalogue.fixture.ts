import { addColumn, createTable, defineMigration, dropColumn, table } from '../index.ts'

/** What the processes of migrate.int.test.ts bring a store to, and the way there. */
const first = table('products', { fields: { id: 'uuid', name: 'text', size: 'frozen<size>', old: 'int' }, key: ['id'], types: { size: { width: 'int' } } })
export const products = table('products', {
  fields: { id: 'uuid', name: 'text', size: 'frozen<size>', brand: 'text', price: 'decimal' },
  key: ['id'],
  types: { size: { width: 'int' } },
})
export const stock = table('stock', { fields: { product: 'uuid', place: 'text', count: 'int' }, key: [['product'], 'place'] })

export const migrations = [
  defineMigration('0001_products', [createTable(first)]),
  defineMigration('0002_brand', [addColumn('products', 'brand', 'text'), addColumn('products', 'price', 'decimal'), dropColumn('products', 'old')]),
  defineMigration('0003_stock', [createTable(stock)]),
]
