import { el } from '../dom.js'

const choices = [
  { token: 'tok_ok', name: 'A card that works', text: 'It is charged at once and the order is confirmed.' },
  { token: 'tok_declined', name: 'A card that is declined', text: 'The bank says no: the goods go back on the shelf and the order is rejected.' },
  { token: 'tok_slow', name: 'A slow bank', text: 'The answer takes five seconds. The order waits for it and then goes on.' },
  { token: 'tok_lost', name: 'A lost answer', text: 'The card is charged but the answer never arrives. The shop asks again and charges only once.' },
  { token: 'tok_down', name: 'A bank that is down', text: 'It cannot be reached three times. The shop keeps trying until it works.' },
]

/** The tokens of the demo's payment service, explained. */
export function paymentChoice() {
  return el(
    'div',
    { class: 'payments' },
    choices.map(({ token, name, text }, at) =>
      el(
        'label',
        { class: 'payment' },
        el('input', { type: 'radio', name: 'payment', value: token, checked: at === 0 }),
        el('span', { class: 'payment-text' }, el('strong', {}, name), el('span', {}, text)),
        el('code', {}, token),
      ),
    ),
  )
}
