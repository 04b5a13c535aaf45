import { call } from '../api.js'
import { el, fill } from '../dom.js'
import { followOrder } from '../follow-order.js'
import { formatMoney, totalOf } from '../money.js'
import { addEvent, stepsOf } from '../order-progress.js'
import { notice, toast } from '../parts/notice.js'
import { dateText, statusBadge, statusName } from '../parts/order-status.js'
import { picture } from '../parts/picture.js'
import { timeline } from '../parts/timeline.js'
import { explain, explainReason } from '../problem.js'

/**
 * One order, followed live until it ends.
 * @type {import('../router.js').Page}
 */
export async function orderPage({ params, signal }) {
  const id = params['id'] ?? ''
  /** @type {import('../api.js').Order} */
  const order = (await call(`/orders/${encodeURIComponent(id)}`, { signal })).data
  const title = el('h1', {}, 'Thank you for your order')
  const content = el(
    'section',
    { class: 'page order' },
    title,
    head(order),
    el('div', { class: 'with-summary' }, livePart(order, title, signal), receipt(order, signal)),
  )
  return { title: `Order ${id.slice(0, 8)}`, content }
}

/** @param {import('../api.js').Order} order */
function head({ id, created_at }) {
  return el('p', { class: 'fine' }, 'Order ', el('code', {}, id), ` · ${dateText(created_at)}`)
}

/**
 * The timeline and what belongs to it: how the connection is, how it ended, and the way out.
 * @param {import('../api.js').Order} order
 * @param {HTMLElement} title
 * @param {AbortSignal} signal
 */
function livePart(order, title, signal) {
  /** @type {readonly import('../order-progress.js').Progress[]} */
  let events = []
  let ended = order.status !== 'pending'
  const badge = el('span', {}, statusBadge(order.status))
  const steps = el('div', {}, timeline(stepsOf([], { ended })))
  const outcome = el('div', { 'aria-live': 'polite' })
  const connection = el('p', { class: 'connection', role: 'status' })
  const spoken = el('p', { class: 'unseen', role: 'status' })
  const cancel = order.status === 'pending' ? cancelButton(order.id) : undefined

  /** @param {{ status: string, reason?: string | null | undefined }} end */
  const finish = ({ status, reason }) => {
    ended = true
    if (status !== 'confirmed') title.textContent = 'Your order'
    fill(steps, timeline(stepsOf(events, { ended })))
    fill(badge, statusBadge(status))
    fill(outcome, outcomeNotice(status, reason ?? undefined))
    fill(connection)
    connection.className = 'connection'
    cancel?.remove()
  }
  if (ended) finish(order)

  void followOrder(
    order.id,
    {
      progress(progress) {
        events = addEvent(events, progress)
        const now = stepsOf(events, { ended })
        fill(steps, timeline(now))
        const current = now.find((step) => step.step === progress.step)
        if (current !== undefined) spoken.textContent = `${current.label}: ${current.state}`
      },
      end: finish,
      connection(state) {
        connection.className = `connection connection-${ended ? 'ended' : state}`
        connection.textContent = ended ? '' : { connecting: 'Connecting …', live: 'Live', waiting: 'The connection broke; trying again …' }[state]
      },
      refused: (problem) => fill(outcome, notice('bad', explain(problem))),
    },
    signal,
  )
  return el('div', { class: 'live' }, el('div', { class: 'live-head' }, badge, connection), outcome, steps, spoken, cancel)
}

/** @param {string} status @param {string | undefined} reason */
function outcomeNotice(status, reason) {
  if (status === 'confirmed') return notice('good', 'All done: it is paid and on its way, or would be if this were a real shop.')
  if (status === 'needs_attention')
    return notice('info', 'Something could not be finished by the machine alone. A person is looking at it; you do not need to do anything.')
  if (status === 'cancelled') return notice('info', reason === undefined ? 'This order was cancelled. Nothing was charged.' : explainReason(reason))
  return notice('bad', reason === undefined ? `The order ended as ${statusName(status).toLowerCase()}. Nothing was charged.` : explainReason(reason))
}

/** @param {string} id */
function cancelButton(id) {
  const button = el('button', { class: 'button button-quiet button-small', type: 'button' }, 'Cancel this order')
  button.addEventListener('click', async () => {
    button.disabled = true
    try {
      await call(`/orders/${encodeURIComponent(id)}/cancel`, { method: 'POST' })
      toast('Your order is being cancelled.')
    } catch (error) {
      button.disabled = false
      toast(explain(error))
    }
  })
  return button
}

/**
 * @param {import('../api.js').Order} order
 * @param {AbortSignal} signal
 */
function receipt({ items, total, currency, shippingAddress }, signal) {
  const address = shippingAddress
  return el(
    'div',
    { class: 'summary' },
    el('h2', {}, 'What you ordered'),
    el(
      'ul',
      { class: 'lines lines-small' },
      items.map((item) => receiptRow(item, currency, signal)),
    ),
    el('p', { class: 'summary-total' }, el('span', {}, 'Total'), el('strong', {}, formatMoney(total, currency))),
    address !== undefined && el('p', { class: 'fine' }, `Goes to ${address.street}, ${address.postal_code} ${address.city}, ${address.country}`),
  )
}

/**
 * @param {import('../api.js').Order['items'][number]} item
 * @param {string} currency
 * @param {AbortSignal} signal
 */
function receiptRow({ productId, name, quantity, price }, currency, signal) {
  const place = el('span', { class: 'line-picture' })
  // The order knows no category; the picture comes when the product is still there to ask.
  void call(`/products/${encodeURIComponent(productId)}`, { signal }).then(
    ({ data }) => fill(place, picture(data)),
    () => undefined,
  )
  return el(
    'li',
    { class: 'line' },
    place,
    el(
      'div',
      { class: 'line-text' },
      el('a', { href: `#/product/${productId}` }, name ?? productId),
      el('p', { class: 'fine' }, `${quantity} × ${formatMoney(price, currency)}`),
    ),
    el('strong', { class: 'line-price' }, formatMoney(totalOf([{ price, quantity }]), currency)),
  )
}
