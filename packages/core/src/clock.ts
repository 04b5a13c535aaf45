/** A timer that can be stopped. */
export interface Timer {
  /** Stops the timer; stopping twice, or after it fired, does nothing. */
  cancel(): void
}

/**
 * The only source of time in every Hanse package, so that tests and simulations own it.
 * Pass your own as the option `clock`; {@link systemClock} is the default everywhere.
 */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. May jump; never used to measure a duration. */
  now(): number
  /** Monotonic milliseconds with fractions, from an arbitrary start. For durations and deadlines. */
  monotonic(): number
  /**
   * Resolves after `ms` milliseconds.
   * @throws the signal's reason, untouched, when it aborts first
   */
  sleep(ms: number, options?: SleepOptions): Promise<void>
  /** Calls `callback` once after `ms` milliseconds. */
  setTimer(ms: number, callback: () => void, options?: TimerOptions): Timer
}

/** Options of {@link Clock.sleep}. */
export interface SleepOptions {
  /** Ends the wait early. */
  readonly signal?: AbortSignal
}

/** Options of {@link Clock.setTimer}. */
export interface TimerOptions {
  /**
   * Whether the timer keeps the process alive.
   * @defaultValue true
   */
  readonly keepAlive?: boolean
}

const longestTimerMs = 2 ** 31 - 1

/** The real time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, options) => sleepOn(systemClock, ms, options?.signal),
  setTimer: (ms, callback, options) => {
    const handle = setTimeout(callback, Math.min(Math.max(ms, 0), longestTimerMs))
    if (options?.keepAlive === false) handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Implements {@link Clock.sleep} over a clock's own `setTimer`; for authors of clocks. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
