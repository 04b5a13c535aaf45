/**
 * @typedef {Node | string | number | false | null | undefined} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Props
 */

/**
 * Makes an element. Text becomes text nodes, never markup. `on…` functions are listeners, `class` and other names attributes;
 * `false`, `null` and `undefined` leave an attribute out, `true` sets it empty.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props} [props]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) setProp(element, name, value)
  element.append(...present(children))
  return element
}

/**
 * Replaces what an element holds.
 * @param {Element} parent
 * @param {...(Child | readonly Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children))
}

/**
 * The element with an id of the page's frame.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no element "${id}".`)
  return element
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {Props[string]} value
 */
function setProp(element, name, value) {
  if (value === undefined || value === null || value === false) return
  if (typeof value === 'function') element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
  else if (name === 'value' && 'value' in element) element.value = `${value}`
  else element.setAttribute(name, value === true ? '' : `${value}`)
}

/**
 * @param {readonly (Child | readonly Child[])[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children
    .flat()
    .flatMap((child) => (child === undefined || child === null || child === false || child === '' ? [] : [typeof child === 'number' ? String(child) : child]))
}
