import { HanseError } from '@hanse/core'
import type { Clock, Timer } from '@hanse/core'
import type { SagaLog } from '../log/saga-log.ts'
import type { CallTarget, FaultKind, PlannedFault } from './fault-schedule.ts'

/** Counts the calls of all processes of one run, and says which goes wrong. */
export class FaultPlan {
  readonly calls: CallTarget[] = []
  readonly #faults: ReadonlyMap<number, FaultKind>

  constructor(schedule: readonly PlannedFault[]) {
    this.#faults = new Map(schedule.map(({ at, what }) => [at, what]))
  }

  /** Counts a call. */
  next(target: CallTarget): FaultKind | undefined {
    this.calls.push(target)
    return this.#faults.get(this.calls.length)
  }
}

/** A process that can die, or stand still, at any call that it makes. */
export class SimulatedProcess {
  readonly #plan: FaultPlan
  readonly #timers = new Set<Timer>()
  readonly #held: (() => void)[] = []
  #state: 'alive' | 'dead' | 'frozen' = 'alive'
  #thawed = false
  /** Time as this process sees it. */
  readonly clock: Clock

  constructor(plan: FaultPlan, clock: Clock) {
    this.#plan = plan
    this.clock = this.#clockOn(clock)
  }

  /** Whether it still does something. */
  get state(): 'alive' | 'dead' | 'frozen' {
    return this.#state
  }

  /** Whether it stood still and goes on now: what it does may come too late. */
  get late(): boolean {
    return this.#thawed
  }

  /** Ends it: nothing that it began goes on. */
  kill(): void {
    this.#state = 'dead'
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** Lets a frozen process go on. */
  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'alive'
    this.#thawed = true
    for (const go of this.#held.splice(0)) go()
  }

  /** Makes a call of this process, with what the plan has for it. */
  async call<T>(target: CallTarget, work: () => Promise<T>): Promise<T> {
    await this.#running()
    const fault = this.#plan.next(target)
    if (fault === 'crash-before') this.kill()
    if (fault === 'zombie') this.#state = 'frozen'
    await this.#running()
    if (fault === 'lost-request') throw new HanseError('the request was lost.', { code: 'LOST_REQUEST', retryable: true })
    if (fault === 'duplicate' && target === 'participant') await work().catch(() => undefined)
    const result = await work().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if (fault === 'crash-after') this.kill()
    await this.#running()
    if (fault === 'lost-reply') throw new HanseError('the answer was lost.', { code: 'LOST_REPLY', retryable: true })
    if ('error' in result) throw result.error
    return result.value
  }

  /** A log whose every call may go wrong. */
  logOn(log: SagaLog): SagaLog {
    const call = <T>(work: () => Promise<T>): Promise<T> => this.call('log', work)
    return {
      start: (...args) => call(() => log.start(...args)),
      append: (...args) => call(() => log.append(...args)),
      head: (...args) => call(() => log.head(...args)),
      read: (...args) => call(() => log.read(...args)),
      announce: (...args) => call(() => log.announce(...args)),
      announced: (...args) => call(() => log.announced(...args)),
      list: (...args) => call(() => log.list(...args)),
      listed: (...args) => call(() => log.listed(...args)),
      beat: (...args) => call(() => log.beat(...args)),
      sessions: (...args) => call(() => log.sessions(...args)),
    }
  }

  async #running(): Promise<void> {
    if (this.#state === 'dead') await new Promise<never>(() => undefined)
    if (this.#state === 'frozen') {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve)
      })
      await this.#running()
    }
  }

  #clockOn(clock: Clock): Clock {
    const own: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, options) =>
        new Promise((resolve, reject) => {
          const signal = options?.signal
          if (signal?.aborted === true) return reject(signal.reason)
          const timer = own.setTimer(ms, resolve)
          signal?.addEventListener('abort', () => {
            timer.cancel()
            reject(signal.reason)
          })
        }),
      setTimer: (ms, callback) => {
        if (this.#state === 'dead') return { cancel: () => undefined }
        const timer = clock.setTimer(ms, () => {
          this.#timers.delete(timer)
          if (this.#state === 'frozen') this.#held.push(callback)
          else callback()
        })
        this.#timers.add(timer)
        return {
          cancel: () => {
            timer.cancel()
            this.#timers.delete(timer)
          },
        }
      },
    }
    return own
  }
}
