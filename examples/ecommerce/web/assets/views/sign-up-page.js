import { call, logIn } from '../api.js'
import { el, fill } from '../dom.js'
import { checkForm, field, showProblem } from '../parts/field.js'
import { notice, toast } from '../parts/notice.js'
import { explain } from '../problem.js'
import { replace } from '../router.js'
import { safeNext } from './log-in-page.js'

/**
 * A new account, and straight into it.
 * @type {import('../router.js').Page}
 */
export function signUpPage({ query }) {
  const next = safeNext(query.get('next'))
  const name = el('input', {
    type: 'text',
    name: 'name',
    autocomplete: 'name',
    required: true,
    minlength: 2,
    maxlength: 200,
    'data-complaint': 'Please write at least two letters.',
  })
  const email = el('input', { type: 'email', name: 'email', autocomplete: 'email', required: true, maxlength: 254 })
  const password = el('input', {
    type: 'password',
    name: 'password',
    autocomplete: 'new-password',
    required: true,
    minlength: 8,
    maxlength: 256,
    'data-complaint': 'Please take at least eight characters.',
  })
  const message = el('div', {})
  const button = el('button', { class: 'button button-main', type: 'submit' }, 'Open the account')
  const form = el(
    'form',
    { class: 'form', novalidate: true },
    message,
    field({ label: 'Your name', control: name, pointer: '/name' }),
    field({ label: 'E-mail address', control: email, pointer: '/email', hint: 'Any address will do; no mail is ever sent.' }),
    field({ label: 'Password', control: password, pointer: '/password', hint: 'At least eight characters.' }),
    button,
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (!checkForm(form)) return
    button.disabled = true
    fill(message)
    try {
      await call('/users', { method: 'POST', body: { name: name.value.trim(), email: email.value.trim(), password: password.value } })
      await logIn(email.value.trim(), password.value)
      toast(`Welcome, ${name.value.trim()}.`)
      replace(next)
    } catch (error) {
      fill(
        message,
        notice(
          'bad',
          explain(error),
          showProblem(form, error)
            .map((text) => el('p', {}, text))
            .at(0),
        ),
      )
      button.disabled = false
    }
  })
  return {
    title: 'Open an account',
    content: el(
      'section',
      { class: 'page narrow' },
      el('h1', {}, 'Open an account'),
      form,
      el('p', {}, 'Been here before? ', el('a', { href: `#/login?${new URLSearchParams({ next })}` }, 'Log in')),
    ),
  }
}
