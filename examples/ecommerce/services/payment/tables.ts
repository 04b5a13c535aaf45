import { table } from '@hanse/data'

/** One row a charge, by the key that the caller gave: the ledger. Card data never comes here, only demo tokens do. */
export const charges = table('charges', {
  fields: {
    key: 'text',
    order_id: 'uuid',
    status: 'text',
    amount: 'decimal',
    currency: 'text',
    receipt: 'uuid',
    note: 'text',
    created_at: 'timestamp',
  },
  key: ['key'],
  required: ['order_id', 'status', 'amount', 'currency', 'receipt', 'note', 'created_at'],
  conditional: true,
})

/** How often a key was tried, for the token that fails three times. */
export const attempts = table('charge_attempts', {
  fields: { key: 'text', count: 'int' },
  key: ['key'],
  required: ['count'],
  conditional: true,
})

/** Everything that the payment service keeps. */
export const paymentTables = { charges, attempts }
