import { createDeadline } from '@hanse/core'
import type { Clock, Logger, Random } from '@hanse/core'
import type { Endpoint } from '../view/endpoint.ts'
import type { ProbeOutcome } from './judge-health.ts'
import type { Prober } from './prober.ts'

/** Options of {@link ProbeScheduler}. */
export interface ProbeSchedulerOptions {
  readonly prober: Prober
  readonly everyMs: number
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Whether this process itself stood still just now. */
  readonly stalled: () => boolean
  readonly needsProbe: (endpoint: Endpoint) => boolean
  readonly onOutcome: (endpoint: Endpoint, outcome: ProbeOutcome) => void
}

const maxAtOnce = 16
// After a good probe the next one follows soon: an instance that recovers should not wait for its second proof.
const confirmAfterMs = 100

/** Probes endpoints in doubt, one probe at a time each, until no probe could change anything any more. */
export class ProbeScheduler {
  readonly #options: ProbeSchedulerOptions
  readonly #stop = new AbortController()
  readonly #running = new Map<Endpoint, Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #probing = 0

  constructor(options: ProbeSchedulerOptions) {
    this.#options = options
  }

  /** Probes the endpoint, unless that is under way already. */
  doubt(endpoint: Endpoint): void {
    if (this.#running.has(endpoint) || this.#stop.signal.aborted) return
    const run = this.#run(endpoint).finally(() => this.#running.delete(endpoint))
    this.#running.set(endpoint, run)
  }

  /** Ends every probe. */
  async close(): Promise<void> {
    this.#stop.abort()
    for (const resume of this.#waiting.splice(0)) resume()
    await Promise.all(this.#running.values())
  }

  async #run(endpoint: Endpoint): Promise<void> {
    const { clock, random, everyMs, needsProbe } = this.#options
    // The doubt that started this may still be half told; let it be told to the end.
    await Promise.resolve()
    while (!this.#stop.signal.aborted && needsProbe(endpoint)) {
      const outcome = await this.#probe(endpoint)
      const passed = outcome === 'answered' || outcome === 'connected'
      const waitMs = passed ? Math.min(confirmAfterMs, everyMs) : everyMs * (0.8 + 0.4 * random())
      if (needsProbe(endpoint)) await clock.sleep(waitMs, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #probe(endpoint: Endpoint): Promise<ProbeOutcome | undefined> {
    await this.#turn()
    try {
      if (this.#stop.signal.aborted) return undefined
      const outcome = await this.#probeInTime(endpoint)
      if (this.#stop.signal.aborted || (outcome === 'timeout' && this.#options.stalled())) return undefined
      this.#options.onOutcome(endpoint, outcome)
      return outcome
    } finally {
      this.#probing--
      this.#waiting.shift()?.()
    }
  }

  async #probeInTime(endpoint: Endpoint): Promise<ProbeOutcome> {
    const { prober, timeoutMs, clock, logger } = this.#options
    using deadline = createDeadline({ timeoutMs, subject: 'a probe', clock, signal: this.#stop.signal })
    try {
      return await prober.probe(endpoint.instance, { signal: deadline.signal })
    } catch (error) {
      if (deadline.signal.aborted) return 'timeout'
      logger.warn({ error, instance: endpoint.instance.id }, 'registry: the prober threw; the probe counts as failed')
      return 'failed'
    }
  }

  async #turn(): Promise<void> {
    while (this.#probing >= maxAtOnce && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#probing++
  }
}
