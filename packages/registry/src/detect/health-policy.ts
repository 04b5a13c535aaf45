import { invalidArgument } from '@hanse/core'

/** When an instance is suspected, given up and trusted again. */
export interface HealthPolicyOptions {
  /**
   * Suspected after this many of its own beats without progress.
   * @defaultValue 2.5
   */
  readonly suspectAfterBeats?: number
  /**
   * Given up after this many of its own beats without progress, unless its health endpoint answers.
   * @defaultValue 4
   */
  readonly unreachableAfterBeats?: number
  /**
   * Ejected after this many failed reports in a row; a refused connection counts for all of them.
   * @defaultValue 3
   */
  readonly failuresToEject?: number
  /**
   * The first ejection lasts this long, in milliseconds; each further one twice as long.
   * @defaultValue 1000
   */
  readonly ejectMs?: number
  /**
   * No ejection lasts longer, in milliseconds.
   * @defaultValue 60000
   */
  readonly maxEjectMs?: number
  /**
   * Reports of callers never eject more than this share of a service's instances, counted after the ejection. Probes and silence are not bound by it.
   * @defaultValue 0.5
   */
  readonly maxEjectedShare?: number
  /**
   * Given up after this many failed probes in a row; a refused connection counts for all of them.
   * @defaultValue 2
   */
  readonly probesToFail?: number
  /**
   * Trusted again after this many good probes in a row.
   * @defaultValue 2
   */
  readonly probesToRecover?: number
  /**
   * When fewer than this share of the instances that are not given up are healthy, suspects are picked, too.
   * @defaultValue 0.5
   */
  readonly panicShare?: number
}

/** A {@link HealthPolicyOptions} with every default filled in. */
export type HealthPolicy = Required<HealthPolicyOptions>

/** The defaults of {@link HealthPolicyOptions}. */
export const healthPolicyDefaults: HealthPolicy = Object.freeze({
  suspectAfterBeats: 2.5,
  unreachableAfterBeats: 4,
  failuresToEject: 3,
  ejectMs: 1_000,
  maxEjectMs: 60_000,
  maxEjectedShare: 0.5,
  probesToFail: 2,
  probesToRecover: 2,
  panicShare: 0.5,
})

const shares = ['maxEjectedShare', 'panicShare'] as const
const counts = ['failuresToEject', 'probesToFail', 'probesToRecover'] as const
const amounts = ['suspectAfterBeats', 'unreachableAfterBeats', 'ejectMs', 'maxEjectMs'] as const

/**
 * Fills in the defaults and checks them.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolveHealthPolicy(options: HealthPolicyOptions = {}): HealthPolicy {
  const policy = { ...healthPolicyDefaults, ...options }
  const demand = (name: keyof HealthPolicy, holds: boolean, expected: string): void => {
    if (!holds) throw invalidArgument(`option '${name}' of health`, expected, policy[name])
  }
  for (const name of shares) demand(name, policy[name] >= 0 && policy[name] <= 1, 'a share from 0 to 1')
  for (const name of counts) demand(name, Number.isInteger(policy[name]) && policy[name] >= 1, 'a whole number from 1 up')
  for (const name of amounts) demand(name, Number.isFinite(policy[name]) && policy[name] > 0, 'a number above 0')
  demand('suspectAfterBeats', policy.suspectAfterBeats >= 1.5, 'at least 1.5, since beats are jittered')
  demand('unreachableAfterBeats', policy.unreachableAfterBeats >= policy.suspectAfterBeats, "at least 'suspectAfterBeats'")
  return policy
}
