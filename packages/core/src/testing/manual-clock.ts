import { sleepOn } from '../clock.ts'
import type { Clock } from '../clock.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward by `ms`, firing every timer on the way in order of its time;
   * between two timers all promises that are ready run, so that timers they set are honoured, too.
   */
  advance(ms: number): Promise<void>
  /** Moves to the next timer and fires it; `false` when none is set. */
  advanceToNext(): Promise<boolean>
  /** Timers that wait to fire. */
  readonly pendingTimers: number
  /** Shifts wall time by `ms` without passing time: clock skew. */
  skew(ms: number): void
}

/** Options of {@link createManualClock}. */
export interface ManualClockOptions {
  /**
   * The wall time to start at, in milliseconds since the Unix epoch.
   * @defaultValue 2026-01-01T00:00:00Z
   */
  readonly nowMs?: number
}

interface PendingTimer {
  readonly at: number
  readonly callback: () => void
}

/** Makes a {@link ManualClock}. */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  let wall = options.nowMs ?? Date.UTC(2026, 0, 1)
  let elapsed = 0
  const timers = new Set<PendingTimer>()
  const moveTo = (target: number): void => {
    wall += target - elapsed
    elapsed = target
  }
  const nextTimer = (): PendingTimer | undefined => {
    let next: PendingTimer | undefined
    for (const timer of timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }
  const fire = async (timer: PendingTimer): Promise<void> => {
    timers.delete(timer)
    moveTo(Math.max(elapsed, timer.at))
    timer.callback()
    await settle()
  }
  const clock: ManualClock = {
    now: () => wall,
    monotonic: () => elapsed,
    sleep: (ms, sleepOptions) => sleepOn(clock, ms, sleepOptions?.signal),
    setTimer(ms, callback) {
      const timer = { at: elapsed + Math.max(0, ms), callback }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    async advance(ms) {
      const target = elapsed + ms
      await settle()
      for (let next = nextTimer(); next !== undefined && next.at <= target; next = nextTimer()) await fire(next)
      moveTo(target)
      await settle()
    },
    async advanceToNext() {
      await settle()
      const next = nextTimer()
      if (next !== undefined) await fire(next)
      return next !== undefined
    },
    get pendingTimers() {
      return timers.size
    },
    skew(ms) {
      wall += ms
    },
  }
  return clock
}

/** Lets every promise that is ready run, and what those make ready, until the event loop turns. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
