import { HanseError, seededRandom } from '@hanse/core'
import type { Saga, SagaInput } from '../definition/define-saga.ts'
import type { SagaOutcome } from '../operator/saga-snapshot.ts'
import { drawnFaults, formatSchedule, parseSchedule, singleFaults } from './fault-schedule.ts'
import type { PlannedFault, SagaFault } from './fault-schedule.ts'
import { runSchedule } from './run-schedule.ts'
import type { RunResult, ScheduleOptions } from './run-schedule.ts'

/** Options of {@link simulate}. */
export interface SimulateOptions<World, S extends Saga> {
  /** Makes the world that participants act on: a fresh one for every run. */
  readonly world: () => World
  /** What the saga is started with. */
  readonly input: SagaInput<S>
  /**
   * What may go wrong.
   * @defaultValue crash, lostReply and duplicate
   */
  readonly faults?: readonly SagaFault[]
  /**
   * How many runs with two or three drawn faults follow the exhaustive ones with a single fault.
   * @defaultValue 100
   */
  readonly seeds?: number
  /** Throws when the world is not as it must be after the saga has ended so: money and stock conserved, nothing charged twice. */
  readonly invariant: (world: World, outcome: SagaOutcome) => void | Promise<void>
  /** One schedule, as an earlier simulation printed it; only that is run. */
  readonly schedule?: string
}

/** What a simulation has seen. */
export interface SimulationReport {
  /** Runs, the first one without a fault. */
  readonly runs: number
  /** Calls to the log and to participants in the run without a fault; each was struck by each fault. */
  readonly calls: number
  /** How the runs ended. */
  readonly outcomes: Readonly<Record<SagaOutcome['status'], number>>
}

/** What else a run needs; the tests of this package put a log with planted faults under it. */
export type EngineOptions = Pick<ScheduleOptions, 'wrapLog'>

/**
 * Runs a saga in virtual time and strikes it at every call: each write to the log and each call of a participant, with each fault, one by one,
 * then with several at once. Takes no real time to wait and touches nothing outside the process.
 *
 * Checked after every run: the saga ended; steps ran in order and were undone in reverse order; nothing was undone after the pivot was done;
 * a completed saga did every step, an undone one took back all it did; idempotency keys were stable; and your `invariant`.
 *
 * @param define - makes the saga over a world's participants
 * @throws HanseError `SIMULATION_FAILED` naming the schedule that fails; give it as `schedule` to run it again
 * @example
 * ```ts
 * await simulate((shop: Shop) => orderProcessing(shop), {
 *   world: () => new Shop({ stock: 1 }),
 *   input: { orderId: 'o1', quantity: 1 },
 *   invariant: (shop, outcome) => assert.equal(shop.charges, outcome.status === 'completed' ? 1 : 0),
 * })
 * ```
 */
export function simulate<World, S extends Saga>(define: (world: World) => S, options: SimulateOptions<World, S>): Promise<SimulationReport> {
  return simulateOn(define, options, {})
}

/** {@link simulate}, over an engine that may have been tampered with. */
export async function simulateOn<World, S extends Saga>(
  define: (world: World) => S,
  options: SimulateOptions<World, S>,
  engine: EngineOptions,
): Promise<SimulationReport> {
  const { faults = ['crash', 'lostReply', 'duplicate'], seeds = 100, schedule: only } = options
  const outcomes = { completed: 0, undone: 0, 'needs-attention': 0 }
  let runs = 0
  const run = async (schedule: readonly PlannedFault[], seed: number): Promise<RunResult> => {
    const world = options.world()
    runs++
    const result = await runSchedule(define(world), { input: options.input, schedule, random: seededRandom(seed), ...engine }).catch((error: unknown) => {
      throw simulationFailed(schedule, runs, error)
    })
    try {
      if (result.broken !== undefined) throw new Error(result.broken)
      await options.invariant(world, result.outcome)
    } catch (error) {
      throw simulationFailed(schedule, runs, error, result.story)
    }
    outcomes[result.outcome.status]++
    return result
  }
  if (only !== undefined) {
    const { calls } = await run(parseSchedule(only), 0)
    return { runs, calls: calls.length, outcomes }
  }
  const { calls } = await run([], 0)
  for (const schedule of singleFaults(calls, faults)) await run(schedule, 0)
  for (let seed = 1; seed <= seeds; seed++) await run(drawnFaults(calls.length, faults, seededRandom(seed)), seed)
  return { runs, calls: calls.length, outcomes }
}

function simulationFailed(schedule: readonly PlannedFault[], run: number, cause: unknown, story: readonly string[] = []): HanseError<'SIMULATION_FAILED'> {
  const text = formatSchedule(schedule)
  const problem = cause instanceof Error ? cause.message : String(cause)
  const told = story.length === 0 ? '' : ` What happened: ${story.join('; ')}.`
  return new HanseError(`run ${run} of the simulation broke a promise: ${problem}. Run it again with { schedule: '${text}' }.${told}`, {
    code: 'SIMULATION_FAILED',
    cause,
    details: { schedule: text },
  })
}
