/**
 * Who is signed in. The access token lives in this page's memory only; the refresh token in `sessionStorage`,
 * so that a reload keeps the session and closing the tab ends it.
 *
 * @typedef {{ id: string, email: string, name: string, role?: string, profile?: { address?: Address | null } | null }} User
 * @typedef {{ street: string, city: string, postal_code: string, country: string }} Address
 * @typedef {{ accessToken: string, refreshToken: string, expiresIn: number }} Tokens
 */

const storageKey = 'kontor.refresh'

/** @type {string | undefined} */
let accessToken
/** @type {User | undefined} */
let user

/** Tells when somebody signs in or out. */
export const sessionChanges = new EventTarget()

/** The token for the `Authorization` header, if there is one. */
export function currentAccessToken() {
  return accessToken
}

/** The token that buys a new pair. */
export function currentRefreshToken() {
  return sessionStorage.getItem(storageKey) ?? undefined
}

/** Who is signed in. */
export function currentUser() {
  return user
}

/** @param {Tokens} tokens */
export function keepTokens(tokens) {
  accessToken = tokens.accessToken
  sessionStorage.setItem(storageKey, tokens.refreshToken)
}

/** @param {User} signedIn */
export function keepUser(signedIn) {
  user = signedIn
  sessionChanges.dispatchEvent(new Event('change'))
}

/** Forgets tokens and user. */
export function endSession() {
  accessToken = undefined
  user = undefined
  sessionStorage.removeItem(storageKey)
  sessionChanges.dispatchEvent(new Event('change'))
}
