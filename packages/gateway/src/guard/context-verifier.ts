import { HanseError, invalidArgument, systemClock } from '@hanse/core'
import type { Clock } from '@hanse/core'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import type { GatewayErrorCode } from '../errors.ts'
import { contextType, defaultContextIssuer } from './context-token.ts'
import { createExpiringCache } from './expiring-cache.ts'
import { algorithmOf, importKey } from './jwk.ts'
import type { ImportedKey, Jwk } from './jwk.ts'
import type { User } from './user.ts'

/** Options of {@link createContextVerifier}. */
export interface ContextVerifierOptions {
  /** The keys that may have signed: public parts, or the shared secret. Keep the old key beside the new one while you rotate. */
  readonly keys: readonly Jwk[]
  /** This service's name, as the gateway's routes call it. */
  readonly audience: string
  /** @defaultValue 'hanse-gateway' */
  readonly issuer?: string
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock
}

/** What a service learns about the caller of a request. */
export interface UserContext {
  /** `undefined` for a caller who is not signed in. */
  readonly user: User | undefined
}

/** Turns the value of the context header into a {@link UserContext}. */
export type VerifyContext = (header: string | readonly string[] | undefined) => Promise<UserContext>

/**
 * Makes the function with which a service checks that a request came through the gateway, and for whom.
 * It rejects with `CONTEXT_INVALID` for a context that is missing, repeated, malformed, forged, expired or meant for another service: answer 401.
 *
 * @example
 * ```ts
 * const verifyContext = createContextVerifier({ keys: [publicKey], audience: 'order-service' })
 * app.addHook('onRequest', async (request) => { request.caller = await verifyContext(request.headers['x-user-context']) })
 * ```
 */
export function createContextVerifier(options: ContextVerifierOptions): VerifyContext {
  const { keys, audience, issuer = defaultContextIssuer, clock = systemClock } = options
  if (keys.length === 0) throw invalidArgument("option 'keys' of a context verifier", 'at least one key', keys)
  for (const key of keys) algorithmOf(key)
  const cache = createExpiringCache<UserContext>({ maxEntries: 10_000, clock })
  const imported = new Map<Jwk, Promise<ImportedKey>>()

  const keyFor = (token: string): Promise<ImportedKey> => {
    const { kid, alg } = decodeProtectedHeader(token)
    const jwk = keys.find((candidate) => (kid === undefined ? keys.length === 1 : candidate.kid === kid) && algorithmOf(candidate) === alg)
    if (jwk === undefined) throw contextInvalid('is signed by an unknown key', undefined)
    let importing = imported.get(jwk)
    if (importing === undefined) imported.set(jwk, (importing = importKey(jwk)))
    return importing
  }
  const verify = async (token: string): Promise<UserContext> => {
    const { key, alg } = await keyFor(token)
    const currentDate = new Date(clock.now())
    const { payload } = await jwtVerify(token, key, {
      algorithms: [alg],
      typ: contextType,
      issuer,
      audience,
      currentDate,
      clockTolerance: 5,
      requiredClaims: ['exp'],
    })
    const context = Object.freeze({ user: userOf(payload) })
    cache.set(token, context, (payload.exp ?? 0) * 1_000)
    return context
  }
  return async (header) => {
    if (typeof header !== 'string' || header === '') throw contextInvalid(header === undefined ? 'is missing' : 'is not a single value', undefined)
    const known = cache.get(header)
    if (known !== undefined) return known
    try {
      return await verify(header)
    } catch (error) {
      throw HanseError.isInstance(error) ? error : contextInvalid('is malformed, forged, expired or meant for another service', error)
    }
  }
}

function userOf(payload: JWTPayload): User | undefined {
  const { sub, roles, name, email } = payload
  if (sub === undefined) return undefined
  return Object.freeze({
    id: sub,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof email === 'string' ? { email } : {}),
  })
}

function contextInvalid(what: string, cause: unknown): HanseError<GatewayErrorCode> {
  return new HanseError(`The user context ${what}; expected one that the gateway signed for this service.`, { code: 'CONTEXT_INVALID', cause })
}
