import { el } from '../dom.js'
import { formatMoney } from '../money.js'
import { picture } from './picture.js'

/**
 * A product in a grid. The whole card is one link; the name is its text.
 * @param {import('../api.js').Product} product
 * @param {'h2' | 'h3'} [heading] one level below the list's own
 */
export function productCard(product, heading = 'h3') {
  return el(
    'li',
    { class: 'card' },
    el(
      'a',
      { class: 'card-link', href: `#/product/${product.id}` },
      el('div', { class: 'card-picture' }, picture(product), stockBadge(product.inventory_count)),
      el('p', { class: 'card-brand' }, product.brand),
      el(heading, { class: 'card-name', title: product.name }, product.name),
      el('p', { class: 'card-price' }, formatMoney(product.price, product.currency)),
    ),
  )
}

/** @param {number} units */
function stockBadge(units) {
  if (units <= 0) return el('span', { class: 'badge badge-out' }, 'Sold out')
  return units === 1 ? el('span', { class: 'badge badge-last' }, 'Last one') : undefined
}

/**
 * What the stock means to a buyer.
 * @param {number} units
 */
export function stockText(units) {
  if (units <= 0) return 'Sold out at the moment'
  if (units === 1) return 'Only one left'
  return units <= 5 ? `Only ${units} left` : 'In stock'
}
