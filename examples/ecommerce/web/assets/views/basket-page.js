import { basketLines, basketTotal, setQuantity } from '../basket.js'
import { el, fill } from '../dom.js'
import { formatMoney, totalOf } from '../money.js'
import { picture } from '../parts/picture.js'

/**
 * What is about to be ordered.
 * @type {import('../router.js').Page}
 */
export function basketPage() {
  const body = el('div', {})
  const status = el('p', { class: 'unseen', role: 'status' })
  /** @param {string} [said] */
  const show = (said = '') => {
    fill(body, basketLines().length === 0 ? empty() : filled(show))
    status.textContent = said
  }
  show()
  return { title: 'Basket', content: el('section', { class: 'page' }, el('h1', {}, 'Your basket'), status, body) }
}

function empty() {
  return el('div', { class: 'blank' }, el('p', {}, 'There is nothing in it yet.'), el('a', { class: 'button', href: '#/' }, 'Look around'))
}

/** @param {(said?: string) => void} show */
function filled(show) {
  const [first] = basketLines()
  const total = formatMoney(basketTotal(), first?.currency)
  return el(
    'div',
    { class: 'with-summary' },
    el(
      'ul',
      { class: 'lines' },
      basketLines().map((line) => basketRow(line, show)),
    ),
    el(
      'div',
      { class: 'summary' },
      el('p', { class: 'summary-total' }, el('span', {}, 'Total'), el('strong', {}, total)),
      el('p', { class: 'fine' }, 'The shop checks prices and stock when you order.'),
      el('a', { class: 'button button-main', href: '#/checkout' }, 'To the checkout'),
    ),
  )
}

/**
 * @param {import('../basket.js').BasketLine} line
 * @param {(said?: string) => void} show
 */
function basketRow(line, show) {
  const { productId, name, brand, category, price, currency, quantity } = line
  const input = el('input', {
    class: 'units',
    type: 'number',
    min: 1,
    max: 1000,
    step: 1,
    value: String(quantity),
    'aria-label': `Quantity of ${name}`,
    inputmode: 'numeric',
  })
  input.addEventListener('change', () => {
    const units = Math.max(1, Math.min(1_000, Math.round(Number(input.value)) || quantity))
    setQuantity(productId, units)
    show(`${units} of ${name}. New total ${formatMoney(basketTotal(), currency)}`)
  })
  const remove = () => {
    setQuantity(productId, 0)
    show(`${name} removed`)
  }
  return el(
    'li',
    { class: 'line' },
    picture({ id: productId, name, category, brand }),
    el('div', { class: 'line-text' }, el('a', { href: `#/product/${productId}` }, name), el('p', { class: 'fine' }, `${formatMoney(price, currency)} each`)),
    input,
    el('strong', { class: 'line-price' }, formatMoney(totalOf([line]), currency)),
    el('button', { class: 'button button-quiet button-small', type: 'button', 'aria-label': `Remove ${name}`, onclick: remove }, 'Remove'),
  )
}
