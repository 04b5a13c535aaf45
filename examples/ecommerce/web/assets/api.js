import { Problem, readProblem } from './problem.js'
import { currentAccessToken, currentRefreshToken, endSession, keepTokens, keepUser } from './session.js'

/**
 * @typedef {object} CallOptions
 * @property {string} [method] `GET` unless told
 * @property {unknown} [body] sent as JSON
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal | undefined} [signal]
 */

/**
 * A product as the shop's HTTP contract shows it.
 * @typedef {object} Product
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {string} category
 * @property {string | null} brand
 * @property {string} price
 * @property {string} currency
 * @property {Record<string, string>} attributes
 * @property {string[]} tags
 * @property {string[]} images
 * @property {number} inventory_count
 * @property {string} created_at
 */

/**
 * @typedef {{ value: string, count: number, from?: string, to?: string }} FacetValue
 * @typedef {{ data: Product[], page: { limit: number, next: string | null }, total?: { value: number, relation: 'eq' | 'gte' }, facets?: { category?: FacetValue[], brand?: FacetValue[], price?: FacetValue[] } }} ProductPage
 */

/**
 * An order as its owner sees it.
 * @typedef {object} Order
 * @property {string} id
 * @property {'pending' | 'confirmed' | 'rejected' | 'cancelled' | 'needs_attention'} status
 * @property {{ productId: string, name?: string, quantity: number, price: string }[]} items
 * @property {string} total
 * @property {string} currency
 * @property {import('./session.js').Address} [shippingAddress]
 * @property {string} sagaId
 * @property {string | null} reason
 * @property {string} created_at
 */

const timeoutMs = 20_000

/**
 * Calls the shop and gives back the JSON body; a 401 is tried once more with renewed tokens.
 * @param {string} path below `/api`
 * @param {CallOptions} [options]
 * @returns {Promise<any>} the body, checked by nobody: the contract is the server's
 * @throws {Problem}
 */
export async function call(path, options = {}) {
  const response = await request(path, options)
  if (!response.ok) throw await readProblem(response)
  return response.status === 204 ? undefined : response.json().catch(() => unreachable())
}

/**
 * The raw answer, for streams; the token is renewed when it is refused.
 * @param {string} path
 * @param {CallOptions & { endless?: boolean }} options
 * @returns {Promise<Response>}
 */
export async function request(path, options) {
  const response = await send(path, options)
  if (response.status !== 401 || currentRefreshToken() === undefined || path.startsWith('/auth/')) return response
  return (await renew()) ? send(path, options) : response
}

/** @type {Promise<boolean> | undefined} */
let renewal

/**
 * Buys a new pair of tokens, once for all callers that wait; a refused one ends the session.
 * @returns {Promise<boolean>} whether there is a new token
 */
export function renew() {
  renewal ??= renewOnce().finally(() => {
    renewal = undefined
  })
  return renewal
}

async function renewOnce() {
  const refreshToken = currentRefreshToken()
  if (refreshToken === undefined) return false
  const response = await send('/auth/refresh', { method: 'POST', body: { refreshToken } })
  if (response.ok) keepTokens((await response.json()).data)
  else if (response.status < 500 && response.status !== 429) endSession()
  return response.ok
}

/** Takes up the session of before a reload; without one nothing happens. */
export async function resumeSession() {
  if (currentRefreshToken() === undefined || !(await renew())) return
  keepUser((await call('/users/me')).data)
}

/**
 * @param {string} email
 * @param {string} password
 */
export async function logIn(email, password) {
  keepTokens((await call('/auth/login', { method: 'POST', body: { email, password } })).data)
  keepUser((await call('/users/me')).data)
}

/** Ends the session here at once, and on the server if it can be reached. */
export async function logOut() {
  const refreshToken = currentRefreshToken()
  endSession()
  if (refreshToken !== undefined) await call('/auth/logout', { method: 'POST', body: { refreshToken } }).catch(() => undefined)
}

/**
 * @param {string} path
 * @param {CallOptions & { endless?: boolean }} options
 * @returns {Promise<Response>}
 */
async function send(path, { method = 'GET', body, headers = {}, signal, endless = false }) {
  const token = currentAccessToken()
  const signals = [signal, endless ? undefined : AbortSignal.timeout(timeoutMs)].filter((one) => one !== undefined)
  try {
    return await fetch(`/api${path}`, {
      method,
      headers: {
        accept: endless ? 'text/event-stream' : 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any(signals),
      cache: 'no-store',
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    return unreachable()
  }
}

/** @returns {never} */
function unreachable() {
  throw new Problem({ status: 0, code: 'unreachable', detail: 'The shop did not answer.' })
}
