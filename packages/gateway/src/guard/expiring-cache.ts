import type { Clock } from '@hanse/core'

/** Values that are forgotten at a time of their own. */
export interface ExpiringCache<T> {
  get(key: string): T | undefined
  /** @param expiresAtMs - wall time in milliseconds from which on the value is gone */
  set(key: string, value: T, expiresAtMs: number): void
}

/** Makes an {@link ExpiringCache} that drops its oldest entry when it is full. */
export function createExpiringCache<T>(options: { readonly maxEntries: number; readonly clock: Clock }): ExpiringCache<T> {
  const { maxEntries, clock } = options
  const entries = new Map<string, { readonly value: T; readonly expiresAtMs: number }>()
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (entry.expiresAtMs > clock.now()) return entry.value
      entries.delete(key)
      return undefined
    },
    set(key, value, expiresAtMs) {
      entries.delete(key)
      if (expiresAtMs <= clock.now()) return
      const [oldest] = entries.size >= maxEntries ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(key, { value, expiresAtMs })
    },
  }
}
