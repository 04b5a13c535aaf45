import { call } from '../api.js'
import { basketLines, basketTotal, emptyBasket, forgetOrderKey, orderKey } from '../basket.js'
import { countryOptions } from '../countries.js'
import { el, fill } from '../dom.js'
import { formatMoney, totalOf } from '../money.js'
import { checkForm, field, showProblem } from '../parts/field.js'
import { notice } from '../parts/notice.js'
import { paymentChoice } from '../parts/payment-choice.js'
import { Problem, explain } from '../problem.js'
import { go, replace } from '../router.js'
import { currentUser } from '../session.js'

/**
 * Address, payment, and the order itself.
 * @type {import('../router.js').Page}
 */
export function checkoutPage() {
  if (currentUser() === undefined) throw new Problem({ status: 401, code: 'login_needed', detail: '' })
  if (basketLines().length === 0) replace('/basket')
  const message = el('div', {})
  const button = el('button', { class: 'button button-main', type: 'submit' }, 'Place the order')
  const address = addressFields()
  const form = el(
    'form',
    { class: 'with-summary checkout', novalidate: true },
    el(
      'div',
      { class: 'form' },
      el('fieldset', { class: 'group' }, el('legend', {}, 'Where shall it go?'), address.fields),
      el(
        'fieldset',
        { class: 'group' },
        el('legend', {}, 'How would you like to pay?'),
        el('p', { class: 'fine' }, 'This is a demo: each choice shows how the shop deals with one kind of trouble.'),
        paymentChoice(),
      ),
    ),
    orderSummary(message, button),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (checkForm(form)) void place(form, message, button, address.read())
  })
  return { title: 'Checkout', content: el('section', { class: 'page' }, el('h1', {}, 'Checkout'), form) }
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} message
 * @param {HTMLButtonElement} button
 * @param {import('../session.js').Address} shippingAddress
 */
async function place(form, message, button, shippingAddress) {
  const token = new FormData(form).get('payment')
  const items = basketLines().map(({ productId, quantity }) => ({ productId, quantity }))
  button.disabled = true
  button.textContent = 'Placing the order …'
  fill(message)
  try {
    const { orderId } = await call('/orders', {
      method: 'POST',
      headers: { 'idempotency-key': orderKey() },
      body: { items, shippingAddress, payment: { token } },
    })
    emptyBasket()
    go(`/orders/${orderId}`)
  } catch (error) {
    button.disabled = false
    button.textContent = 'Place the order'
    fill(message, whatHappened(form, error))
  }
}

/**
 * A lost answer keeps the key: the same order may be sent again without harm. A clear refusal makes the next try a new order.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
function whatHappened(form, error) {
  const elsewhere = showProblem(form, error).map((text) => el('p', {}, text))
  if (error instanceof Problem && error.outcomeUnknown)
    return notice(
      'bad',
      el('p', {}, explain(error)),
      el('p', {}, 'You can safely place the order again: should the first attempt have arrived, it will not be carried out twice.'),
    )
  const clear = error instanceof Problem && error.status !== 429 && error.status !== 401
  if (clear) forgetOrderKey()
  const login = error instanceof Problem && error.status === 401 && el('p', {}, el('a', { href: '#/login?next=%2Fcheckout' }, 'Log in again'))
  const orders = error instanceof Problem && error.code === 'idempotency_key_reused' && el('p', {}, el('a', { href: '#/orders' }, 'My orders'))
  return notice('bad', el('p', {}, explain(error)), elsewhere[0], elsewhere[1], login, orders)
}

/** @param {HTMLElement} message @param {HTMLButtonElement} button */
function orderSummary(message, button) {
  const lines = basketLines()
  const currency = lines[0]?.currency
  return el(
    'div',
    { class: 'summary' },
    el('h2', {}, 'Your order'),
    el(
      'ul',
      { class: 'summary-lines' },
      lines.map((line) => el('li', {}, el('span', {}, `${line.quantity} × ${line.name}`), el('span', {}, formatMoney(totalOf([line]), line.currency)))),
    ),
    el('p', { class: 'summary-total' }, el('span', {}, 'Total'), el('strong', {}, formatMoney(basketTotal(), currency))),
    message,
    button,
  )
}

function addressFields() {
  const known = currentUser()?.profile?.address
  const street = el('input', { type: 'text', name: 'street', autocomplete: 'street-address', required: true, maxlength: 200, value: known?.street ?? '' })
  const postalCode = el('input', {
    type: 'text',
    name: 'postal_code',
    autocomplete: 'postal-code',
    required: true,
    maxlength: 20,
    value: known?.postal_code ?? '',
  })
  const city = el('input', { type: 'text', name: 'city', autocomplete: 'address-level2', required: true, maxlength: 100, value: known?.city ?? '' })
  const country = el('select', { name: 'country', autocomplete: 'country', required: true }, countryOptions(known?.country ?? 'DE'))
  const fields = [
    field({ label: 'Street and number', control: street, pointer: '/shippingAddress/street' }),
    el(
      'div',
      { class: 'pair' },
      field({ label: 'Postal code', control: postalCode, pointer: '/shippingAddress/postal_code' }),
      field({ label: 'City', control: city, pointer: '/shippingAddress/city' }),
    ),
    field({ label: 'Country', control: country, pointer: '/shippingAddress/country' }),
  ]
  return { fields, read: () => ({ street: street.value.trim(), postal_code: postalCode.value.trim(), city: city.value.trim(), country: country.value }) }
}
