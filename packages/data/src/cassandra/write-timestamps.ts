import type { Clock } from '@hanse/core'

/**
 * Microseconds since 1970 for writes, each later than the one before. They follow the wall clock between its milliseconds by the monotonic
 * clock and are never ahead of it, so that writes of two processes on one machine are ordered as they happened, and a plain write
 * does not outrank a conditional one that comes after it.
 */
export function createWriteTimestamps(clock: Clock): () => number {
  let last = 0
  let anchorMs = clock.now()
  let anchorAt = clock.monotonic()
  return () => {
    const nowMs = clock.now()
    let micros = Math.floor((anchorMs + clock.monotonic() - anchorAt) * 1_000)
    if (micros < nowMs * 1_000 || micros >= (nowMs + 1) * 1_000) {
      anchorMs = nowMs
      anchorAt = clock.monotonic()
      micros = nowMs * 1_000
    }
    last = Math.max(last + 1, micros)
    return last
  }
}
