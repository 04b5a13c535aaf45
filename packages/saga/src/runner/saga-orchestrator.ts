import { HanseError, createLifecycle, invalidArgument, raceAbort } from '@hanse/core'
import type { AbortOptions, Closable, Lifecycle } from '@hanse/core'
import type { Saga, SagaInput } from '../definition/define-saga.ts'
import type { SagaHead, SagaLog, SagaOrigin } from '../log/saga-log.ts'
import { createTableLog } from '../log/table-log.ts'
import { isEnded, initialState } from '../machine/saga-state.ts'
import { cancelForeign, demandSaga, notCancellable, repair } from '../operator/commands.ts'
import type { Repair } from '../operator/commands.ts'
import { listSagas } from '../operator/list-sagas.ts'
import type { ListOptions, SagaPage } from '../operator/list-sagas.ts'
import { toSnapshot } from '../operator/saga-snapshot.ts'
import type { SagaHistoryEntry, SagaOutcome, SagaSnapshot } from '../operator/saga-snapshot.ts'
import { awaitOutcome, followHistory } from './follow-saga.ts'
import { GraphRegistry } from './graph-registry.ts'
import { resolveSettings } from './orchestrator-options.ts'
import type { OrchestratorSettings, ResolvedSettings, SagaOrchestratorOptions } from './orchestrator-options.ts'
import { OwnerSession } from './owner-session.ts'
import { Recovery } from './recovery.ts'
import type { RunnerContext } from './runner-context.ts'
import { SagaNews } from './saga-news.ts'
import { SagaRun } from './saga-run.ts'
import type { OwnedSaga } from './saga-run.ts'
import { checkSameStart, toOrigin } from './start-request.ts'
import type { StartOptions } from './start-request.ts'
import { takeOver } from './take-over.ts'

const looksForLateStart = 4

/** The names of registered sagas. */
export type SagaName<Sagas extends readonly Saga[]> = Sagas[number]['name']

/** What `startSaga` takes for a name. */
export type InputOf<Sagas extends readonly Saga[], Name extends string> = SagaInput<Extract<Sagas[number], { readonly name: Name }>>

/** The answer of `startSaga`. */
export interface StartedSaga {
  /** The saga's id: 36 characters, a UUID; the same for the same name and key. */
  readonly id: string
  /** Whether this call started it; `false` when the key was known. */
  readonly created: boolean
}

/** Why an operator steps in; kept in the history. */
export interface RepairOptions {
  /** For those who read the history later. */
  readonly reason: string
}

/** Runs sagas, and answers questions about them. All methods but `start` and `close` need a started orchestrator. */
export interface SagaOrchestrator<Sagas extends readonly Saga[] = readonly Saga[]> extends Closable {
  /** Prepares the tables, gives the first life sign, and begins to take over what dead orchestrators left. */
  start(options?: AbortOptions): Promise<void>
  /**
   * Starts a saga, or finds the one that the key started. When it resolves the start is durable; steps run in the background.
   *
   * @throws HanseError `NOT_STARTED`, `CLOSED`, `SAGA_UNKNOWN` for a name that is not registered, `VALIDATION_FAILED` for input that the schema
   * refuses, `SAGA_KEY_CONFLICT` for a known key with another input; or the store's error: then the outcome is unknown, and the same call with
   * the same key is safe to repeat.
   */
  startSaga<Name extends SagaName<Sagas>>(name: Name, data: InputOf<Sagas, Name>, options?: StartOptions): Promise<StartedSaga>
  /**
   * Waits for the end, whichever process brings it about.
   * @throws HanseError `SAGA_UNKNOWN`, `CLOSED`; the signal's reason
   */
  outcome(id: string, options?: AbortOptions): Promise<SagaOutcome>
  /** The saga as it stands, or `undefined`. */
  get(id: string, options?: AbortOptions): Promise<SagaSnapshot | undefined>
  /**
   * Everything that happened to the saga, in order, each attempt with its error.
   * @throws HanseError `SAGA_UNKNOWN`
   */
  history(id: string, options?: AbortOptions): Promise<readonly SagaHistoryEntry[]>
  /**
   * Past and coming history entries until the saga ends or needs attention, whichever process owns it. `after` leaves out entries up to a number,
   * for clients that come back.
   * @throws HanseError `SAGA_UNKNOWN`, `CLOSED`; the signal's reason
   */
  watch(id: string, options?: AbortOptions & { readonly after?: number }): AsyncIterable<SagaHistoryEntry>
  /** Sagas, the newest first. A page may have fewer than `limit` and still a `next`. */
  list(options?: ListOptions<SagaName<Sagas>>): Promise<SagaPage>
  /**
   * Sends a saga back that has not reached its pivot. What is in flight is aborted and undone, too. Cancelling twice is the same as once.
   * A saga that another process owns goes back at its next write.
   * @throws HanseError `SAGA_NOT_CANCELLABLE`, `SAGA_UNKNOWN`, `SAGA_VERSION_MISSING`, `SAGA_BUSY`
   */
  cancel(id: string, options?: { readonly reason?: string }): Promise<void>
  /**
   * Tries the stuck step of a saga in `needs-attention` again, with a fresh budget.
   * @throws HanseError `SAGA_NOT_STUCK`, `SAGA_UNKNOWN`, `SAGA_VERSION_MISSING`, `SAGA_BUSY`
   */
  retryStep(id: string, options: RepairOptions): Promise<void>
  /**
   * Takes the stuck step for done (on the way back: for undone) and goes on. `result` stands for what `run` would have returned.
   * @throws HanseError as {@link SagaOrchestrator.retryStep}
   */
  skipStep(id: string, options: RepairOptions & { readonly result?: unknown }): Promise<void>
  /**
   * Ends a saga in `needs-attention` as it is; people have put right what was wrong.
   * @throws HanseError as {@link SagaOrchestrator.retryStep}
   */
  resolve(id: string, options: RepairOptions & { readonly as: 'completed' | 'undone' }): Promise<void>
}

/**
 * Makes an orchestrator. Creation does no I/O; `start()` begins. Any number of orchestrators may share one store; each saga has one owner at a time.
 *
 * @example
 * ```ts
 * const sagas = createSagaOrchestrator({ store: db, sagas: [orderProcessing] })
 * await sagas.start()
 * const { id } = await sagas.startSaga('order_processing', order, { key: order.id })
 * const { status } = await sagas.outcome(id)
 * ```
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createSagaOrchestrator<const Sagas extends readonly Saga[]>(options: SagaOrchestratorOptions<Sagas>): SagaOrchestrator<Sagas> {
  const { store, sagas, ...settings } = options
  if (typeof store?.extend !== 'function') throw invalidArgument("option 'store' of createSagaOrchestrator", 'a database of @hanse/data', store)
  const { retentionSeconds } = resolveSettings(settings)
  const log = createTableLog({ store, retentionSeconds: Number.isFinite(retentionSeconds) ? retentionSeconds : undefined })
  return createOrchestratorOn(log, sagas, settings)
}

/** An orchestrator over any log; simulations bring their own. */
export function createOrchestratorOn<const Sagas extends readonly Saga[]>(log: SagaLog, sagas: Sagas, settings: OrchestratorSettings): SagaOrchestrator<Sagas> {
  return new Orchestrator(log, sagas, resolveSettings(settings))
}

class Orchestrator<Sagas extends readonly Saga[]> implements SagaOrchestrator<Sagas> {
  readonly #context: RunnerContext
  readonly #settings: ResolvedSettings
  readonly #session: OwnerSession
  readonly #recovery: Recovery
  readonly #runs = new Map<string, SagaRun>()
  readonly #starts = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()
  readonly #lifecycle: Lifecycle

  constructor(log: SagaLog, sagas: Sagas, settings: ResolvedSettings) {
    const { clock, random, logger, leaseMs, pollMs, retentionSeconds } = settings
    this.#settings = settings
    const graphs = new GraphRegistry(sagas)
    const retentionMs = retentionSeconds * 1_000
    this.#context = { log, graphs, news: new SagaNews(), clock, random, logger, leaseMs, pollMs, retentionMs, closing: this.#closing.signal }
    this.#session = new OwnerSession(this.#context, {
      generateId: settings.generateId,
      lost: () => this.#abandonAll(),
      gone: (session) => this.#recovery.begin(session),
    })
    this.#recovery = new Recovery(this.#context, this.#session, (saga) => this.#own(saga))
    this.#lifecycle = createLifecycle({
      subject: 'the saga orchestrator',
      start: () => this.#session.start(),
      stop: (options) => this.#stop(options),
    })
  }

  async start(options?: AbortOptions): Promise<void> {
    await this.#lifecycle.start(options)
  }

  async close(options?: AbortOptions): Promise<void> {
    await this.#lifecycle.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async startSaga<Name extends SagaName<Sagas>>(name: Name, data: InputOf<Sagas, Name>, options: StartOptions = {}): Promise<StartedSaga> {
    this.#lifecycle.assertStarted()
    const start = this.#start(name, data, options)
    this.#starts.add(start)
    return start.finally(() => this.#starts.delete(start))
  }

  async #start(name: string, data: unknown, options: StartOptions): Promise<StartedSaga> {
    const { log, graphs, clock } = this.#context
    const origin = await toOrigin(graphs.newest(name), data, options, clock.now(), this.#settings.generateId)
    const { id, startedAt } = origin
    const running = this.#runs.get(id)
    if (running !== undefined) {
      checkSameStart(origin, { origin: running.origin, head: running.head })
      return { id, created: false }
    }
    const [owner] = await Promise.all([this.#session.announce(id, name), log.list('all', { name, id, startedAt })])
    const head: SagaHead = { status: 'running', seq: 0, epoch: 1, owner, reason: undefined }
    const result = await this.#insert(origin, head, options)
    if (result.applied) {
      await this.#adopt(origin, head)
      return { id, created: true }
    }
    if (this.#runs.get(id) === undefined) this.#session.release(id)
    if (result.current !== undefined) {
      // An earlier call of ours got no answer, yet was heard.
      if (result.current.head.seq === 0 && result.current.head.owner === owner) await this.#adopt(result.current.origin, result.current.head)
      checkSameStart(origin, result.current)
      await this.#ensureOwner(id, result.current.head)
    }
    return { id, created: false }
  }

  outcome(id: string, options: AbortOptions = {}): Promise<SagaOutcome> {
    return this.#started(() => awaitOutcome(this.#context, id, options))
  }

  get(id: string, options: AbortOptions = {}): Promise<SagaSnapshot | undefined> {
    return this.#started(async () => {
      const history = await this.#context.log.read(id, -1, options)
      return history === undefined ? undefined : toSnapshot(this.#context.graphs, history)
    })
  }

  history(id: string): Promise<readonly SagaHistoryEntry[]> {
    return this.#started(async () => (await demandSaga(this.#context, id)).events.map(({ seq, event }) => ({ seq, ...event })))
  }

  watch(id: string, options: AbortOptions & { readonly after?: number } = {}): AsyncIterable<SagaHistoryEntry> {
    this.#lifecycle.assertStarted()
    return followHistory(this.#context, id, options.after ?? -1, options)
  }

  list(options: ListOptions<SagaName<Sagas>> = {}): Promise<SagaPage> {
    return this.#started(() => listSagas(this.#context, options))
  }

  cancel(id: string, options: { readonly reason?: string } = {}): Promise<void> {
    const reason = options.reason ?? 'cancelled'
    return this.#started(async () => {
      const run = this.#runs.get(id)
      try {
        if (run !== undefined && (await run.cancel(reason))) return
      } catch (error) {
        if (HanseError.hasCode(error, 'SAGA_ILLEGAL_EVENT')) throw notCancellable(id, 'it has reached its pivot, goes back already, or has ended')
        throw error
      }
      await cancelForeign(this.#context, this.#session.id, id, reason)
    })
  }

  retryStep(id: string, options: RepairOptions): Promise<void> {
    return this.#repair(id, { kind: 'step-retried', reason: options.reason })
  }

  skipStep(id: string, options: RepairOptions & { readonly result?: unknown }): Promise<void> {
    return this.#repair(id, { kind: 'step-skipped', reason: options.reason, result: options.result })
  }

  resolve(id: string, options: RepairOptions & { readonly as: 'completed' | 'undone' }): Promise<void> {
    return this.#repair(id, { kind: 'resolved', reason: options.reason, as: options.as })
  }

  #repair(id: string, wanted: Repair): Promise<void> {
    return this.#started(async () => {
      if (typeof wanted.reason !== 'string' || wanted.reason === '')
        throw invalidArgument("option 'reason' of an operator's command", 'a text that says why', wanted.reason)
      await this.#runs.get(id)?.finished
      void this.#own(await repair(this.#context, this.#session, id, wanted))
    })
  }

  async #started<T>(work: () => Promise<T>): Promise<T> {
    this.#lifecycle.assertStarted()
    return work()
  }

  /** Inserts; when no answer comes, goes on asking in the background, because a saga that was started must not be forgotten. */
  async #insert(origin: SagaOrigin, head: SagaHead, options: AbortOptions) {
    try {
      return await this.#context.log.start(origin, head, options)
    } catch (error) {
      void this.#settleStart(origin, head)
      throw error
    }
  }

  async #settleStart(origin: SagaOrigin, head: SagaHead): Promise<void> {
    const { log, clock, closing, leaseMs } = this.#context
    for (let looks = 0; looks < looksForLateStart && !closing.aborted;) {
      try {
        const found = await log.head(origin.id)
        if (found !== undefined) return found.head.owner === head.owner && found.head.seq === 0 ? await this.#adopt(found.origin, found.head) : undefined
        looks++
      } catch {
        // The store is still away: a look without an answer does not count.
      }
      await clock.sleep(leaseMs / 4, { signal: closing }).catch(() => undefined)
    }
    if (!closing.aborted) this.#session.release(origin.id)
  }

  /** Runs what was just started; when our session has changed meanwhile, takes it over from ourselves, because nobody else may look there any more. */
  async #adopt(origin: SagaOrigin, head: SagaHead): Promise<void> {
    const { graph } = this.#context.graphs.demand(origin)
    if (head.owner === this.#session.id) return void this.#own({ origin, graph, head, state: initialState(graph.nodes), pinned: false })
    const outcome = await takeOver(this.#context, this.#session, origin.id, head.owner)
    if (outcome.kind === 'taken') void this.#own(outcome.saga)
  }

  /** A saga whose start landed after its owner was dead and looked after is in nobody's hands: whoever asks for it again takes it. */
  async #ensureOwner(id: string, head: SagaHead): Promise<void> {
    if (isEnded(head.status) || head.owner === this.#session.id) return
    const sessions = await this.#context.log.sessions()
    if (sessions.some(({ session, state }) => session === head.owner && state !== 'recovered')) return
    const outcome = await takeOver(this.#context, this.#session, id, head.owner)
    if (outcome.kind === 'taken') void this.#own(outcome.saga)
  }

  /** Runs a saga that is ours; resolves when nothing more happens here. */
  #own(saga: OwnedSaga): Promise<void> {
    const { id } = saga.origin
    // A closing orchestrator, or one whose session has changed meanwhile, leaves the saga to whoever finds it by its announcement.
    if (this.#closing.signal.aborted || saga.head.owner !== this.#session.id || this.#runs.has(id)) return Promise.resolve()
    if (isEnded(saga.state.status)) {
      this.#session.release(id)
      return Promise.resolve()
    }
    const run = new SagaRun(this.#context, saga)
    this.#runs.set(id, run)
    return run.finished.then(() => {
      if (this.#runs.get(id) === run) this.#runs.delete(id)
      if (isEnded(run.head.status)) this.#session.release(id)
    })
  }

  /** Runs of a lost session are given up; their announcements stay with that session, under which they will be found. */
  #abandonAll(): void {
    for (const run of this.#runs.values()) run.abandon()
    this.#runs.clear()
  }

  async #stop(options: AbortOptions): Promise<void> {
    this.#closing.abort(new HanseError('the saga orchestrator is closed.', { code: 'CLOSED' }))
    const runs = [...this.#runs.values()]
    for (const run of runs) run.stop()
    const drained = Promise.all(runs.map((run) => run.finished))
    await raceAbort(drained, options.signal).catch(() => {
      for (const run of runs) run.abandon()
    })
    // A start that is acknowledged after the goodbye would be found by nobody.
    await raceAbort(Promise.allSettled(this.#starts), options.signal).catch(() => undefined)
    await this.#recovery.settled()
    await this.#session.close().catch((error: unknown) => {
      this.#context.logger.warn({ error: String(error) }, 'the goodbye of the saga orchestrator did not get through; others will wait for the lease')
    })
  }
}
