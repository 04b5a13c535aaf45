import type { ProbeOutcome } from '../detect/judge-health.ts'
import type { Prober } from '../detect/prober.ts'
import type { Instance } from '../record/instance.ts'

/** A prober without a network, for tests: it answers what it was told. */
export interface ScriptedProber extends Prober {
  /** From now on, probes of this instance end so. `hang` never answers, until the probe's time is up. */
  answer(instanceId: string, outcome: ProbeOutcome | 'hang'): void
  /** The ids of the instances probed so far, in order. */
  readonly probed: readonly string[]
}

/**
 * Makes a {@link ScriptedProber}.
 *
 * @param usual - the outcome for instances without one of their own
 */
export function createScriptedProber(usual: ProbeOutcome | 'hang' = 'answered'): ScriptedProber {
  const outcomes = new Map<string, ProbeOutcome | 'hang'>()
  const probed: string[] = []
  return {
    probed,
    answer: (instanceId, outcome) => void outcomes.set(instanceId, outcome),
    async probe(instance: Instance, { signal }) {
      signal?.throwIfAborted()
      probed.push(instance.id)
      const outcome = outcomes.get(instance.id) ?? usual
      if (outcome !== 'hang') return outcome
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    },
  }
}
