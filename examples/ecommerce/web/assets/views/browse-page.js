import { call } from '../api.js'
import { el, fill } from '../dom.js'
import { createFacets, foldFacets, restoreFacetFocus } from '../parts/facets.js'
import { notice, toast } from '../parts/notice.js'
import { productCard } from '../parts/product-card.js'
import { explain } from '../problem.js'
import { go } from '../router.js'
import { categoryTiles } from '../parts/category-tiles.js'

const pageSize = 24
const filters = ['q', 'category', 'brand', 'minPrice', 'maxPrice', 'sort']

/** What was loaded for an address and how far down it was read, so that "back" leads to the same place. */
/** @type {Map<string, { pages: import('../api.js').ProductPage[], scroll: number }>} */
const visited = new Map()
const mostRemembered = 12

/**
 * Search and browse: filters, order and text are all in the address.
 * @type {import('../router.js').Page}
 */
export async function browsePage({ query, signal }) {
  const key = searchQuery(query).toString()
  const remembered = returning ? visited.get(key) : undefined
  const pages = remembered?.pages ?? [await load(query, null, signal)]
  const place = { pages, scroll: remembered?.scroll ?? 0 }
  remember(key, place)
  const keepScroll = () => {
    place.scroll = scrollY
  }
  addEventListener('scrollend', keepScroll, { signal })
  addEventListener('scroll', keepScroll, { signal, passive: true })

  const q = query.get('q')
  const plain = key === ''
  const content = el('div', { class: plain ? 'browse browse-home' : 'browse' }, plain && (await welcome(signal)), results(query, pages, signal))
  const stayed = applied
  applied = false
  if (!stayed) foldFacets()
  return {
    title: q === null ? (query.get('category') ?? 'Everything') : `“${q}”`,
    content,
    focus: !stayed,
    shown() {
      if (!stayed) return scrollTo({ top: place.scroll, behavior: 'instant' })
      // A filter that was changed stays under the hand; far down, the new results begin at the top again.
      if (!restoreFacetFocus(content)) content.closest('main')?.focus({ preventScroll: true })
      if (scrollY > 600) scrollTo({ top: 0, behavior: 'instant' })
    },
  }
}

/** Whether the browser went back or forth, rather than following a link. */
let returning = false
/** Whether a filter was changed a moment ago. */
let applied = false

history.scrollRestoration = 'manual'
history.replaceState({ seen: true }, '')
addEventListener('popstate', (event) => {
  returning = event.state !== null && event.state.seen === true
  // A place that is left by a link has no state yet; the mark makes coming back to it recognisable.
  history.replaceState({ seen: true }, '')
})

/** @param {string} key @param {{ pages: import('../api.js').ProductPage[], scroll: number }} place */
function remember(key, place) {
  visited.delete(key)
  visited.set(key, place)
  const [oldest] = visited.keys()
  if (visited.size > mostRemembered && oldest !== undefined) visited.delete(oldest)
}

/** @param {URLSearchParams} query */
function searchQuery(query) {
  return new URLSearchParams([...query].filter(([name, value]) => filters.includes(name) && value !== ''))
}

/**
 * @param {URLSearchParams} query
 * @param {string | null} cursor
 * @param {AbortSignal} signal
 * @returns {Promise<import('../api.js').ProductPage>}
 */
function load(query, cursor, signal) {
  const search = searchQuery(query)
  search.set('limit', String(pageSize))
  if (!search.has('sort') && !search.has('q')) search.set('sort', 'newest')
  if (cursor !== null) search.set('cursor', cursor)
  return call(`/products/search?${search}`, { signal })
}

/** @param {AbortSignal} signal */
async function welcome(signal) {
  const categories = await call('/categories', { signal }).then(
    ({ data }) => data,
    () => [],
  )
  return el(
    'section',
    { class: 'welcome' },
    el('h1', {}, 'Good things, honestly made up.'),
    el('p', { class: 'lead' }, 'Everything here is invented, the ordering is not: place an order and watch each step of it happen.'),
    categoryTiles(categories),
  )
}

/**
 * @param {URLSearchParams} query
 * @param {import('../api.js').ProductPage[]} pages
 * @param {AbortSignal} signal
 */
function results(query, pages, signal) {
  const [first] = pages
  const q = query.get('q')
  /** @param {(next: URLSearchParams) => void} change */
  const apply = (change) => {
    const next = searchQuery(query)
    change(next)
    applied = true
    go(`/?${next}`)
  }
  const products = pages.flatMap((page) => page.data)
  const heading = el(q === null && searchQuery(query).size === 0 ? 'h2' : 'h1', { class: 'results-title' }, titleOf(query))
  const count = el('p', { class: 'results-count', role: 'status' }, countText(first?.total, products.length))
  const list = products.length === 0 ? nothingFound(query) : productList(query, pages, signal)
  return el(
    'div',
    { class: 'results' },
    createFacets({ query, facets: first?.facets ?? {}, apply }),
    el(
      'section',
      { class: 'results-main', 'aria-label': 'Products' },
      el('div', { class: 'results-head' }, el('div', {}, heading, count), sortChoice(query, apply)),
      chips(query, apply),
      list,
    ),
  )
}

/** @param {URLSearchParams} query */
function titleOf(query) {
  const q = query.get('q')
  if (q !== null && q !== '') return `Results for “${q}”`
  const categories = query.getAll('category')
  if (categories.length > 0) return categories.join(', ')
  return searchQuery(query).size === 0 ? 'Just in' : 'Products'
}

/** @param {import('../api.js').ProductPage['total']} total @param {number} loaded */
function countText(total, loaded) {
  if (total === undefined) return `${loaded} products`
  const value = total.value.toLocaleString('en')
  return total.value === 1 ? '1 product' : `${total.relation === 'gte' ? 'More than ' : ''}${value} products`
}

/** @param {URLSearchParams} query @param {(change: (next: URLSearchParams) => void) => void} apply */
function sortChoice(query, apply) {
  const current = query.get('sort') ?? (query.has('q') ? 'relevance' : 'newest')
  const names = { relevance: 'Best match', newest: 'Newest first', price: 'Price, low to high', '-price': 'Price, high to low' }
  const select = el(
    'select',
    { id: 'sort' },
    Object.entries(names).map(([value, name]) => el('option', { value, selected: value === current }, name)),
  )
  select.addEventListener('change', () => apply((next) => next.set('sort', select.value)))
  return el('div', { class: 'sort' }, el('label', { for: 'sort' }, 'Sort by'), select)
}

/** @param {URLSearchParams} query @param {(change: (next: URLSearchParams) => void) => void} apply */
function chips(query, apply) {
  /** @type {[string, (next: URLSearchParams) => void][]} */
  const all = ['category', 'brand'].flatMap((name) =>
    query.getAll(name).map((value) => /** @type {[string, (next: URLSearchParams) => void]} */ ([value, (next) => next.delete(name, value)])),
  )
  const [min, max] = [query.get('minPrice'), query.get('maxPrice')]
  if (min !== null || max !== null) {
    const text = max === null ? `from €${min}` : min === null ? `up to €${max}` : `€${min} to €${max}`
    all.push([text, (next) => (next.delete('minPrice'), next.delete('maxPrice'))])
  }
  if (all.length === 0) return undefined
  return el(
    'ul',
    { class: 'chips', 'aria-label': 'Active filters' },
    all.map(([text, change]) =>
      el(
        'li',
        {},
        el(
          'button',
          { class: 'chip', type: 'button', 'aria-label': `Remove the filter ${text}`, onclick: () => apply(change) },
          text,
          el('span', { 'aria-hidden': 'true' }, ' ×'),
        ),
      ),
    ),
  )
}

/**
 * @param {URLSearchParams} query
 * @param {import('../api.js').ProductPage[]} pages
 * @param {AbortSignal} signal
 */
function productList(query, pages, signal) {
  // The start page has a heading of its own above this list's.
  const level = searchQuery(query).size === 0 ? 'h3' : 'h2'
  const card = (/** @type {import('../api.js').Product} */ product) => productCard(product, level)
  const grid = el('ul', { class: 'grid' }, pages.flatMap((page) => page.data).map(card))
  const foot = el('div', { class: 'more' })
  const showFoot = () => {
    const next = pages.at(-1)?.page.next ?? null
    const loaded = pages.reduce((sum, page) => sum + page.data.length, 0)
    const button = el('button', { class: 'button button-quiet', type: 'button', onclick: () => void more(button) }, 'Show more')
    fill(
      foot,
      el('p', { class: 'fine', role: 'status' }, `${loaded.toLocaleString('en')} of ${(pages[0]?.total?.value ?? loaded).toLocaleString('en')} shown`),
      next !== null && button,
    )
  }
  /** @param {HTMLButtonElement} button */
  const more = async (button) => {
    button.disabled = true
    try {
      const page = await load(query, pages.at(-1)?.page.next ?? null, signal)
      pages.push(page)
      const cards = page.data.map(card)
      grid.append(...cards)
      showFoot()
      cards[0]?.querySelector('a')?.focus({ preventScroll: true })
    } catch (error) {
      button.disabled = false
      if (!signal.aborted) toast(explain(error))
    }
  }
  showFoot()
  return el('div', {}, grid, foot)
}

/** @param {URLSearchParams} query */
function nothingFound(query) {
  const q = query.get('q')
  const filtered = [...searchQuery(query).keys()].some((name) => name !== 'q' && name !== 'sort')
  const onlyText = q === null ? '#/' : `#/?${new URLSearchParams({ q })}`
  return notice(
    'info',
    el('p', {}, filtered ? 'Nothing fits all of these filters.' : 'Nothing in the shop fits these words.'),
    el('p', { class: 'row' }, filtered && el('a', { href: onlyText }, 'Remove all filters'), el('a', { href: '#/' }, 'See everything')),
  )
}
