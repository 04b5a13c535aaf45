import { createHash } from 'node:crypto'
import { invalidArgument, systemClock } from '@hanse/core'
import type { Clock } from '@hanse/core'
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { contextType } from './context-token.ts'
import { createExpiringCache } from './expiring-cache.ts'
import type { Jwk } from './jwk.ts'
import type { Authentication, Authenticator, User } from './user.ts'

/** A token's claims, as far as they are known. */
export type TokenClaims = Readonly<Record<string, unknown>>

/** Options of {@link jwt}. */
export interface JwtOptions {
  /** The address of a JSON Web Key Set, fetched when first needed, cached, and fetched again for an unknown key; or the keys themselves. */
  readonly jwks: string | { readonly keys: readonly Jwk[] }
  /** Who must have issued the token (`iss`). */
  readonly issuer: string | readonly string[]
  /** For whom the token must be (`aud`). */
  readonly audience: string
  /**
   * Signature algorithms that are accepted. `none` and, with public keys, `HS…` never are.
   * @defaultValue ['ES256', 'EdDSA', 'Ed25519']
   */
  readonly algorithms?: readonly string[]
  /**
   * Difference of clocks that is forgiven, in seconds.
   * @defaultValue 5
   */
  readonly clockToleranceSeconds?: number
  /**
   * How long a verified token is not verified again, in milliseconds; never beyond its expiry. A key that was withdrawn is honoured for so long.
   * @defaultValue 60000
   */
  readonly cacheMs?: number
  /**
   * Makes the user from verified claims; `undefined` refuses the token.
   * @defaultValue `sub`, `roles` (a list of strings), `name`, `email`
   */
  readonly toUser?: (claims: TokenClaims) => User | undefined
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock
}

const defaultAlgorithms = ['ES256', 'EdDSA', 'Ed25519'] as const
const bearerPattern = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i
const anonymous: Authentication = Object.freeze({ kind: 'anonymous' })
const invalid: Authentication = Object.freeze({ kind: 'refused', reason: 'invalid' })
const maxTokenLength = 8_192

/**
 * Verifies bearer tokens (RFC 6750) that are JSON Web Tokens, by the rules of RFC 8725: a fixed list of algorithms, issuer, audience and expiry required.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function jwt(options: JwtOptions): Authenticator {
  const { issuer, audience, algorithms = defaultAlgorithms, clockToleranceSeconds = 5, cacheMs = 60_000, toUser = defaultUser, clock = systemClock } = options
  if (algorithms.length === 0 || algorithms.includes('none'))
    throw invalidArgument("option 'algorithms' of jwt", "signature algorithms, never 'none'", algorithms.join(', '))
  const keys = keySource(options.jwks)
  const cache = createExpiringCache<Authentication>({ maxEntries: 10_000, clock })
  const checks = {
    issuer: typeof issuer === 'string' ? issuer : [...issuer],
    audience,
    algorithms: [...algorithms],
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'sub'],
  }

  const verify = async (token: string, cacheKey: string): Promise<Authentication> => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, { ...checks, currentDate: new Date(clock.now()) })
      // A context token of ours is never a credential, whatever keys are configured.
      const user = protectedHeader.typ === contextType ? undefined : toUser(payload)
      if (user === undefined) return invalid
      const found: Authentication = { kind: 'user', user: Object.freeze(user) }
      cache.set(cacheKey, found, Math.min(clock.now() + cacheMs, expiryMs(payload)))
      return found
    } catch (error) {
      return failureOf(error)
    }
  }
  return {
    authenticate(authorization) {
      if (authorization === undefined) return anonymous
      const token = authorization.length > maxTokenLength ? undefined : bearerPattern.exec(authorization)?.[1]
      if (token === undefined) return invalid
      const cacheKey = createHash('sha256').update(token).digest('base64')
      return cache.get(cacheKey) ?? verify(token, cacheKey)
    },
  }
}

function keySource(jwks: JwtOptions['jwks']): JWTVerifyGetKey {
  if (typeof jwks !== 'string') return createLocalJWKSet({ keys: jwks.keys.map((key) => ({ ...key })) })
  if (!URL.canParse(jwks)) throw invalidArgument("option 'jwks' of jwt", 'an absolute URL or a key set', jwks)
  return createRemoteJWKSet(new URL(jwks), { timeoutDuration: 5_000, cooldownDuration: 10_000 })
}

function expiryMs(payload: JWTPayload): number {
  return (payload.exp ?? 0) * 1_000
}

function defaultUser(claims: TokenClaims): User | undefined {
  const { sub, roles, name, email } = claims
  if (typeof sub !== 'string' || sub === '') return undefined
  return {
    id: sub,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof email === 'string' ? { email } : {}),
  }
}

/** What is wrong with the token is the client's affair, all else is ours. */
function failureOf(error: unknown): Authentication {
  if (error instanceof errors.JWTExpired) return { kind: 'refused', reason: 'expired' }
  if (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    error.code !== 'ERR_JOSE_GENERIC' &&
    !(error instanceof errors.JWKSInvalid)
  ) {
    return invalid
  }
  return { kind: 'unavailable', cause: error }
}
