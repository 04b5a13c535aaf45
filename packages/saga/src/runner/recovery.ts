import { HanseError } from '@hanse/core'
import type { OpenSaga, SessionBeat } from '../log/saga-log.ts'
import type { OwnerSession } from './owner-session.ts'
import type { RunnerContext } from './runner-context.ts'
import type { OwnedSaga } from './saga-run.ts'
import { takeOver } from './take-over.ts'

/** So many sagas of the dead are brought forward at once; further ones stay free for others to take. */
const resumedAtOnce = 64
/** A start that was sent before its sender died may land late: so many leases long a session with missing sagas is looked at again. */
const leasesForLateStart = 5

/** Takes over what sessions that are gone have left. */
export class Recovery {
  readonly #context: RunnerContext
  readonly #session: OwnerSession
  readonly #resume: (saga: OwnedSaga) => Promise<void>
  readonly #busy = new Map<string, Promise<void>>()
  readonly #restUntil = new Map<string, number>()
  readonly #goneSince = new Map<string, number>()

  constructor(context: RunnerContext, session: OwnerSession, resume: (saga: OwnedSaga) => Promise<void>) {
    this.#context = context
    this.#session = session
    this.#resume = resume
  }

  /** Begins, unless it is at it, or has just found that nothing can be done. */
  begin(gone: SessionBeat): void {
    const { session } = gone
    const { clock, closing } = this.#context
    if (closing.aborted || this.#busy.has(session) || clock.monotonic() < (this.#restUntil.get(session) ?? 0)) return
    this.#busy.set(
      session,
      this.#recover(gone).finally(() => this.#busy.delete(session)),
    )
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#busy.values())
  }

  async #recover(gone: SessionBeat): Promise<void> {
    const { log, clock, logger, leaseMs, closing } = this.#context
    const { session } = gone
    const since = this.#goneSince.get(session) ?? clock.monotonic()
    this.#goneSince.set(session, since)
    try {
      const open = { left: 0, missing: 0 }
      for (let bucket = gone.low; bucket <= gone.high && !closing.aborted; bucket++) {
        const { left, missing } = await this.#recoverAll(await log.announced(session, bucket), session)
        open.left += left
        open.missing += missing
      }
      if (closing.aborted) return
      const mayComeLate = open.missing > 0 && clock.monotonic() - since < leaseMs * leasesForLateStart
      if (open.left > 0 || mayComeLate) this.#restUntil.set(session, clock.monotonic() + leaseMs)
      else await log.beat({ ...gone, state: 'recovered' })
    } catch (error) {
      if (closing.aborted || HanseError.hasCode(error, 'CLOSED')) return
      logger.warn({ session: gone.session, error: String(error) }, 'taking over the sagas of a session failed; it is tried again')
    }
  }

  /** How many sagas have to wait for another orchestrator, and how many were announced and are not there. */
  async #recoverAll(sagas: readonly OpenSaga[], from: string): Promise<{ readonly left: number; readonly missing: number }> {
    const queue = [...sagas]
    const open = { left: 0, missing: 0 }
    const work = async (): Promise<void> => {
      for (let saga = queue.shift(); saga !== undefined && !this.#context.closing.aborted; saga = queue.shift()) {
        const outcome = await takeOver(this.#context, this.#session, saga.id, from)
        if (outcome.kind === 'taken') await this.#paced(this.#resume(outcome.saga), queue.length)
        else if (outcome.kind !== 'settled') open[outcome.kind]++
      }
    }
    await Promise.all(Array.from({ length: Math.min(resumedAtOnce, queue.length) }, work))
    return open
  }

  /** Waits for the end of a resumed saga before the next is taken, but not for one that itself waits. */
  async #paced(finished: Promise<void>, waiting: number): Promise<void> {
    if (waiting === 0) return
    const { clock, leaseMs } = this.#context
    const enough = new AbortController()
    const pause = clock.sleep(leaseMs / 4, { signal: enough.signal }).catch(() => undefined)
    await Promise.race([finished, pause])
    enough.abort()
  }
}
