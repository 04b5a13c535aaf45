import { expect, it } from 'vitest'
import { audit } from './conservation.ts'
import type { Books } from './books.ts'

const order = { id: 'o1', status: 'confirmed', total: '20.00', reason: null, items: '[]' }
const charge = { key: 'k1', order_id: 'o1', status: 'charged', amount: '20' }
const product = { product_id: 'p1', stocked: 5, reserved: 0, sold: 2 }
const sold = { product_id: 'p1', order_id: 'o1', quantity: 2, state: 'sold' }
const sound: Books = { orders: [order], charges: [charge], stock: [product], reservations: [sold] }

it('finds nothing wrong with sound books', () => {
  expect(audit(sound)).toEqual({ orders: { confirmed: 1 }, captured: '20.00', unfinished: [], faults: [] })
})

it.each<[string, Partial<Books>, RegExp]>([
  ['a double charge', { charges: [charge, { ...charge, key: 'k2' }] }, /charged 2 times/],
  [
    'a charge of a rejected order',
    { orders: [{ ...order, status: 'rejected' }], reservations: [{ ...sold, state: 'released' }], stock: [{ ...product, sold: 0 }] },
    /is rejected but was charged/,
  ],
  ['a confirmed order without a charge', { charges: [] }, /confirmed but was not charged/],
  ['a wrong amount', { charges: [{ ...charge, amount: '19.99' }] }, /costs 20.00 but was charged 19.99/],
  ['a charge without an order', { charges: [charge, { ...charge, key: 'k2', order_id: 'o9' }] }, /has no order/],
  ['oversold stock', { stock: [{ ...product, stocked: 1 }] }, /has 1 stocked/],
  ['a count that its reservations do not carry', { stock: [{ ...product, reserved: 1 }] }, /counts 1 reserved/],
  [
    'a held reservation of a confirmed order',
    { reservations: [{ ...sold, state: 'held' }], stock: [{ ...product, sold: 0, reserved: 2 }] },
    /a reservation of it is held/,
  ],
])('finds %s', (_, broken, fault) => {
  expect(audit({ ...sound, ...broken }).faults.join('; ')).toMatch(fault)
})
