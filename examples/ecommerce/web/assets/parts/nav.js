import { logOut } from '../api.js'
import { basketChanges, basketCount } from '../basket.js'
import { el, fill } from '../dom.js'
import { go } from '../router.js'
import { currentUser, sessionChanges } from '../session.js'
import { icon } from './icon.js'
import { toast } from './notice.js'

/** The links at the top right: orders, account, basket. */
export function createNav() {
  const account = el('div', { class: 'nav-account' })
  const count = el('span', { class: 'nav-count' })
  const basket = el('a', { class: 'nav-link nav-basket', href: '#/basket' }, icon('basket'), el('span', { class: 'nav-label' }, 'Basket'), count)

  const showAccount = () => fill(account, currentUser() === undefined ? guest() : member())
  const showCount = () => {
    const units = basketCount()
    count.textContent = units === 0 ? '' : String(units)
    basket.setAttribute('aria-label', units === 1 ? 'Basket, 1 unit' : `Basket, ${units} units`)
  }
  sessionChanges.addEventListener('change', showAccount)
  basketChanges.addEventListener('change', showCount)
  showAccount()
  showCount()
  return el('div', { class: 'nav-links' }, account, basket)
}

function guest() {
  return el('a', { class: 'nav-link', href: '#/login', 'aria-label': 'Log in' }, icon('person'), el('span', { class: 'nav-label' }, 'Log in'))
}

function member() {
  const leave = async () => {
    await logOut()
    toast('You are logged out.')
    go('/')
  }
  const name = currentUser()?.name.split(' ')[0] ?? ''
  return el(
    'details',
    { class: 'menu', onfocusout: closeWhenLeft },
    el('summary', { class: 'nav-link', 'aria-label': `Account of ${name}` }, icon('person'), el('span', { class: 'nav-label' }, name)),
    el(
      'div',
      { class: 'menu-list', onclick: closeMenu },
      el('p', { class: 'fine' }, currentUser()?.email),
      el('a', { href: '#/orders' }, 'My orders'),
      el('button', { type: 'button', onclick: () => void leave() }, 'Log out'),
    ),
  )
}

/** @param {FocusEvent} event */
function closeWhenLeft(event) {
  const menu = event.currentTarget
  if (menu instanceof HTMLDetailsElement && !(event.relatedTarget instanceof Node && menu.contains(event.relatedTarget))) menu.open = false
}

/** @param {Event} event */
function closeMenu(event) {
  const menu = event.currentTarget instanceof Element ? event.currentTarget.closest('details') : null
  if (menu !== null) menu.open = false
}
