import { invalidArgument } from './errors.ts'
import type { Random } from './random.ts'

/** How long to wait between attempts. */
export interface BackoffPolicy {
  /**
   * The wait before the second attempt, in milliseconds.
   * @defaultValue 100
   */
  readonly initialMs?: number
  /**
   * No wait is longer, in milliseconds.
   * @defaultValue 30000
   */
  readonly maxMs?: number
  /**
   * Each wait is this many times the one before.
   * @defaultValue 2
   */
  readonly factor?: number
  /**
   * `full` draws each wait from [0, wait], `none` waits exactly as computed.
   * @defaultValue 'full'
   */
  readonly jitter?: 'full' | 'none'
}

/** A {@link BackoffPolicy} with every default filled in. */
export type ResolvedBackoffPolicy = Required<BackoffPolicy>

/** The defaults of {@link BackoffPolicy}. */
export const backoffDefaults: ResolvedBackoffPolicy = Object.freeze({ initialMs: 100, maxMs: 30_000, factor: 2, jitter: 'full' })

/**
 * Fills in the defaults and checks them.
 * @throws HanseError `INVALID_ARGUMENT` on a negative or non-finite number, or a factor below 1
 */
export function resolveBackoff(policy: BackoffPolicy = {}): ResolvedBackoffPolicy {
  const resolved = { ...backoffDefaults, ...policy }
  for (const name of ['initialMs', 'maxMs'] as const) {
    if (!Number.isFinite(resolved[name]) || resolved[name] < 0) throw invalidArgument(`option '${name}' of a backoff`, 'a number from 0 up', resolved[name])
  }
  if (!Number.isFinite(resolved.factor) || resolved.factor < 1) throw invalidArgument("option 'factor' of a backoff", 'a number from 1 up', resolved.factor)
  if (resolved.jitter !== 'full' && resolved.jitter !== 'none') throw invalidArgument("option 'jitter' of a backoff", "'full' or 'none'", resolved.jitter)
  return resolved
}

/**
 * The wait after a failed attempt, in milliseconds. Pure.
 * Follows "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), the variant with full jitter.
 *
 * @param attempt - the attempt that failed, from 1
 */
export function backoffMs(policy: ResolvedBackoffPolicy, attempt: number, random: Random): number {
  const wait = Math.min(policy.maxMs, policy.initialMs * policy.factor ** Math.max(0, attempt - 1))
  return policy.jitter === 'full' ? random() * wait : wait
}
