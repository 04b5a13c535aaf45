import { totalOf } from './money.js'

/**
 * The basket of this browser. It holds prices only to show them; the shop prices an order itself.
 * @typedef {{ productId: string, name: string, brand: string, category: string, price: string, currency: string, quantity: number }} BasketLine
 * @typedef {{ lines: BasketLine[], orderKey: string | null }} Stored
 */

const storageKey = 'kontor.basket'
const mostUnits = 1_000
const mostLines = 100

/** Tells when the basket changes, here or in another tab. */
export const basketChanges = new EventTarget()

addEventListener('storage', (event) => {
  if (event.key === storageKey) basketChanges.dispatchEvent(new Event('change'))
})

/** The lines, oldest first. */
export function basketLines() {
  return read().lines
}

/** How many units there are in all. */
export function basketCount() {
  return basketLines().reduce((sum, line) => sum + line.quantity, 0)
}

/** The exact sum. */
export function basketTotal() {
  return totalOf(basketLines())
}

/**
 * Puts units of a product into the basket.
 * @param {import('./api.js').Product} product
 * @param {number} quantity
 * @returns {boolean} false when the basket is full
 */
export function addToBasket(product, quantity) {
  const stored = read()
  const line = stored.lines.find((one) => one.productId === product.id)
  if (line === undefined && stored.lines.length >= mostLines) return false
  if (line === undefined) stored.lines.push(toLine(product, quantity))
  else line.quantity = Math.min(mostUnits, line.quantity + quantity)
  write(stored)
  return true
}

/**
 * Sets the units of a line; zero removes it.
 * @param {string} productId
 * @param {number} quantity
 */
export function setQuantity(productId, quantity) {
  const stored = read()
  stored.lines = stored.lines.flatMap((line) => {
    if (line.productId !== productId) return [line]
    return quantity <= 0 ? [] : [{ ...line, quantity: Math.min(mostUnits, quantity) }]
  })
  write(stored)
}

/** Empties the basket and forgets the order's key: the order was accepted. */
export function emptyBasket() {
  write({ lines: [], orderKey: null })
}

/**
 * The key under which the shop knows this order. It stays the same until the shop has given a clear answer,
 * so an attempt whose answer was lost is never carried out twice.
 */
export function orderKey() {
  const stored = read()
  if (stored.orderKey !== null) return stored.orderKey
  const orderKey = crypto.randomUUID()
  write({ ...stored, orderKey })
  return orderKey
}

/** The shop has said no: the next attempt is another order. */
export function forgetOrderKey() {
  write({ ...read(), orderKey: null })
}

/** @param {import('./api.js').Product} product @param {number} quantity @returns {BasketLine} */
function toLine({ id, name, brand, category, price, currency }, quantity) {
  return { productId: id, name, brand: brand ?? '', category, price, currency, quantity: Math.min(mostUnits, quantity) }
}

/** @returns {Stored} what is kept, or an empty basket when it can not be read */
function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? 'null')
    const lines = Array.isArray(stored?.lines) ? stored.lines.filter(isLine) : []
    return { lines, orderKey: typeof stored?.orderKey === 'string' ? stored.orderKey : null }
  } catch {
    return { lines: [], orderKey: null }
  }
}

/** @param {any} line */
function isLine(line) {
  return (
    typeof line?.productId === 'string' &&
    typeof line.name === 'string' &&
    /^\d+(\.\d{1,2})?$/.test(line.price) &&
    Number.isInteger(line.quantity) &&
    line.quantity > 0
  )
}

/** @param {Stored} stored */
function write(stored) {
  localStorage.setItem(storageKey, JSON.stringify(stored))
  basketChanges.dispatchEvent(new Event('change'))
}
