import { resumeSession } from './api.js'
import { byId, el, fill } from './dom.js'
import { createNav } from './parts/nav.js'
import { notice } from './parts/notice.js'
import { createSearchBox } from './parts/search-box.js'
import { Problem, explain } from './problem.js'
import { matchRoute, readHash, replace } from './router.js'
import { basketPage } from './views/basket-page.js'
import { browsePage } from './views/browse-page.js'
import { checkoutPage } from './views/checkout-page.js'
import { logInPage } from './views/log-in-page.js'
import { orderPage } from './views/order-page.js'
import { ordersPage } from './views/orders-page.js'
import { productPage } from './views/product-page.js'
import { signUpPage } from './views/sign-up-page.js'

/** @type {Readonly<Record<string, import('./router.js').Page>>} */
const pages = {
  '/': browsePage,
  '/product/:id': productPage,
  '/basket': basketPage,
  '/checkout': checkoutPage,
  '/login': logInPage,
  '/signup': signUpPage,
  '/orders': ordersPage,
  '/orders/:id': orderPage,
}

const main = byId('main')
const search = createSearchBox()
let visit = new AbortController()
let visited = false

/** Shows the page of the current hash; a page that is being loaded is given up when the user moves on. */
async function show() {
  const { path, query } = readHash(location.hash)
  visit.abort()
  visit = new AbortController()
  const { signal } = visit
  search.setText(path === '/' ? (query.get('q') ?? '') : '')
  const slow = setTimeout(() => main.setAttribute('aria-busy', 'true'), 150)
  const view = await open(path, query, signal)
  clearTimeout(slow)
  if (signal.aborted) return
  main.removeAttribute('aria-busy')
  document.title = `${view.title} · Kontor`
  fill(main, view.content)
  if (view.focus !== false && visited) main.focus({ preventScroll: true })
  visited = true
  if (view.shown === undefined) scrollTo(0, 0)
  else view.shown()
}

/**
 * @param {string} path
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 * @returns {Promise<import('./router.js').View>}
 */
async function open(path, query, signal) {
  const found = matchRoute(pages, path)
  if (found === undefined) return failure(new Problem({ status: 404, code: 'not_found', detail: '' }))
  try {
    return await found.page({ path, params: found.params, query, signal })
  } catch (error) {
    if (!signal.aborted && error instanceof Problem && error.status === 401) replace(`/login?next=${encodeURIComponent(location.hash.slice(1))}`)
    return failure(error)
  }
}

/**
 * @param {unknown} error
 * @returns {import('./router.js').View}
 */
function failure(error) {
  const again = el('button', { class: 'button', onclick: () => void show() }, 'Try again')
  const reference = error instanceof Problem && error.correlationId !== null ? el('p', { class: 'fine' }, `Reference: ${error.correlationId}`) : undefined
  return {
    title: 'Not found',
    content: el(
      'section',
      { class: 'page narrow' },
      el('h1', {}, 'That did not work'),
      notice('bad', explain(error)),
      el('p', { class: 'row' }, again, el('a', { href: '#/' }, 'To the start page')),
      reference,
    ),
  }
}

addEventListener('hashchange', () => void show())
byId('skip').addEventListener('click', (event) => {
  // The hash is the router's: the link moves the focus and leaves the address alone.
  event.preventDefault()
  main.focus()
})
fill(byId('search'), search.element)
fill(byId('nav'), createNav())
await resumeSession().catch(() => undefined)
await show()
