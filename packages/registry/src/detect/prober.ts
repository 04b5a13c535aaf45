import type { AbortOptions } from '@hanse/core'
import type { Instance } from '../record/instance.ts'
import type { ProbeOutcome } from './judge-health.ts'

/**
 * Asks one instance whether it lives. A port: pass your own as `probe.prober`.
 *
 * - **Ordering**: probes of one instance follow one another; probes of several run side by side.
 * - **Idempotency**: a probe changes nothing.
 * - **Abort**: the signal aborts when the time is up or the registry closes; reject with its reason, or resolve, and release the connection.
 * - **Errors**: resolve with an outcome; a rejection other than the signal's reason counts as `failed`.
 */
export interface Prober {
  /** Probes once. */
  probe(instance: Instance, options: AbortOptions): Promise<ProbeOutcome>
}
