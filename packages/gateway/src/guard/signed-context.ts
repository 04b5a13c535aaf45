import { invalidArgument, systemClock } from '@hanse/core'
import type { Clock } from '@hanse/core'
import { SignJWT } from 'jose'
import { contextType, defaultContextHeader, defaultContextIssuer } from './context-token.ts'
import { algorithmOf, importKey } from './jwk.ts'
import type { ImportedKey, Jwk } from './jwk.ts'
import type { User } from './user.ts'

/** Options of {@link signedContext}. */
export interface SignedContextOptions {
  /** Signs: a JSON Web Key, Ed25519 or P-256 with its private part, or a secret of at least 32 bytes. */
  readonly key: Jwk
  /** @defaultValue 'hanse-gateway' */
  readonly issuer?: string
  /**
   * How long a context is valid, in milliseconds, from 1000 to 300000.
   * @defaultValue 60000
   */
  readonly ttlMs?: number
  /**
   * The header field, in lower case.
   * @defaultValue 'x-user-context'
   */
  readonly header?: string
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock
}

/** Makes the user context that travels to services. */
export interface ContextSigner {
  /** The header field, in lower case; inbound copies are stripped. */
  readonly header: string
  /** A signed context of `user`, or of an anonymous caller, that only `audience` accepts. At least half of its life is left. */
  sign(user: User | undefined, audience: string): string | Promise<string>
}

interface Signed {
  readonly token: string
  readonly freshUntilMs: number
}

const nobody: object = Object.freeze({})

/**
 * Signs user contexts as compact JWS (RFC 7515): Unicode-safe, short-lived, bound to one service.
 * A context is signed once per user object and service and used again for half of its life.
 *
 * @throws HanseError `INVALID_ARGUMENT`, `KEY_INVALID`
 */
export function signedContext(options: SignedContextOptions): ContextSigner {
  const { key: jwk, issuer = defaultContextIssuer, ttlMs = 60_000, header = defaultContextHeader, clock = systemClock } = options
  if (!Number.isInteger(ttlMs) || ttlMs < 1_000 || ttlMs > 300_000)
    throw invalidArgument("option 'ttlMs' of signedContext", 'a whole number from 1000 to 300000', ttlMs)
  if (!/^[a-z\d-]+$/.test(header)) throw invalidArgument("option 'header' of signedContext", 'a header name in lower case, without underscores', header)
  algorithmOf(jwk)
  const signedBefore = new WeakMap<object, Map<string, Signed>>()
  let importing: Promise<ImportedKey> | undefined

  const signNow = async (user: User | undefined, audience: string, made: Map<string, Signed>): Promise<string> => {
    const { key, alg } = await (importing ??= importKey(jwk))
    const now = clock.now()
    const claims = user === undefined ? {} : { roles: user.roles, name: user.name, email: user.email }
    const unsigned = new SignJWT(claims)
      .setProtectedHeader({ alg, typ: contextType, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(Math.floor(now / 1_000))
      .setExpirationTime(Math.ceil((now + ttlMs) / 1_000))
    const token = await (user === undefined ? unsigned : unsigned.setSubject(user.id)).sign(key)
    made.set(audience, { token, freshUntilMs: now + ttlMs / 2 })
    return token
  }
  return {
    header,
    sign(user, audience) {
      const owner = user ?? nobody
      let made = signedBefore.get(owner)
      if (made === undefined) signedBefore.set(owner, (made = new Map()))
      const before = made.get(audience)
      return before !== undefined && before.freshUntilMs > clock.now() ? before.token : signNow(user, audience, made)
    },
  }
}
