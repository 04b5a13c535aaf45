import { el } from '../dom.js'
import { Problem } from '../problem.js'

let fields = 0

/**
 * A labelled control with room for a hint and an error; the error is tied to the control for screen readers.
 * @param {{ label: string, control: HTMLInputElement | HTMLSelectElement, hint?: string, pointer?: string }} options `pointer` is where the server's errors about it point
 */
export function field({ label, control, hint, pointer }) {
  const id = `field-${++fields}`
  control.id = id
  const help = el('p', { class: 'field-hint', id: `${id}-hint` }, hint)
  const error = el('p', { class: 'field-error', id: `${id}-error` })
  control.setAttribute('aria-describedby', `${id}-hint ${id}-error`)
  const box = el('div', { class: 'field' }, el('label', { for: id }, label), control, hint !== undefined && help, error)
  if (pointer !== undefined) box.dataset.pointer = pointer
  control.addEventListener('input', () => showError(box, ''))
  return box
}

/**
 * Marks what a form still needs, and moves the focus to the first such field.
 * @param {HTMLFormElement} form
 * @returns {boolean} whether all is well
 */
export function checkForm(form) {
  let first = /** @type {HTMLElement | undefined} */ (undefined)
  for (const box of form.querySelectorAll('.field')) {
    const control = box.querySelector('input, select')
    if (!(box instanceof HTMLElement) || !(control instanceof HTMLInputElement || control instanceof HTMLSelectElement)) continue
    showError(box, complaint(control))
    if (!control.validity.valid) first ??= control
  }
  first?.focus()
  return first === undefined
}

/**
 * Puts the server's errors beside the fields that they are about.
 * @param {HTMLFormElement} form
 * @param {unknown} problem
 * @returns {string[]} what no field is about
 */
export function showProblem(form, problem) {
  if (!(problem instanceof Problem)) return []
  const boxes = [...form.querySelectorAll('.field')].filter((box) => box instanceof HTMLElement)
  let focused = false
  return problem.errors.flatMap(({ pointer, detail }) => {
    const box = boxes.find((one) => one.dataset.pointer === pointer)
    if (box === undefined) return [`${pointer.replace(/^\//, '').replaceAll('/', ' ')} ${detail}`.trim()]
    showError(box, `This ${detail}.`)
    if (!focused) box.querySelector('input')?.focus()
    focused = true
    return []
  })
}

/**
 * @param {HTMLElement} box
 * @param {string} text
 */
function showError(box, text) {
  const error = box.querySelector('.field-error')
  if (error !== null) error.textContent = text
  const control = box.querySelector('input, select')
  if (text === '') control?.removeAttribute('aria-invalid')
  else control?.setAttribute('aria-invalid', 'true')
}

/** @param {HTMLInputElement | HTMLSelectElement} control */
function complaint({ validity, type, dataset }) {
  if (validity.valid) return ''
  if (validity.valueMissing) return 'Please fill this in.'
  if (validity.typeMismatch && type === 'email') return 'This does not look like an e-mail address.'
  return dataset.complaint ?? 'Please check this.'
}
