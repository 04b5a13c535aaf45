import { raceAbort } from './abort.ts'
import type { AbortOptions } from './abort.ts'
import { HanseError } from './errors.ts'

/** What everything that runs offers: `close` drains, is idempotent and leaves no handle behind. */
export interface Closable extends AsyncDisposable {
  /**
   * Stops taking work, waits for the work in flight, releases everything. Calling it again waits for the same end.
   * Aborting `signal` means "now": what is still in flight is given up. The signal of a later call counts, too.
   */
  close(options?: AbortOptions): Promise<void>
}

/** Where a {@link Lifecycle} stands. */
export type LifecycleState = 'created' | 'starting' | 'started' | 'closing' | 'closed'

/** What a {@link Lifecycle} drives. */
export interface LifecycleHooks {
  /** Names the thing in error messages: `the event bus`. */
  readonly subject: string
  /** Acquires what is needed; when it rejects, `stop` runs and the state is `created` again, so that a later `start` may succeed. */
  start?(options: AbortOptions): Promise<void>
  /** Releases everything; also runs when start failed half-way, so it must bear that. */
  stop(options: AbortOptions): Promise<void>
}

/** One state machine for everything that starts and closes: `created → starting → started → closing → closed`. */
export interface Lifecycle {
  readonly state: LifecycleState
  /**
   * Starts once; further calls wait for the same start. After a start that failed, a further call tries anew.
   * @throws HanseError `CLOSED` after `close`, or the error of the start hook
   */
  start(options?: AbortOptions): Promise<void>
  /** Stops once; further calls wait for the same end. The stop hook's signal aborts with the first signal of any call. */
  close(options?: AbortOptions): Promise<void>
  /**
   * Guards a call that needs the thing running.
   * @throws HanseError `NOT_STARTED` or `CLOSED`
   */
  assertStarted(): void
  /**
   * Guards a call that works before start, too.
   * @throws HanseError `CLOSED`
   */
  assertOpen(): void
}

/** Makes a {@link Lifecycle} over two hooks. */
export function createLifecycle(hooks: LifecycleHooks): Lifecycle {
  let state: LifecycleState = 'created'
  let starting: Promise<void> | undefined
  let closing: Promise<void> | undefined
  let released = false
  const hurry = new AbortController()

  const runStart = async (options: AbortOptions): Promise<void> => {
    state = 'starting'
    released = false
    try {
      await hooks.start?.(options)
      if (state === 'starting') state = 'started'
    } catch (error) {
      if (state === 'starting') {
        try {
          await hooks.stop({})
        } finally {
          released = true
          if (state === 'starting') {
            state = 'created'
            starting = undefined
          }
        }
      }
      throw error
    }
  }
  const runStop = async (): Promise<void> => {
    const { signal } = hurry
    const started = starting
    state = 'closing'
    try {
      if (started !== undefined) await raceAbort(started, signal).catch(() => undefined)
      if (!released) await hooks.stop({ signal })
    } finally {
      state = 'closed'
    }
  }
  const assertOpen = (): void => {
    if (state === 'closing' || state === 'closed') {
      throw new HanseError(`${hooks.subject} is closed; create a new one.`, { code: 'CLOSED' })
    }
  }
  return {
    get state() {
      return state
    },
    async start(options = {}) {
      assertOpen()
      starting ??= runStart(options)
      await starting
    },
    async close({ signal } = {}) {
      const follow = (): void => hurry.abort(signal?.reason)
      if (signal?.aborted === true) follow()
      else signal?.addEventListener('abort', follow, { once: true })
      try {
        closing ??= runStop()
        await closing
      } finally {
        signal?.removeEventListener('abort', follow)
      }
    },
    assertStarted() {
      assertOpen()
      if (state !== 'started') throw new HanseError(`${hooks.subject} is not started; await its start() first.`, { code: 'NOT_STARTED' })
    },
    assertOpen,
  }
}
