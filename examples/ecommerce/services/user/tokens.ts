import { createHash, randomBytes } from 'node:crypto'
import { SignJWT, importJWK } from 'jose'
import type { Clock, GenerateId } from '@hanse/core'
import type { Database } from '@hanse/data'
import type { Jwk } from '@hanse/gateway'
import { HttpProblem } from '../../service/problem.ts'
import type { sessions } from './tables.ts'

/** How long an access token is good, in seconds. */
export const accessSeconds = 15 * 60
const sessionSeconds = 30 * 24 * 60 * 60

/** Who signs access tokens, and for whom; the gateway verifies both. */
export const tokenIssuer = 'user-service'
/** The audience of access tokens. */
export const tokenAudience = 'shop'

/** What login and refresh answer. */
export interface Tokens {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  readonly expiresIn: number
  readonly refreshToken: string
}

interface Subject {
  readonly id: string
  readonly role: string
  /** What the session stands on: it ends when this changes. */
  readonly password_hash: string
}

/** Issues and rotates tokens. */
export interface TokenIssuer {
  open(subject: Subject): Promise<Tokens>
  /** Rotates: the token given is used up; one that was used up before ends its whole family, a changed password every family of its user. */
  rotate(refreshToken: string, subjectOf: (userId: string) => Promise<Subject | undefined>): Promise<Tokens>
  end(refreshToken: string): Promise<void>
}

/** Makes the token issuer of the user service. */
export async function createTokenIssuer(options: {
  db: Database<{ sessions: typeof sessions }>
  key: Jwk
  clock: Clock
  generateId: GenerateId
}): Promise<TokenIssuer> {
  const { db, key, clock, generateId } = options
  const signingKey = await importJWK({ ...key }, 'EdDSA')

  const accessToken = (subject: Subject): Promise<string> => {
    const issuedAt = Math.floor(clock.now() / 1_000)
    return new SignJWT({ roles: [subject.role] })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) })
      .setSubject(subject.id)
      .setIssuer(tokenIssuer)
      .setAudience(tokenAudience)
      .setJti(generateId())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + accessSeconds)
      .sign(signingKey)
  }

  const tokens = async (subject: Subject, family: string, secret: string): Promise<Tokens> => ({
    accessToken: await accessToken(subject),
    tokenType: 'Bearer',
    expiresIn: accessSeconds,
    refreshToken: `${family}.${secret}`,
  })

  return {
    async open(subject) {
      const family = generateId()
      const secret = newSecret()
      await db.sessions.insertIfAbsent(
        {
          family,
          user_id: subject.id,
          token_hash: digest(secret),
          password_mark: digest(subject.password_hash),
          ended: false,
          created_at: new Date(clock.now()),
        },
        { ttlSeconds: sessionSeconds },
      )
      return tokens(subject, family, secret)
    },
    async rotate(refreshToken, subjectOf) {
      const { family, secret } = split(refreshToken)
      const session = await db.sessions.get({ family })
      if (session === undefined || session.ended) throw badToken()
      const next = newSecret()
      const rotated = await db.sessions
        .update({ family }, { ttlSeconds: sessionSeconds })
        .set({ token_hash: digest(next) })
        .if({ token_hash: digest(secret), ended: false })
      if (!rotated.applied) {
        await db.sessions.update({ family }, { ttlSeconds: sessionSeconds }).set({ ended: true }).ifExists()
        throw badToken()
      }
      const subject = await subjectOf(session.user_id)
      // A session that began with another password is over.
      if (subject === undefined || session.password_mark !== digest(subject.password_hash)) throw badToken()
      return tokens(subject, family, next)
    },
    async end(refreshToken) {
      const { family, secret } = split(refreshToken)
      await db.sessions
        .update({ family }, { ttlSeconds: sessionSeconds })
        .set({ ended: true })
        .if({ token_hash: digest(secret) })
    },
  }
}

function split(refreshToken: string): { family: string; secret: string } {
  const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/.exec(refreshToken)
  if (match?.[1] === undefined || match[2] === undefined) throw badToken()
  return { family: match[1], secret: match[2] }
}

function badToken(): HttpProblem {
  return new HttpProblem(401, 'invalid_refresh_token', 'The refresh token is not good any more. Log in again.')
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
