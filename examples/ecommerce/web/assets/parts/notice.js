import { byId, el } from '../dom.js'

/**
 * A message that belongs to a place on the page. Bad news is announced at once.
 * @param {'good' | 'bad' | 'info'} tone
 * @param {...import('../dom.js').Child} content
 */
export function notice(tone, ...content) {
  return el('div', { class: `notice notice-${tone}`, role: tone === 'bad' ? 'alert' : 'status' }, content)
}

/**
 * A short message at the edge of the page that goes away by itself.
 * @param {string} text
 * @param {Node} [action]
 */
export function toast(text, action) {
  const box = el('div', { class: 'toast' }, el('span', {}, text), action)
  byId('toasts').replaceChildren(box)
  setTimeout(() => box.remove(), 5_000)
  action?.addEventListener('click', () => box.remove())
}
