import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { HanseError } from './errors.ts'

/** The last argument of every asynchronous call. */
export interface AbortOptions {
  /** Aborting it ends the call early; the call rejects with the signal's reason, untouched. */
  readonly signal?: AbortSignal
}

/** A signal that aborts when its time is up or its parent aborts. Dispose it when the work has ended. */
export interface Deadline extends Disposable {
  /** Aborts with a `DEADLINE_EXCEEDED` error when the time is up, or with the parent's own reason. */
  readonly signal: AbortSignal
  /** Milliseconds that are left, never negative. */
  remainingMs(): number
}

/** Options of {@link createDeadline}. */
export interface DeadlineOptions extends AbortOptions {
  /** The time allowed, in milliseconds. */
  readonly timeoutMs: number
  /** What has the deadline, for the message: `'reserveStock'`. */
  readonly subject: string
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock
}

/**
 * Bounds a piece of work in time and ties it to a parent signal.
 *
 * @example
 * ```ts
 * using deadline = createDeadline({ timeoutMs: 5_000, subject: 'charge', signal })
 * await charge(order, { signal: deadline.signal })
 * ```
 */
export function createDeadline(options: DeadlineOptions): Deadline {
  const { timeoutMs, subject, signal: parent, clock = systemClock } = options
  const controller = new AbortController()
  const endsAt = clock.monotonic() + timeoutMs
  const follow = (): void => controller.abort(parent?.reason)
  const timer = clock.setTimer(timeoutMs, () => controller.abort(deadlineExceeded(subject, timeoutMs)))
  const stop = (): void => {
    timer.cancel()
    parent?.removeEventListener('abort', follow)
  }
  if (parent?.aborted === true) follow()
  else parent?.addEventListener('abort', follow, { once: true })
  controller.signal.addEventListener('abort', stop, { once: true })
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, endsAt - clock.monotonic()),
    [Symbol.dispose]: stop,
  }
}

function deadlineExceeded(subject: string, timeoutMs: number): HanseError<'DEADLINE_EXCEEDED'> {
  return new HanseError(`${subject} did not end within ${timeoutMs} ms.`, { code: 'DEADLINE_EXCEEDED', retryable: true, details: { subject, timeoutMs } })
}

/**
 * Settles like `promise`, but rejects with the signal's reason as soon as it aborts.
 * The promise itself goes on; a later rejection of it is not reported as unhandled.
 */
export function raceAbort<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise)
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(error)
      },
    )
  })
}
