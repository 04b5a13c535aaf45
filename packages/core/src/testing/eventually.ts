import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'

/** Options of {@link eventually}. */
export interface EventuallyOptions {
  /**
   * Gives up after this many milliseconds and throws the last failure.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number
  /**
   * The pause between two looks, in milliseconds.
   * @defaultValue 5
   */
  readonly everyMs?: number
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock
}

/**
 * Repeats `check` until it does not throw, and returns what it returned. For things that real servers and processes do in their own time.
 * @throws the last error of `check` when the time is up
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 5, clock = systemClock } = options
  const endsAt = clock.monotonic() + timeoutMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (clock.monotonic() >= endsAt) throw error
    }
    await clock.sleep(everyMs)
  }
}
