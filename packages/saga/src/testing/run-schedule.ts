import { createIdGenerator } from '@hanse/core'
import type { Random } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import type { ManualClock } from '@hanse/core/testing'
import type { Saga } from '../definition/define-saga.ts'
import type { LoggedHistory, SagaLog } from '../log/saga-log.ts'
import { isEnded } from '../machine/saga-state.ts'
import type { SagaOutcome } from '../operator/saga-snapshot.ts'
import { createOrchestratorOn } from '../runner/saga-orchestrator.ts'
import { sagaId } from '../runner/start-request.ts'
import { brokenPromise, tracedGraph } from './call-trace.ts'
import type { TracedCall } from './call-trace.ts'
import type { CallTarget, PlannedFault } from './fault-schedule.ts'
import { MemoryLog } from './memory-log.ts'
import { FaultPlan, SimulatedProcess } from './simulated-process.ts'

/** One run. */
export interface ScheduleOptions {
  readonly input: unknown
  readonly schedule: readonly PlannedFault[]
  readonly random: Random
  /** Puts something between the orchestrators and the log. */
  readonly wrapLog?: (log: SagaLog) => SagaLog
}

/** What came of a run. */
export interface RunResult {
  readonly outcome: SagaOutcome
  readonly broken: string | undefined
  /** The calls that were made until the saga ended. */
  readonly calls: readonly CallTarget[]
  /** The history in a few words. */
  readonly story: readonly string[]
}

const key = 'simulated'
const longestMs = 6 * 3_600_000
const afterglowMs = 20_000

/** Runs a saga once under a schedule of faults, with as many processes as it takes. */
export async function runSchedule(saga: Saga, options: ScheduleOptions): Promise<RunResult> {
  const run = new Run(saga, options)
  await run.untilEnded()
  const early = run.saga
  const calls = [...run.plan.calls]
  await run.afterglow()
  return { ...run.result(early), calls }
}

class Run {
  readonly #saga: Saga
  readonly #options: ScheduleOptions
  readonly #clock: ManualClock = createManualClock()
  readonly #log = new MemoryLog()
  readonly plan: FaultPlan
  readonly #trace: TracedCall[] = []
  readonly #processes: SimulatedProcess[] = []
  readonly #id: string
  readonly #failures: unknown[] = []
  #acknowledged = false

  constructor(saga: Saga, options: ScheduleOptions) {
    this.#saga = saga
    this.#options = options
    this.plan = new FaultPlan(options.schedule)
    this.#id = sagaId(saga.name, key)
  }

  get saga(): LoggedHistory | undefined {
    return this.#log.peek(this.#id)
  }

  /** Passes time until the saga has ended; whenever no process is left another one starts. */
  async untilEnded(): Promise<void> {
    const endsAt = this.#clock.monotonic() + longestMs
    while (!this.#ended() && this.#clock.monotonic() < endsAt) {
      if (this.#failures.length > 0) throw this.#failures[0]
      if (this.#processes.every((process) => process.state !== 'alive')) this.#boot()
      if (!(await this.#clock.advanceToNext()) && !this.#ended()) await this.#clock.advance(1_000)
    }
  }

  /** Lets frozen processes go on, and everybody finish. */
  async afterglow(): Promise<void> {
    for (const process of this.#processes) process.thaw()
    await this.#clock.advance(afterglowMs)
    for (const process of this.#processes) process.kill()
  }

  result(early: LoggedHistory | undefined): Omit<RunResult, 'calls'> {
    const { saga } = this
    const moved = early !== undefined && isEnded(early.head.status) && early.head.seq !== saga?.head.seq
    const broken = moved ? 'the saga changed after it had ended' : brokenPromise(this.#saga.graph, saga, this.#trace)
    const status = saga?.head.status ?? 'undone'
    return {
      outcome: { status: isEnded(status) ? status : 'needs-attention', reason: saga?.head.reason },
      broken,
      story: (saga?.events ?? []).map(({ event }) => ('step' in event ? `${event.kind} ${event.step}` : event.kind)),
    }
  }

  #ended(): boolean {
    const status = this.saga?.head.status
    return status !== undefined && isEnded(status)
  }

  #boot(): void {
    const { random, wrapLog = (log: SagaLog) => log, input } = this.#options
    const process = new SimulatedProcess(this.plan, this.#clock)
    this.#processes.push(process)
    const traced = { name: this.#saga.name, version: this.#saga.version, graph: tracedGraph(this.#saga.graph, process, this.#trace) }
    const orchestrator = createOrchestratorOn(wrapLog(process.logOn(this.#log)), [traced], {
      clock: process.clock,
      random,
      generateId: createIdGenerator({ clock: process.clock, random }),
    })
    void this.#useAsClient(
      () => orchestrator.start(),
      () => orchestrator.startSaga(this.#saga.name, input, { key }),
      process,
    )
  }

  /** A client that repeats its request until it is acknowledged, and not afterwards. */
  async #useAsClient(start: () => Promise<void>, request: () => Promise<unknown>, process: SimulatedProcess): Promise<void> {
    try {
      await start()
    } catch {
      // Its supervisor starts another one.
      return process.kill()
    }
    while (!this.#acknowledged && process.state !== 'dead') {
      try {
        await request()
        this.#acknowledged = true
      } catch (error) {
        if (!isLost(error)) this.#failures.push(error)
        await process.clock.sleep(100)
      }
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true
}
