import { el } from '../dom.js'

/** @type {Readonly<Record<string, string>>} */
const names = { pending: 'In progress', confirmed: 'Confirmed', rejected: 'Rejected', cancelled: 'Cancelled', needs_attention: 'Being looked at' }

/** @param {string} status */
export function statusName(status) {
  return names[status] ?? status
}

/** @param {string} status */
export function statusBadge(status) {
  return el('span', { class: `status status-${status}` }, statusName(status))
}

/** @param {string} at */
export function dateText(at) {
  return new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' })
}
