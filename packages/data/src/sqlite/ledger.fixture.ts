import { table } from '../index.ts'

/** The table of the tests with several processes. */
export const ledger = table('ledger', {
  fields: { account: 'text', seq: 'int', by: 'text', balance: 'int' },
  key: [['account'], 'seq'],
  static: ['balance'],
})
