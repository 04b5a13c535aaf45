// `node drill/conservation.ts [data folder]`: is money and stock conserved? Reads the raw tables, not the services.
import { toCents, fromCents } from '../services/order/money.ts'
import { readBooks } from './books.ts'
import type { Books } from './books.ts'

/** The result of an audit. */
export interface Audit {
  readonly orders: Readonly<Record<string, number>>
  readonly captured: string
  readonly unfinished: readonly string[]
  /** Each a sentence; empty when everything is conserved. */
  readonly faults: readonly string[]
}

/** Balances the books: orders against charges, stock against reservations. Pure. */
export function audit(books: Books): Audit {
  const faults = [...auditCharges(books), ...auditStock(books)]
  const counts: Record<string, number> = {}
  for (const { status } of books.orders) counts[status] = (counts[status] ?? 0) + 1
  const captured = books.charges.filter((charge) => charge.status === 'charged').reduce((sum, charge) => sum + toCents(charge.amount), 0n)
  return {
    orders: counts,
    captured: fromCents(captured),
    unfinished: books.orders.filter((order) => order.status === 'pending').map((order) => order.id),
    faults,
  }
}

function auditCharges({ orders, charges }: Books): readonly string[] {
  const faults: string[] = []
  const captures = new Map<string, number>()
  const byId = new Map(orders.map((order) => [order.id, order]))
  for (const charge of charges.filter(({ status }) => status === 'charged')) {
    captures.set(charge.order_id, (captures.get(charge.order_id) ?? 0) + 1)
    const order = byId.get(charge.order_id)
    if (order === undefined) faults.push(`charge ${charge.key} has no order`)
    else if (order.status !== 'confirmed' && order.status !== 'pending') faults.push(`order ${order.id} is ${order.status} but was charged ${charge.amount}`)
    else if (toCents(order.total) !== toCents(charge.amount)) faults.push(`order ${order.id} costs ${order.total} but was charged ${charge.amount}`)
  }
  for (const order of orders) {
    const count = captures.get(order.id) ?? 0
    if (count > 1) faults.push(`order ${order.id} was charged ${count} times`)
    if (order.status === 'confirmed' && count === 0) faults.push(`order ${order.id} is confirmed but was not charged`)
  }
  return faults
}

function auditStock({ orders, stock, reservations }: Books): readonly string[] {
  const faults: string[] = []
  const statusOf = new Map(orders.map((order) => [order.id, order.status]))
  const byProduct = Map.groupBy(reservations, (reservation) => reservation.product_id)
  for (const { product_id: id, stocked, reserved, sold } of stock) {
    const sum = (state: string): number => (byProduct.get(id) ?? []).filter((one) => one.state === state).reduce((total, one) => total + one.quantity, 0)
    if (stocked - reserved - sold < 0 || reserved < 0 || sold < 0) faults.push(`product ${id} has ${stocked} stocked, ${reserved} reserved and ${sold} sold`)
    if (sum('held') !== reserved) faults.push(`product ${id} counts ${reserved} reserved, its reservations ${sum('held')}`)
    if (sum('sold') !== sold) faults.push(`product ${id} counts ${sold} sold, its reservations ${sum('sold')}`)
  }
  for (const { order_id: order, state } of reservations) {
    const status = statusOf.get(order)
    const wanted = status === 'confirmed' ? ['sold'] : status === 'rejected' || status === 'cancelled' ? ['released'] : ['held', 'sold', 'released']
    if (status === undefined) faults.push(`a reservation is for order ${order}, which does not exist`)
    else if (!wanted.includes(state)) faults.push(`order ${order} is ${status} but a reservation of it is ${state}`)
  }
  return faults
}

if (import.meta.main) {
  const result = audit(await readBooks(process.argv[2] ?? '.data/ecommerce'))
  process.stdout.write(
    `orders ${JSON.stringify(result.orders)}, captured ${result.captured}, unfinished ${result.unfinished.length}, faults ${result.faults.length}\n`,
  )
  for (const fault of result.faults) process.stdout.write(`  ${fault}\n`)
  process.exitCode = result.faults.length === 0 ? 0 : 1
}
