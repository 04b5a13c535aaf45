import { call } from '../api.js'
import { addToBasket } from '../basket.js'
import { el, fill } from '../dom.js'
import { formatMoney } from '../money.js'
import { notice, toast } from '../parts/notice.js'
import { picture } from '../parts/picture.js'
import { productCard, stockText } from '../parts/product-card.js'

/**
 * One product, and what is similar to it.
 * @type {import('../router.js').Page}
 */
export async function productPage({ params, signal }) {
  const id = encodeURIComponent(params['id'] ?? '')
  /** @type {import('../api.js').Product} */
  const product = (await call(`/products/${id}`, { signal })).data
  const similar = el('section', { class: 'similar', 'aria-label': 'Similar products' })
  void showSimilar(similar, id, signal)
  return { title: product.name, content: el('article', { class: 'page product' }, details(product), similar) }
}

/** @param {import('../api.js').Product} product */
function details(product) {
  const { name, brand, category, price, currency, description, inventory_count: units } = product
  return el(
    'div',
    { class: 'product-main' },
    el('div', { class: 'product-picture' }, picture(product, { alt: `Drawing of ${name}`, eager: true })),
    el(
      'div',
      { class: 'product-text' },
      el(
        'p',
        { class: 'crumbs' },
        el('a', { href: `#/?${new URLSearchParams({ category })}` }, category),
        brand !== null && ' · ',
        brand !== null && el('a', { href: `#/?${new URLSearchParams({ brand })}` }, brand),
      ),
      el('h1', {}, name),
      el('p', { class: 'product-price' }, formatMoney(price, currency)),
      el('p', { class: units <= 0 ? 'stock stock-out' : units <= 5 ? 'stock stock-low' : 'stock' }, stockText(units)),
      el('p', { class: 'product-description' }, description),
      buyForm(product),
      attributeList(product),
      el(
        'ul',
        { class: 'tags', 'aria-label': 'Tags' },
        product.tags.map((tag) => el('li', {}, el('a', { class: 'tag', href: `#/?${new URLSearchParams({ q: tag })}` }, tag))),
      ),
    ),
  )
}

/** @param {import('../api.js').Product} product */
function buyForm(product) {
  const units = product.inventory_count
  if (units <= 0) return notice('info', 'This one is sold out. The similar products below may do as well.')
  const quantity = el(
    'select',
    { id: 'quantity' },
    Array.from({ length: Math.min(10, units) }, (_, at) => el('option', { value: String(at + 1) }, at + 1)),
  )
  const form = el(
    'form',
    { class: 'buy' },
    el('label', { for: 'quantity' }, 'Quantity'),
    quantity,
    el('button', { class: 'button button-main', type: 'submit' }, 'Put into the basket'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const fits = addToBasket(product, Number(quantity.value))
    toast(
      fits ? `In your basket: ${quantity.value} × ${shorten(product.name)}` : 'Your basket is full: an order holds up to 100 different products.',
      el('a', { href: '#/basket' }, 'To the basket'),
    )
  })
  return form
}

/** @param {import('../api.js').Product} product */
function attributeList({ attributes }) {
  const rows = Object.entries(attributes)
  if (rows.length === 0) return undefined
  return el(
    'dl',
    { class: 'attributes' },
    rows.map(([name, value]) => el('div', {}, el('dt', {}, name.charAt(0).toUpperCase() + name.slice(1)), el('dd', {}, value))),
  )
}

/** @param {HTMLElement} section @param {string} id @param {AbortSignal} signal */
async function showSimilar(section, id, signal) {
  /** @type {import('../api.js').Product[]} */
  const products = await call(`/products/${id}/recommendations?limit=8`, { signal }).then(
    ({ data }) => data,
    () => [],
  )
  if (!signal.aborted && products.length > 0)
    fill(
      section,
      el('h2', {}, 'You may also like'),
      el(
        'ul',
        { class: 'grid grid-small' },
        products.slice(0, 8).map((one) => productCard(one)),
      ),
    )
}

/** @param {string} name */
function shorten(name) {
  return name.length > 36 ? `${name.slice(0, 34).replace(/[\s,]+$/, '')}…` : name
}
