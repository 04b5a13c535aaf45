import { HanseError } from '@hanse/core'
import type { SagaGraph } from '../definition/saga-graph.ts'
import type { Json } from '../definition/stored.ts'
import type { Append, LoggedHistory, SagaHead, SagaOrigin } from '../log/saga-log.ts'
import { decide } from '../machine/decide.ts'
import type { Observation } from '../machine/decide.ts'
import type { SagaEvent } from '../machine/saga-event.ts'
import { isEnded } from '../machine/saga-state.ts'
import type { SagaState } from '../machine/saga-state.ts'
import { effectsOf, transition } from '../machine/transition.ts'
import type { SagaEffect } from '../machine/transition.ts'
import { appendSettled } from './append-settled.ts'
import { performAttempt } from './perform-attempt.ts'
import { replay } from './replay.ts'
import type { RunnerContext } from './runner-context.ts'

/** A saga that this process owns. */
export interface OwnedSaga {
  readonly origin: SagaOrigin
  readonly graph: SagaGraph
  readonly head: SagaHead
  readonly state: SagaState
  /** Whether its rows were made to live for ever, which the end must take back. */
  readonly pinned: boolean
}

type Call = Extract<SagaEffect, { kind: 'run' | 'undo' }>

const stopped = Symbol('the orchestrator stops')
const cancelled = new HanseError('the saga was cancelled.', { code: 'SAGA_CANCELLED' })

/**
 * Brings one saga forward: performs what its state asks for, writes what came of it, and so on until it ends, is lost or stopped.
 * The state in memory is the log's as long as this process owns the saga; every write proves that it still does.
 */
export class SagaRun {
  readonly origin: SagaOrigin
  readonly #context: RunnerContext
  readonly #graph: SagaGraph
  readonly #input: Json
  readonly #abandon = new AbortController()
  #head: SagaHead
  #state: SagaState
  #pinned: boolean
  #renewedAt: number
  #interrupt: AbortController | undefined
  #stopping = false
  #waiting = false
  #writing: Promise<unknown> = Promise.resolve()
  /** Settles when nothing more happens here. */
  readonly finished: Promise<void>

  constructor(context: RunnerContext, saga: OwnedSaga) {
    this.#context = context
    this.origin = saga.origin
    this.#graph = saga.graph
    this.#head = saga.head
    this.#state = saga.state
    this.#pinned = saga.pinned
    this.#renewedAt = saga.origin.startedAt
    this.#input = JSON.parse(saga.origin.input) as Json
    this.finished = this.#drive()
  }

  /** The head as this process last wrote it. */
  get head(): SagaHead {
    return this.#head
  }

  /** Lets the attempt in flight end and be written, and does nothing more. */
  stop(): void {
    this.#stopping = true
    if (this.#interrupt?.signal.aborted === false && this.#waiting) this.#interrupt.abort(stopped)
  }

  /** Gives everything up at once; whoever takes the saga over repeats what was in flight. */
  abandon(): void {
    this.#stopping = true
    this.#abandon.abort(stopped)
    this.#interrupt?.abort(stopped)
  }

  /**
   * Asks for the way back.
   * @throws HanseError `SAGA_ILLEGAL_EVENT` when the saga cannot be cancelled any more
   */
  async cancel(reason: string): Promise<boolean> {
    const written = await this.#commit(() => ({ kind: 'cancel-requested', reason, at: this.#context.clock.now() }))
    if (written) this.#interrupt?.abort(cancelled)
    return written
  }

  async #drive(): Promise<void> {
    const { logger, clock, leaseMs } = this.#context
    const { signal } = this.#abandon
    for (let faults = 0; ; faults++) {
      try {
        if (faults > 0) await this.#readAgain()
        return await this.#proceed()
      } catch (error) {
        if (signal.aborted || this.#stopping || HanseError.hasCode(error, 'CLOSED')) return
        logger.error({ sagaId: this.origin.id, saga: this.origin.name, faults, error }, 'a saga met a fault; it is read again and goes on')
        await clock.sleep(leaseMs / 4, { signal }).catch(() => undefined)
      }
    }
  }

  async #proceed(): Promise<void> {
    while (!this.#stopping) {
      const effect = effectsOf(this.#state)[0]
      if (effect === undefined || effect.kind === 'end') return
      const observed = await this.#perform(effect)
      if (observed === undefined || !(await this.#commit((state) => this.#eventOf(state, effect, observed)))) return
    }
  }

  /** Starts from the log again: what is in memory may lag behind it. */
  async #readAgain(): Promise<void> {
    const history = await this.#context.log.read(this.origin.id, -1)
    if (history === undefined || history.head.epoch !== this.#head.epoch) return void this.#lost(history?.head)
    this.#state = replay(this.#graph.nodes, history.events)
    this.#head = history.head
  }

  #eventOf(state: SagaState, effect: Call, observed: Observation): SagaEvent {
    const { clock, random } = this.#context
    return decide(this.#graph.nodes, state, effect, observed, { at: clock.now(), chance: random() })
  }

  /** Waits until the attempt is due and makes it; `undefined` when the run is stopped meanwhile. */
  async #perform(effect: Call): Promise<Observation | undefined> {
    const node = this.#graph.nodes[effect.index]
    if (node === undefined) throw new RangeError(`no step ${effect.index}`)
    const interrupt = new AbortController()
    this.#interrupt = interrupt
    const { clock } = this.#context
    try {
      const longest = (effect.kind === 'run' ? node.retry : node.undoRetry).backoff.maxMs
      // Another machine's clock may have written the time: never wait longer than the policy would.
      const wait = Math.min(effect.notBefore - clock.now(), longest)
      if (wait > 0) await this.#wait(wait, interrupt.signal)
      const observed = await performAttempt({
        origin: this.origin,
        node,
        direction: effect.kind,
        attempt: effect.attempt,
        input: this.#input,
        results: this.#results(effect.index),
        result: this.#state.steps[effect.index]?.result,
        signal: interrupt.signal,
        clock,
      })
      return interrupt.signal.reason === stopped && observed.kind === 'failed' ? undefined : observed
    } catch (reason) {
      if (reason === cancelled) return { kind: 'failed', error: { message: cancelled.message }, rejected: false }
      return undefined
    } finally {
      this.#interrupt = undefined
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#waiting = true
    try {
      await this.#context.clock.sleep(ms, { signal })
    } finally {
      this.#waiting = false
    }
  }

  #results(before: number): Record<string, Json | undefined> {
    const results: Record<string, Json | undefined> = {}
    for (let index = 0; index < before; index++) {
      const name = this.#graph.nodes[index]?.name
      if (name !== undefined) results[name] = this.#state.steps[index]?.result
    }
    return results
  }

  /** Writes one event after another; `false` when the saga has another owner by now. */
  #commit(make: (state: SagaState) => SagaEvent): Promise<boolean> {
    const written = this.#writing.then(() => this.#write(make))
    this.#writing = written.catch(() => undefined)
    return written
  }

  async #write(make: (state: SagaState) => SagaEvent): Promise<boolean> {
    for (;;) {
      const event = make(this.#state)
      const { state } = transition(this.#graph.nodes, this.#state, event)
      const append = await this.#appendOf(event, state)
      const result = await appendSettled(this.#context, append, this.#abandon.signal)
      if (result.applied) {
        this.#state = state
        this.#head = append.head
        this.#context.news.tell(this.origin.id)
        return true
      }
      if (result.current === undefined || result.current.head.epoch !== this.#head.epoch) return this.#lost(result.current?.head)
      await this.#catchUp()
    }
  }

  async #appendOf(event: SagaEvent, state: SagaState): Promise<Append> {
    const { id, name, startedAt } = this.origin
    const { clock, log, retentionMs } = this.#context
    const stuck = state.status === 'needs-attention'
    const head: SagaHead = { ...this.#head, seq: this.#head.seq + 1, status: state.status, reason: state.attention ?? state.reason }
    const append: Append = {
      id,
      expected: { seq: this.#head.seq, epoch: this.#head.epoch },
      head,
      event,
      writer: this.#head.owner,
      life: stuck || (this.#pinned && !isEnded(state.status)) ? 'forever' : 'retained',
    }
    const old = clock.now() - this.#renewedAt > retentionMs / 2
    if (!stuck && !old && !(this.#pinned && isEnded(state.status))) return append
    if (stuck) await log.list('attention', { name, id, startedAt })
    const history = await log.read(id, -1)
    this.#renewedAt = clock.now()
    this.#pinned = stuck
    return history === undefined ? append : { ...append, renew: upTo(history, this.#head.seq) }
  }

  /** Another process wrote a command: takes its events in. */
  async #catchUp(): Promise<void> {
    const history = await this.#context.log.read(this.origin.id, this.#head.seq)
    if (history === undefined) return
    for (const { event } of history.events) this.#state = transition(this.#graph.nodes, this.#state, event).state
    this.#head = history.head
  }

  #lost(head: SagaHead | undefined): false {
    this.#context.logger.info({ sagaId: this.origin.id, owner: head?.owner }, 'another orchestrator has taken the saga over')
    this.#stopping = true
    return false
  }
}

function upTo(history: LoggedHistory, seq: number): LoggedHistory {
  return { ...history, events: history.events.filter((row) => row.seq <= seq) }
}
