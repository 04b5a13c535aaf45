/** Who is signed in. */
export interface User {
  /** The subject: stable, unique at its issuer. */
  readonly id: string
  readonly roles: readonly string[]
  readonly name?: string
  readonly email?: string
}

/** What an {@link Authenticator} found. */
export type Authentication =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly user: User }
  /** The credentials are wrong, or they have run out. */
  | { readonly kind: 'refused'; readonly reason: 'invalid' | 'expired' }
  /** Nobody can say right now, for instance because the keys cannot be fetched. */
  | { readonly kind: 'unavailable'; readonly cause: unknown }

/** Says who sends a request. {@link jwt} makes one; write your own for API keys. */
export interface Authenticator {
  /**
   * Decides from the Authorization field. Never rejects: what goes wrong is a result.
   * The same user should be given as the same object for as long as nothing changed, so that what is derived from it is made once.
   */
  authenticate(authorization: string | undefined): Authentication | Promise<Authentication>
}
