import { invalidArgument } from '@hanse/core'
import { gcra } from './gcra.ts'
import type { GcraDecision, GcraRate } from './gcra.ts'

/**
 * Where rate limits are remembered. One method, which must be atomic per key: read, {@link gcra}, write.
 * Share one store between processes to share their limits.
 */
export interface RateLimitStore {
  /**
   * Charges one request to a key. Never blocks the caller for long; a store that cannot decide rejects, and the request passes.
   *
   * @param nowMs - wall time in milliseconds
   */
  take(key: string, rate: GcraRate, nowMs: number): GcraDecision | Promise<GcraDecision>
}

/** Options of {@link memoryRateLimitStore}. */
export interface MemoryRateLimitStoreOptions {
  /**
   * Keys that are remembered at most; beyond that the key that was not used for longest is forgotten.
   * @defaultValue 100000
   */
  readonly maxKeys?: number
}

/** Remembers rate limits in this process, in bounded memory. */
export function memoryRateLimitStore(options: MemoryRateLimitStoreOptions = {}): RateLimitStore {
  const { maxKeys = 100_000 } = options
  if (!Number.isInteger(maxKeys) || maxKeys < 1) throw invalidArgument("option 'maxKeys' of a rate limit store", 'a whole number from 1 up', maxKeys)
  const arrivals = new Map<string, number>()
  const forget = (nowMs: number): void => {
    // A key whose time has passed says nothing any more: two looks a request keep the map near the size of what is active.
    let looks = 0
    for (const [key, tatMs] of arrivals) {
      if (arrivals.size <= maxKeys && (tatMs > nowMs || looks++ >= 2)) return
      arrivals.delete(key)
    }
  }
  return {
    take(key, rate, nowMs) {
      const decision = gcra(arrivals.get(key), rate, nowMs)
      arrivals.delete(key)
      arrivals.set(key, decision.tatMs)
      forget(nowMs)
      return decision
    },
  }
}
