import { el } from '../dom.js'
import { readAmount } from '../money.js'
import { icon } from './icon.js'

/**
 * The filters beside the results. They change the address; the address makes the page.
 * @param {{ query: URLSearchParams, facets: NonNullable<import('../api.js').ProductPage['facets']>, apply: (change: (query: URLSearchParams) => void) => void }} options
 */
export function createFacets({ query, facets, apply }) {
  const chosen = query.getAll('category').length + query.getAll('brand').length + (query.has('minPrice') || query.has('maxPrice') ? 1 : 0)
  const panel = el(
    'div',
    { class: 'facets-panel', id: 'facets' },
    choices({ title: 'Category', name: 'category', values: facets.category ?? [], query, apply }),
    priceRange(query, facets.price ?? [], apply),
    choices({ title: 'Brand', name: 'brand', values: facets.brand ?? [], query, apply }),
  )
  const toggle = el(
    'button',
    { class: 'button button-quiet facets-toggle', type: 'button', 'aria-expanded': String(openOnNarrow), 'aria-controls': 'facets' },
    icon('filter'),
    chosen === 0 ? 'Filters' : `Filters (${chosen})`,
  )
  const box = el('aside', { class: openOnNarrow ? 'facets facets-open' : 'facets', 'aria-label': 'Filters' }, toggle, panel)
  toggle.addEventListener('click', () => {
    openOnNarrow = box.classList.toggle('facets-open')
    toggle.setAttribute('aria-expanded', String(openOnNarrow))
  })
  return box
}

/** Whether the panel is unfolded on narrow screens; kept while filters are changed. */
let openOnNarrow = false

/** Folds the panel on narrow screens, for a fresh search. */
export function foldFacets() {
  openOnNarrow = false
}

const shownAtFirst = 10

/**
 * @param {{ title: string, name: 'category' | 'brand', values: readonly import('../api.js').FacetValue[], query: URLSearchParams, apply: (change: (query: URLSearchParams) => void) => void }} options
 */
function choices({ title, name, values, query, apply }) {
  const selected = new Set(query.getAll(name))
  const known = new Set(values.map(({ value }) => value))
  const missing = [...selected].filter((value) => !known.has(value)).map((value) => ({ value, count: 0 }))
  const all = [...missing, ...values].toSorted((a, b) => Number(selected.has(b.value)) - Number(selected.has(a.value)))
  if (all.length === 0) return undefined

  /** @param {import('../api.js').FacetValue} facet */
  const entry = ({ value, count }) => {
    const box = el('input', { type: 'checkbox', checked: selected.has(value) })
    box.addEventListener('change', () => {
      lastChanged = `${name}=${value}`
      apply((next) => (box.checked ? next.append(name, value) : next.delete(name, value)))
    })
    box.dataset.facet = `${name}=${value}`
    return el('li', {}, el('label', { class: 'choice' }, box, el('span', { class: 'choice-text' }, value), el('span', { class: 'choice-count' }, count)))
  }
  const most = Math.max(shownAtFirst, selected.size)
  const more = all.slice(most)
  return el(
    'fieldset',
    { class: 'facet' },
    el('legend', {}, title),
    el('ul', {}, all.slice(0, most).map(entry)),
    more.length > 0 && el('details', { class: 'facet-more' }, el('summary', {}, `${more.length} more`), el('ul', {}, more.map(entry))),
  )
}

let lastChanged = ''

/**
 * Puts the focus back on the box that was just ticked: the page around it was made anew.
 * @param {ParentNode} root
 * @returns {boolean} whether there was one
 */
export function restoreFacetFocus(root) {
  const box = [...root.querySelectorAll('input[data-facet]')].find((one) => one instanceof HTMLInputElement && one.dataset.facet === lastChanged)
  lastChanged = ''
  if (!(box instanceof HTMLInputElement)) return false
  const folded = box.closest('details')
  if (folded !== null) folded.open = true
  box.focus({ preventScroll: true })
  return true
}

/**
 * @param {URLSearchParams} query
 * @param {readonly import('../api.js').FacetValue[]} ranges
 * @param {(change: (query: URLSearchParams) => void) => void} apply
 */
function priceRange(query, ranges, apply) {
  const from = amountInput('From', query.get('minPrice'))
  const to = amountInput('To', query.get('maxPrice'))
  const error = el('p', { class: 'field-error', role: 'alert' })
  const form = el(
    'form',
    { class: 'price-form', novalidate: true },
    from,
    el('span', { 'aria-hidden': 'true' }, '–'),
    to,
    el('button', { class: 'button button-small button-quiet', type: 'submit' }, 'Apply'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const min = from.value.trim() === '' ? null : (readAmount(from.value) ?? false)
    const max = to.value.trim() === '' ? null : (readAmount(to.value) ?? false)
    error.textContent = min === false || max === false ? 'Please write amounts such as 20 or 19.99.' : ''
    if (min === false || max === false) return
    const [low, high] = min !== null && max !== null && Number(min) > Number(max) ? [max, min] : [min, max]
    apply((next) => {
      setOrDelete(next, 'minPrice', low)
      setOrDelete(next, 'maxPrice', high)
    })
  })
  return el('fieldset', { class: 'facet' }, el('legend', {}, 'Price in euros'), form, error, quickRanges(ranges, apply))
}

/** @param {string} label @param {string | null} value */
function amountInput(label, value) {
  return el('input', { type: 'text', inputmode: 'decimal', 'aria-label': `${label} euros`, placeholder: label, value: value ?? '', maxlength: 14 })
}

/** @param {URLSearchParams} query @param {string} name @param {string | null} value */
function setOrDelete(query, name, value) {
  if (value === null) query.delete(name)
  else query.set(name, value)
}

/**
 * Ranges that hold something, to be taken with one press.
 * @param {readonly import('../api.js').FacetValue[]} ranges
 * @param {(change: (query: URLSearchParams) => void) => void} apply
 */
function quickRanges(ranges, apply) {
  const filled = ranges.filter(({ count, from, to }) => count > 0 && (from !== undefined || to !== undefined))
  if (filled.length < 2) return undefined
  const entry = (/** @type {import('../api.js').FacetValue} */ { from, to, count }) => {
    const text = from === undefined ? `up to ${to}` : to === undefined ? `from ${from}` : `${from} – ${to}`
    const take = () =>
      apply((next) => {
        setOrDelete(next, 'minPrice', from ?? null)
        setOrDelete(next, 'maxPrice', to ?? null)
      })
    return el(
      'li',
      {},
      el('button', { class: 'range', type: 'button', onclick: take }, el('span', { class: 'choice-text' }, text), el('span', { class: 'choice-count' }, count)),
    )
  }
  return el('ul', { class: 'ranges' }, filled.map(entry))
}
