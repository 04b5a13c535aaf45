import { HanseError, backoffMs, invalidArgument, resolveBackoff } from '@hanse/core'
import type { BackoffPolicy, Random, ResolvedBackoffPolicy } from '@hanse/core'
import type { EventBusErrorCode } from '../errors.ts'

/** How often and how soon a failed event is tried again. */
export interface RetryOptions {
  /**
   * How many times an event is handled before it counts as failed for good, the first one included.
   * @defaultValue 5
   */
  readonly attempts?: number
  /**
   * The wait between two attempts. Later events of the same key wait, too; other keys do not.
   * @defaultValue from 100 ms, doubling, at most 30 s, with full jitter
   */
  readonly backoff?: BackoffPolicy
}

/** A {@link RetryOptions} with every default filled in, and what follows the last attempt. */
export interface RetryPolicy {
  readonly attempts: number
  readonly backoff: ResolvedBackoffPolicy
  readonly onExhausted: 'dead-letter' | 'park'
}

/** What becomes of an event after a failed attempt. */
export type FailureDecision =
  | { readonly action: 'retry'; readonly afterMs: number; readonly counts: boolean }
  | { readonly action: 'dead-letter' }
  | { readonly action: 'drop' }

/** @throws HanseError `INVALID_ARGUMENT` */
export function resolveRetry(options: RetryOptions = {}, onExhausted: RetryPolicy['onExhausted'] = 'dead-letter'): RetryPolicy {
  const { attempts = 5 } = options
  if (!Number.isInteger(attempts) || attempts < 1) throw invalidArgument("option 'retry.attempts' of subscribe", 'a whole number from 1 up', attempts)
  if (onExhausted !== 'dead-letter' && onExhausted !== 'park')
    throw invalidArgument("option 'onExhausted' of subscribe", "'dead-letter' or 'park'", onExhausted)
  return { attempts, backoff: resolveBackoff(options.backoff), onExhausted }
}

/**
 * Decides what follows a failure. Pure.
 *
 * @param failures - how many attempts have failed, this one included, not counting those that asked for a later retry
 */
export function decideAfterFailure(error: unknown, failures: number, policy: RetryPolicy, random: Random): FailureDecision {
  const code = HanseError.isInstance(error) ? (error.code as EventBusErrorCode) : undefined
  if (code === 'DROP') return { action: 'drop' }
  if (code === 'DEAD_LETTER') return { action: 'dead-letter' }
  if (code === 'RETRY_LATER') return { action: 'retry', afterMs: askedWait(error), counts: false }
  if (failures < policy.attempts) return { action: 'retry', afterMs: backoffMs(policy.backoff, failures, random), counts: true }
  return policy.onExhausted === 'park' ? { action: 'retry', afterMs: policy.backoff.maxMs, counts: true } : { action: 'dead-letter' }
}

function askedWait(error: unknown): number {
  const afterMs: unknown = HanseError.isInstance(error) ? error.details['afterMs'] : undefined
  return typeof afterMs === 'number' && afterMs >= 0 ? afterMs : 0
}
