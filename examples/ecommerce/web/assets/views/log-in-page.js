import { logIn } from '../api.js'
import { el, fill } from '../dom.js'
import { checkForm, field } from '../parts/field.js'
import { notice } from '../parts/notice.js'
import { explain } from '../problem.js'
import { replace } from '../router.js'

/**
 * Login; `?next=` says where to go on.
 * @type {import('../router.js').Page}
 */
export function logInPage({ query }) {
  const next = safeNext(query.get('next'))
  const email = el('input', { type: 'email', name: 'email', autocomplete: 'username', required: true, maxlength: 254 })
  const password = el('input', { type: 'password', name: 'password', autocomplete: 'current-password', required: true, maxlength: 256 })
  const message = el('div', {})
  const button = el('button', { class: 'button button-main', type: 'submit' }, 'Log in')
  const form = el(
    'form',
    { class: 'form', novalidate: true },
    message,
    field({ label: 'E-mail address', control: email }),
    field({ label: 'Password', control: password }),
    button,
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (!checkForm(form)) return
    button.disabled = true
    fill(message)
    try {
      await logIn(email.value.trim(), password.value)
      replace(next)
    } catch (error) {
      fill(message, notice('bad', explain(error)))
      button.disabled = false
    }
  })
  const signUp = `#/signup?${new URLSearchParams({ next })}`
  return {
    title: 'Log in',
    content: el(
      'section',
      { class: 'page narrow' },
      el('h1', {}, 'Log in'),
      next !== '/' && notice('info', 'Please log in to go on.'),
      form,
      el('p', {}, 'New here? ', el('a', { href: signUp }, 'Open an account')),
    ),
  }
}

/**
 * Only places within the shop: nobody is sent elsewhere by a link.
 * @param {string | null} next
 */
export function safeNext(next) {
  return next !== null && /^\/(?!\/)/.test(next) ? next : '/'
}
