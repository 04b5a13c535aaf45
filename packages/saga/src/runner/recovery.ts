import { HanseError } from '@hanse/core'
import type { OpenSaga, SessionBeat } from '../log/saga-log.ts'
import type { OwnerSession } from './owner-session.ts'
import type { RunnerContext } from './runner-context.ts'
import type { OwnedSaga } from './saga-run.ts'
import { takeOver } from './take-over.ts'

const parallelTakeOvers = 16

/** Takes over what sessions that are gone have left. */
export class Recovery {
  readonly #context: RunnerContext
  readonly #session: OwnerSession
  readonly #resume: (saga: OwnedSaga) => void
  readonly #busy = new Map<string, Promise<void>>()
  readonly #restUntil = new Map<string, number>()

  constructor(context: RunnerContext, session: OwnerSession, resume: (saga: OwnedSaga) => void) {
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
    try {
      let left = 0
      for (let bucket = gone.low; bucket <= gone.high && !closing.aborted; bucket++) {
        left += await this.#recoverAll(await log.announced(gone.session, bucket), gone.session)
      }
      if (closing.aborted) return
      if (left === 0) await log.beat({ ...gone, state: 'recovered' })
      else this.#restUntil.set(gone.session, clock.monotonic() + leaseMs)
    } catch (error) {
      if (closing.aborted || HanseError.hasCode(error, 'CLOSED')) return
      logger.warn({ session: gone.session, error: String(error) }, 'taking over the sagas of a session failed; it is tried again')
    }
  }

  /** How many sagas have to wait for another orchestrator. */
  async #recoverAll(sagas: readonly OpenSaga[], from: string): Promise<number> {
    const queue = [...sagas]
    let left = 0
    const work = async (): Promise<void> => {
      for (let saga = queue.shift(); saga !== undefined && !this.#context.closing.aborted; saga = queue.shift()) {
        const outcome = await takeOver(this.#context, this.#session, saga.id, from)
        if (outcome.kind === 'taken') this.#resume(outcome.saga)
        if (outcome.kind === 'left') left++
      }
    }
    await Promise.all(Array.from({ length: Math.min(parallelTakeOvers, queue.length) }, work))
    return left
  }
}
