import { invalidArgument } from '@hanse/core'
import type { RetryPolicy } from '../route/route.ts'

/** A {@link RetryPolicy} with its defaults. */
export interface ResolvedRetry {
  readonly methods: ReadonlySet<string>
  readonly attempts: number
}

/** What {@link mayRetry} decides from. */
export interface AttemptState {
  readonly method: string
  /** Attempts made so far, from 1. */
  readonly attempts: number
  /** Whether a byte of the request may have left. */
  readonly sent: boolean
  /** Whether bytes of the body were read: they are gone. */
  readonly bodyStarted: boolean
}

/**
 * Fills in the defaults of a route's policy.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolveRetry(policy: RetryPolicy | false | undefined, routePath: string): ResolvedRetry {
  if (policy === false) return { methods: new Set(), attempts: 1 }
  const { methods = ['GET', 'HEAD', 'OPTIONS'], attempts = 2 } = policy ?? {}
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 10)
    throw invalidArgument(`option 'retry.attempts' of the route '${routePath}'`, 'a whole number from 1 to 10', attempts)
  return { methods: new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods), attempts }
}

/**
 * Whether a failed attempt may be followed by another (RFC 9110 §9.2.2): always when nothing left, for the policy's methods also when
 * something did; never when the body is gone. Pure.
 */
export function mayRetry(policy: ResolvedRetry, state: AttemptState): boolean {
  if (state.attempts >= policy.attempts || state.bodyStarted) return false
  return !state.sent || policy.methods.has(state.method)
}

/** Whether an answer says that another instance may do better: 502, 503, 504. Pure. */
export function isRetryableStatus(status: number): boolean {
  return status === 502 || status === 503 || status === 504
}

/** Keeps retries to a share of the requests, so that an outage is not made worse by them. */
export interface RetryBudget {
  /** Counts a request. */
  earn(): void
  /** Pays for one retry; `false` when the budget is spent. */
  spend(): boolean
}

/** Makes a {@link RetryBudget} of 20 % of the requests, with a reserve of 20 retries for quiet times. */
export function createRetryBudget(share = 0.2, reserve = 20): RetryBudget {
  let credit = reserve
  return {
    earn() {
      credit = Math.min(reserve, credit + share)
    },
    spend() {
      if (credit < 1) return false
      credit -= 1
      return true
    },
  }
}
