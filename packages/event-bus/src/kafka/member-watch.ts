import type { Clock, Timer } from '@hanse/core'

/** What a {@link MemberWatch} works with. */
export interface MemberWatchOptions {
  readonly clock: Clock
  readonly sessionTimeoutMs: number
  /** Told why the client of the member is no good any more. */
  readonly giveUp: (reason: Error) => void
}

const tickMs = 500
/** The last heartbeat before a standstill is at most so old: what a fetch takes when nothing comes, and the distance of two beats. */
const heartbeatAgeMs = 1_000
/** A client is taken for dead after so many sessions without a sign. */
const silentSessions = 5

/** Tells when a member of a group has to begin anew: its client is silent, or its process stood still. */
export class MemberWatch {
  readonly #options: MemberWatchOptions
  /** When the client last gave a sign of life. */
  #seenAt = 0
  /** When a timer of ours last ran. */
  #awakeAt = 0
  #timer: Timer | undefined
  #stopped = false

  constructor(options: MemberWatchOptions) {
    this.#options = options
  }

  /** A client begins to join. */
  start(): void {
    this.seen()
    this.#arm()
  }

  /** The client has fetched or joined. */
  seen(): void {
    this.#seenAt = this.#options.clock.monotonic()
  }

  /** A process that stood still, with all its timers, was taken for dead by its group: what it holds in memory is for others now. */
  confirm(): void {
    const { clock, sessionTimeoutMs, giveUp } = this.#options
    const now = clock.monotonic()
    const stillMs = now - this.#awakeAt
    if (stillMs <= Math.max(sessionTimeoutMs / 2, sessionTimeoutMs - heartbeatAgeMs)) return
    this.#awakeAt = now
    giveUp(new Error(`this process stood still for ${Math.round(stillMs)} ms, longer than its group waits`))
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #arm(): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    if (this.#stopped) return
    this.#awakeAt = clock.monotonic()
    this.#timer = clock.setTimer(
      tickMs,
      () => {
        this.confirm()
        this.#checkSigns()
        this.#arm()
      },
      { keepAlive: false },
    )
  }

  /** A client that has neither fetched nor joined for so long is dead, whatever it says of itself. */
  #checkSigns(): void {
    const { clock, sessionTimeoutMs, giveUp } = this.#options
    const silentMs = clock.monotonic() - this.#seenAt
    if (silentMs > sessionTimeoutMs * silentSessions) giveUp(new Error(`no sign of life for ${Math.round(silentMs)} ms`))
  }
}
