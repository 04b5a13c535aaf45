import { HanseError } from '@hanse/core'
import { importJWK } from 'jose'
import type { CryptoKey as JoseKey } from 'jose'
import type { GatewayErrorCode } from '../errors.ts'

/** A JSON Web Key (RFC 7517): plain data, secret (`oct`), Ed25519 (`OKP`) or P-256 (`EC`). */
export interface Jwk {
  readonly kty: string
  /** Names the key; needed where there is more than one. */
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  /** The private part of an `OKP` or `EC` key. */
  readonly d?: string
  /** The secret of an `oct` key, base64url. */
  readonly k?: string
}

/** A key that jose can use, and the one algorithm that goes with it. */
export interface ImportedKey {
  readonly key: JoseKey | Uint8Array
  readonly alg: string
}

/** The one algorithm that a key of ours is used with. */
export function algorithmOf(jwk: Jwk): 'HS256' | 'EdDSA' | 'ES256' {
  if (jwk.kty === 'oct' && Buffer.from(jwk.k ?? '', 'base64url').length >= 32) return 'HS256'
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return 'EdDSA'
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return 'ES256'
  throw keyInvalid(jwk, undefined)
}

/** Imports a key for its one algorithm. */
export async function importKey(jwk: Jwk): Promise<ImportedKey> {
  const alg = algorithmOf(jwk)
  try {
    return { key: await importJWK({ ...jwk }, alg), alg }
  } catch (error) {
    throw keyInvalid(jwk, error)
  }
}

function keyInvalid(jwk: Jwk, cause: unknown): HanseError<GatewayErrorCode> {
  const kind = [jwk.kty, jwk.crv].filter((part) => part !== undefined).join(' ')
  return new HanseError(`A context key must be a JSON Web Key: 'oct' of at least 32 bytes, 'OKP' Ed25519 or 'EC' P-256; got '${kind}' that cannot be used.`, {
    code: 'KEY_INVALID',
    cause,
  })
}
