import { invalidArgument, resolveBackoff } from '@hanse/core'
import type { BackoffPolicy, ResolvedBackoffPolicy } from '@hanse/core'

/** How often a step is tried, and how long it waits between. */
export interface RetryPolicy extends BackoffPolicy {
  /**
   * The most attempts, the first one included.
   * @defaultValue 10 for `run`, 20 for `undo`, without limit for a pivot
   */
  readonly attempts?: number
}

/** A {@link RetryPolicy} with every default filled in. */
export interface ResolvedRetry {
  /** The most attempts; infinite for steps that must succeed. */
  readonly attempts: number
  /** The waits between them. */
  readonly backoff: ResolvedBackoffPolicy
}

/** Fills in the defaults and checks them. */
export function resolveRetry(policy: RetryPolicy | undefined, defaultAttempts: number, subject: string): ResolvedRetry {
  const { attempts = defaultAttempts, ...backoff } = policy ?? {}
  if (attempts !== Number.POSITIVE_INFINITY && !(Number.isInteger(attempts) && attempts >= 1)) {
    throw invalidArgument(`option 'attempts' of ${subject}`, 'a whole number of at least 1, or Infinity', attempts)
  }
  return { attempts, backoff: resolveBackoff(backoff) }
}
