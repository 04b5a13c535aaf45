import type { GenerateId, Timer } from '@hanse/core'
import type { SessionBeat } from '../log/saga-log.ts'
import { judgeSessions } from './judge-sessions.ts'
import type { Sighting } from './judge-sessions.ts'
import { OpenLedger } from './open-ledger.ts'
import type { RunnerContext } from './runner-context.ts'

/** What a session tells its orchestrator. */
export interface SessionHooks {
  /** The lease ran out before a life sign got through: others may own what we owned. A new session has begun. */
  lost(): void
  /** A session is gone; its sagas are free to take. */
  gone(session: SessionBeat): void
  readonly generateId: GenerateId
}

const beatsPerLease = 4
const bucketBeats = 8
const bucketSize = 5_000
const bucketsBeforeRefiling = 30

/**
 * This process as an owner of sagas: gives life signs, watches those of others, and announces what it is about to own.
 * A session that could not give a sign for a whole lease never comes back; the process goes on under a new one.
 */
export class OwnerSession {
  readonly #context: RunnerContext
  readonly #hooks: SessionHooks
  #id: string
  #beat = 0
  #ledger = new OpenLedger()
  #names = new Map<string, string>()
  #confirmedAt = 0
  #lastTickAt = 0
  #beatsInBucket = 0
  #sightings: ReadonlyMap<string, Sighting> = new Map()
  #timer: Timer | undefined
  #ticking: Promise<void> | undefined
  #closed = false

  constructor(context: RunnerContext, hooks: SessionHooks) {
    this.#context = context
    this.#hooks = hooks
    this.#id = hooks.generateId()
  }

  /** The present session. */
  get id(): string {
    return this.#id
  }

  /** Gives the first sign. */
  async start(): Promise<void> {
    this.#confirmedAt = this.#context.clock.monotonic()
    await this.#sign('live', this.#ledger.high)
    this.#lastTickAt = this.#confirmedAt
    await this.#observe()
    this.#schedule()
  }

  /**
   * Says that this session is about to own a saga; await it before the write that makes it so.
   * @returns the session that will own it
   */
  async announce(id: string, name: string): Promise<string> {
    await this.#ensureLease()
    const session = this.#id
    const ledger = this.#ledger
    const bucket = ledger.high
    ledger.add(id, bucket)
    this.#names.set(id, name)
    await this.#context.log.announce(session, bucket, { id, name })
    return session
  }

  /** The saga has ended or belongs to another. */
  release(id: string): void {
    this.#ledger.remove(id)
    this.#names.delete(id)
  }

  /** Stops the signs and says goodbye, so that others take over at once what is still open. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#ticking
    if (this.#beat > 0) await this.#sign('left', this.#ledger.high)
  }

  async #ensureLease(): Promise<void> {
    if (this.#context.clock.monotonic() - this.#confirmedAt <= this.#context.leaseMs) return
    await this.#tick()
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = this.#context.clock.setTimer(this.#context.leaseMs / beatsPerLease, () => {
      void this.#tick().finally(() => this.#schedule())
    })
  }

  /** One tick at a time. Never rejects. */
  #tick(): Promise<void> {
    this.#ticking ??= this.#beatAndObserve().finally(() => {
      this.#ticking = undefined
    })
    return this.#ticking
  }

  async #beatAndObserve(): Promise<void> {
    const { clock, leaseMs, logger } = this.#context
    try {
      const now = clock.monotonic()
      if (now - this.#confirmedAt > leaseMs) this.#renew()
      // A stalled observer saw no beats because it did not look: it accuses nobody.
      if (now - this.#lastTickAt > leaseMs / 2) this.#sightings = new Map()
      this.#lastTickAt = now
      const high = this.#nextBucket()
      await this.#sign('live', high)
      if (high !== this.#ledger.high) {
        this.#ledger.advance(high)
        this.#beatsInBucket = 0
      }
      await this.#refile()
      await this.#observe()
    } catch (error) {
      logger.warn({ session: this.#id, error: String(error) }, 'a life sign of the saga orchestrator did not get through')
    }
  }

  #renew(): void {
    this.#context.logger.warn({ session: this.#id }, 'the lease of the saga orchestrator ran out; its sagas are given up and resumed by whoever sees it first')
    this.#id = this.#hooks.generateId()
    this.#beat = 0
    this.#ledger = new OpenLedger()
    this.#names = new Map()
    this.#hooks.lost()
  }

  async #sign(state: SessionBeat['state'], high: number): Promise<void> {
    const sentAt = this.#context.clock.monotonic()
    this.#beat++
    await this.#context.log.beat({ session: this.#id, beat: this.#beat, low: this.#ledger.low, high, state })
    this.#confirmedAt = sentAt
  }

  #nextBucket(): number {
    const { high, announcedInHigh } = this.#ledger
    this.#beatsInBucket++
    const full = announcedInHigh >= bucketSize || (announcedInHigh > 0 && this.#beatsInBucket >= bucketBeats)
    return full ? high + 1 : high
  }

  /** Long sagas are announced again from time to time, so that the first open bucket moves on and announcements may end by themselves. */
  async #refile(): Promise<void> {
    const session = this.#id
    const ledger = this.#ledger
    for (const id of ledger.olderThan(ledger.high - bucketsBeforeRefiling)) {
      const name = this.#names.get(id)
      if (name === undefined) continue
      const bucket = ledger.high
      await this.#context.log.announce(session, bucket, { id, name })
      if (this.#names.has(id)) ledger.add(id, bucket)
    }
  }

  async #observe(): Promise<void> {
    const { log, clock, leaseMs } = this.#context
    const signs = await log.sessions()
    const { sightings, gone } = judgeSessions(this.#sightings, signs, this.#id, clock.monotonic(), leaseMs)
    this.#sightings = sightings
    if (!this.#closed) for (const session of gone) this.#hooks.gone(session)
  }
}
