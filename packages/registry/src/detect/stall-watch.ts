import type { Clock, Timer } from '@hanse/core'

const tickMs = 200
const lateMs = 250
const holdMs = 1_000

/** Notices when this process itself stood still: its own event loop blocked, the process stopped, the machine asleep. */
export class StallWatch {
  readonly #clock: Clock
  #timer: Timer | undefined
  #expectedMs = 0
  #stalledAtMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(): void {
    this.#stalledAtMs = Number.NEGATIVE_INFINITY
    this.#arm()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Whether time-outs that end now may be our own fault. */
  get stalled(): boolean {
    const now = this.#clock.monotonic()
    // Timers fire in any order after a standstill: the overdue tick tells before it has run.
    return now - this.#stalledAtMs < holdMs || (this.#timer !== undefined && now - this.#expectedMs > lateMs)
  }

  #arm(): void {
    this.#expectedMs = this.#clock.monotonic() + tickMs
    this.#timer = this.#clock.setTimer(tickMs, () => this.#tick(), { keepAlive: false })
  }

  #tick(): void {
    const now = this.#clock.monotonic()
    if (now - this.#expectedMs > lateMs) this.#stalledAtMs = now
    this.#arm()
  }
}
