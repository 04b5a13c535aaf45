/** A rate in the terms of the algorithm. */
export interface GcraRate {
  /** The time that one request uses up, in milliseconds: the window divided by the limit. */
  readonly intervalMs: number
  /** Requests that may come at once, from 1. */
  readonly burst: number
}

/** What {@link gcra} decided. */
export interface GcraDecision {
  readonly allowed: boolean
  /** The theoretical arrival time to remember for the key, in milliseconds on the caller's clock. */
  readonly tatMs: number
  /** Requests that would be allowed right now, after this one. */
  readonly remaining: number
  /** Milliseconds until one more request is allowed; 0 while some are. */
  readonly retryAfterMs: number
}

/**
 * The generic cell rate algorithm (ITU-T I.371) in its virtual scheduling form: one number a key, no window edges. Pure.
 *
 * @param tatMs - what the last decision said to remember; `undefined` for a key that was never seen
 */
export function gcra(tatMs: number | undefined, rate: GcraRate, nowMs: number): GcraDecision {
  const tolerance = rate.intervalMs * rate.burst
  const arrival = Math.max(tatMs ?? nowMs, nowMs)
  const next = arrival + rate.intervalMs
  const slack = nowMs + tolerance - next
  // Sums of fractions of milliseconds drift by less than this; without it the last request of a burst would be refused by chance.
  const allowed = slack >= -1e-6
  const tat = allowed ? next : arrival
  const room = nowMs + tolerance - tat
  const remaining = Math.max(0, Math.floor(room / rate.intervalMs + 1e-9))
  return { allowed, tatMs: tat, remaining, retryAfterMs: remaining > 0 ? 0 : Math.max(0, tat + rate.intervalMs - tolerance - nowMs) }
}
