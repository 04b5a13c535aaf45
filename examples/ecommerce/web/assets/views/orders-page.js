import { call } from '../api.js'
import { el } from '../dom.js'
import { formatMoney } from '../money.js'
import { toast } from '../parts/notice.js'
import { dateText, statusBadge } from '../parts/order-status.js'
import { Problem, explain } from '../problem.js'
import { currentUser } from '../session.js'

/**
 * The user's own orders, newest first.
 * @type {import('../router.js').Page}
 */
export async function ordersPage({ signal }) {
  if (currentUser() === undefined) throw new Problem({ status: 401, code: 'login_needed', detail: '' })
  const first = await load(null, signal)
  const content = el('section', { class: 'page' }, el('h1', {}, 'My orders'), first.data.length === 0 ? blank() : list(first, signal))
  return { title: 'My orders', content }
}

/**
 * @param {string | null} cursor
 * @param {AbortSignal} signal
 * @returns {Promise<{ data: import('../api.js').Order[], page: { next: string | null } }>}
 */
function load(cursor, signal) {
  return call(`/orders?${new URLSearchParams({ limit: '20', ...(cursor === null ? {} : { cursor }) })}`, { signal })
}

function blank() {
  return el('div', { class: 'blank' }, el('p', {}, 'You have not ordered anything yet.'), el('a', { class: 'button', href: '#/' }, 'Look around'))
}

/**
 * @param {{ data: import('../api.js').Order[], page: { next: string | null } }} first
 * @param {AbortSignal} signal
 */
function list(first, signal) {
  let next = first.page.next
  const rows = el('ul', { class: 'orders' }, first.data.map(row))
  const button = el('button', { class: 'button button-quiet', type: 'button', hidden: next === null }, 'Show more')
  button.addEventListener('click', async () => {
    button.disabled = true
    try {
      const page = await load(next, signal)
      next = page.page.next
      rows.append(...page.data.map(row))
      button.hidden = next === null
    } catch (error) {
      if (!signal.aborted) toast(explain(error))
    }
    button.disabled = false
  })
  return el('div', {}, rows, el('div', { class: 'more' }, button))
}

/** @param {import('../api.js').Order} order */
function row({ id, status, items, total, currency, created_at }) {
  const units = items.reduce((sum, item) => sum + item.quantity, 0)
  const names = items.map((item) => item.name ?? 'Product').join(', ')
  return el(
    'li',
    {},
    el(
      'a',
      { class: 'order-row', href: `#/orders/${id}` },
      el(
        'span',
        { class: 'order-row-text' },
        el('strong', {}, names),
        el('span', { class: 'fine' }, `${dateText(created_at)} · ${units === 1 ? '1 unit' : `${units} units`}`),
      ),
      statusBadge(status),
      el('strong', { class: 'line-price' }, formatMoney(total, currency)),
    ),
  )
}
