/**
 * Hash routing: `#/product/123?from=search`.
 *
 * @typedef {{ path: string, params: Record<string, string>, query: URLSearchParams, signal: AbortSignal }} Visit
 * @typedef {(visit: Visit) => Promise<View> | View} Page
 * @typedef {{ title: string, content: Node, focus?: boolean, shown?: () => void }} View
 */

/**
 * Finds the page of a path.
 * @template T
 * @param {Readonly<Record<string, T>>} pages by pattern, such as `/orders/:id`
 * @param {string} path
 * @returns {{ page: T, params: Record<string, string> } | undefined}
 */
export function matchRoute(pages, path) {
  const parts = path.split('/')
  for (const [pattern, page] of Object.entries(pages)) {
    const params = matchParts(pattern.split('/'), parts)
    if (params !== undefined) return { page, params }
  }
  return undefined
}

/**
 * @param {readonly string[]} pattern
 * @param {readonly string[]} parts
 */
function matchParts(pattern, parts) {
  if (pattern.length !== parts.length) return undefined
  /** @type {Record<string, string>} */
  const params = {}
  for (const [at, want] of pattern.entries()) {
    const have = parts[at] ?? ''
    if (want.startsWith(':') && have !== '') params[want.slice(1)] = safeDecode(have)
    else if (want !== have) return undefined
  }
  return params
}

/** @param {string} text */
function safeDecode(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Splits `location.hash`.
 * @param {string} hash
 */
export function readHash(hash) {
  const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s)
  return { path: path === '' ? '/' : path, query: new URLSearchParams(query) }
}

/**
 * Goes to a place within the shop.
 * @param {string} to such as `/basket`
 */
export function go(to) {
  location.hash = `#${to}`
}

/**
 * Replaces the current place, so that "back" does not lead here again.
 * @param {string} to
 */
export function replace(to) {
  history.replaceState(history.state, '', `#${to}`)
  dispatchEvent(new HashChangeEvent('hashchange'))
}
