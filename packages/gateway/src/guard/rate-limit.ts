import { invalidArgument } from '@hanse/core'
import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { GcraDecision, GcraRate } from './gcra.ts'
import { addressKey } from './client-address.ts'
import type { RateLimitStore } from './rate-limit-store.ts'
import type { User } from './user.ts'

/**
 * Whose requests share a limit.
 * `address`: everyone behind one client address, decided before the token is checked.
 * `visitor`: the same, but only requests without a valid token.
 * `user`: one signed-in user, wherever they come from; requests without a user are not counted.
 * `all`: every request.
 */
export type RateLimitSubject = 'address' | 'visitor' | 'user' | 'all'

/** A limit. Several may stand on one route; a request must pass all of them. */
export interface RateLimitPolicy {
  /**
   * Names the limit in the headers `RateLimit` and `RateLimit-Policy`: letters, digits, `-`.
   * @defaultValue the subject, on a route with `route-` before it
   */
  readonly name?: string
  readonly by: RateLimitSubject
  /** Requests allowed in the time `per`, from 1. */
  readonly limit: number
  /** The window: `'1s'`, `'1m'`, `'1h'`, `'1d'`, or a multiple such as `'10s'`. */
  readonly per: `${number}${'s' | 'm' | 'h' | 'd'}`
  /**
   * Requests that may come at once.
   * @defaultValue the limit
   */
  readonly burst?: number
}

/** Who asks. */
export interface RateLimitCaller {
  readonly clientAddress: string
  readonly user: User | undefined
}

/** A checked {@link RateLimitPolicy}. */
export interface ResolvedPolicy {
  readonly name: string
  readonly by: RateLimitSubject
  readonly rate: GcraRate
  /** The policy's item of the header `RateLimit-Policy`. */
  readonly header: string
  /** What the keys begin with: limits of two routes are two limits. */
  readonly scope: string
}

/** Collects items of the headers `RateLimit` and `RateLimit-Policy`. */
export interface RateLimitItems {
  readonly rateLimits: string[]
  readonly ratePolicies: string[]
}

/** What {@link takeAll} needs beside the limits. */
export interface RateLimitTools {
  readonly store: RateLimitStore
  /** Wall time in milliseconds. */
  readonly nowMs: number
  readonly onStoreError: (error: unknown) => void
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const quotaExceeded = 'https://iana.org/assignments/http-problem-types#quota-exceeded'

/**
 * Checks limits and fills in their defaults.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolvePolicies(policies: RateLimitPolicy | readonly RateLimitPolicy[] | undefined, scope: string, prefix = ''): readonly ResolvedPolicy[] {
  if (policies === undefined) return []
  const resolved = ('by' in policies ? [policies] : policies).map((policy) => resolvePolicy({ name: `${prefix}${policy.by}`, ...policy }, scope))
  const names = new Set(resolved.map(({ name }) => name))
  if (names.size < resolved.length) throw invalidArgument(`the rate limits of ${scope}`, 'limits with different names', [...names].join(', '))
  return resolved
}

/** Charges the request to each limit, in order, until one refuses. A store that fails refuses nobody. */
export async function takeAll(
  policies: readonly ResolvedPolicy[],
  caller: RateLimitCaller & RateLimitItems,
  tools: RateLimitTools,
): Promise<Refusal | undefined> {
  for (const policy of policies) {
    const key = keyOf(policy, caller)
    const decision = key === undefined ? undefined : await take(key, policy, tools)
    if (decision === undefined) continue
    caller.rateLimits.push(`"${policy.name}";r=${decision.remaining};t=${Math.ceil(decision.retryAfterMs / 1_000)}`)
    caller.ratePolicies.push(policy.header)
    if (!decision.allowed) return tooMany(policy, decision)
  }
  return undefined
}

/** The fields of draft-ietf-httpapi-ratelimit-headers, flat; none where no limit applied. Pure. */
export function rateLimitFields({ rateLimits, ratePolicies }: RateLimitItems): readonly string[] {
  return rateLimits.length === 0 ? [] : ['RateLimit-Policy', ratePolicies.join(', '), 'RateLimit', rateLimits.join(', ')]
}

function resolvePolicy(policy: RateLimitPolicy, scope: string): ResolvedPolicy {
  const { by, limit, per, burst = limit, name = by } = policy
  const match = /^(\d+)([smhd])$/.exec(per)
  const windowMs = match === null ? 0 : Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  if (windowMs <= 0) throw invalidArgument(`option 'per' of a rate limit of ${scope}`, "a window like '1m'", per)
  if (!Number.isInteger(limit) || limit < 1) throw invalidArgument(`option 'limit' of a rate limit of ${scope}`, 'a whole number from 1 up', limit)
  if (!Number.isInteger(burst) || burst < 1) throw invalidArgument(`option 'burst' of a rate limit of ${scope}`, 'a whole number from 1 up', burst)
  if (!/^[A-Za-z\d-]{1,40}$/.test(name)) throw invalidArgument(`option 'name' of a rate limit of ${scope}`, 'letters, digits and -', name)
  const header = `"${name}";q=${limit};w=${Math.round(windowMs / 1_000)}`
  return { name, by, rate: { intervalMs: windowMs / limit, burst }, header, scope }
}

function keyOf({ by, scope, name }: ResolvedPolicy, caller: RateLimitCaller): string | undefined {
  if (by === 'all') return `${scope}|${name}`
  if (by === 'user') return caller.user === undefined ? undefined : `${scope}|${name}|u|${caller.user.id}`
  if (by === 'visitor' && caller.user !== undefined) return undefined
  return `${scope}|${name}|a|${addressKey(caller.clientAddress)}`
}

async function take(key: string, policy: ResolvedPolicy, tools: RateLimitTools): Promise<GcraDecision | undefined> {
  try {
    return await tools.store.take(key, policy.rate, tools.nowMs)
  } catch (error) {
    tools.onStoreError(error)
    return undefined
  }
}

function tooMany(policy: ResolvedPolicy, decision: GcraDecision): Refusal {
  const seconds = String(Math.max(1, Math.ceil(decision.retryAfterMs / 1_000)))
  const told = refusal(429, 'rate_limited', `Too many requests; try again in ${seconds} s.`, ['Retry-After', seconds])
  return { ...told, type: quotaExceeded, extra: { 'violated-policies': [policy.name] } }
}
