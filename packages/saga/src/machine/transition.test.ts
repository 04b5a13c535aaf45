import { resolveBackoff, seededRandom } from '@hanse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlannedStep } from '../definition/saga-graph.ts'
import { decide } from './decide.ts'
import type { Observation } from './decide.ts'
import type { SagaEvent } from './saga-event.ts'
import { initialState, isEnded, pivotReached } from './saga-state.ts'
import type { SagaState } from './saga-state.ts'
import { effectsOf, transition } from './transition.ts'

/** How a step behaves: the answers of its successive attempts, the last one for ever. */
type Answer = 'ok' | 'lost' | 'throws' | 'rejects'
interface Behaviour {
  readonly undoable: boolean
  readonly run: readonly Answer[]
  readonly undo: readonly Answer[]
}

const attempts = 3
const backoff = resolveBackoff({})

function planOf(behaviours: readonly Behaviour[], pivot: number): PlannedStep[] {
  return behaviours.map(({ undoable }, index) => {
    const kind = index < pivot ? 'compensatable' : index === pivot ? 'pivot' : 'retriable'
    return {
      name: `s${index}`,
      kind,
      undoable: kind === 'compensatable' && undoable,
      retry: { attempts: kind === 'retriable' ? Number.POSITIVE_INFINITY : attempts, backoff },
      undoRetry: { attempts, backoff },
    }
  })
}

/** What a participant has seen: the net effect a step, applied or not. `lost` does it and loses the answer. */
class World {
  readonly applied: boolean[]
  readonly undone: number[] = []
  readonly #asked = new Map<string, number>()

  readonly behaviours: readonly Behaviour[]

  constructor(behaviours: readonly Behaviour[]) {
    this.behaviours = behaviours
    this.applied = behaviours.map(() => false)
  }

  ask(kind: 'run' | 'undo', index: number): Observation {
    const key = `${kind} ${index}`
    const asked = this.#asked.get(key) ?? 0
    this.#asked.set(key, asked + 1)
    const answers = this.behaviours[index]![kind]
    const answer = answers[Math.min(asked, answers.length - 1)] ?? 'ok'
    if (answer === 'ok' || answer === 'lost') this.applied[index] = kind === 'run'
    if (kind === 'undo' && answer === 'ok') this.undone.push(index)
    if (answer === 'ok') return { kind: 'completed', result: index }
    return { kind: 'failed', error: { message: answer }, rejected: answer === 'rejects' }
  }
}

interface Played {
  readonly state: SagaState
  readonly events: readonly SagaEvent[]
}

/** Plays a saga; before each effect a crash may strike, after which a new owner reads the events again. */
function play(plan: readonly PlannedStep[], world: World, options: { readonly crashes?: () => boolean; readonly cancelAt?: number } = {}): Played {
  let state = initialState(plan)
  const events: SagaEvent[] = []
  const write = (event: SagaEvent): void => {
    state = transition(plan, state, event).state
    events.push(event)
  }
  for (let turn = 0; turn < 1_000; turn++) {
    const effect = effectsOf(state)[0]
    if (effect === undefined || effect.kind === 'end') break
    if (turn === options.cancelAt && state.status === 'running' && !pivotReached(plan, state)) write({ kind: 'cancel-requested', reason: 'test', at: 0 })
    if (options.crashes?.() === true) {
      // The call reached the participant; its answer was never written.
      world.ask(effect.kind, effect.index)
      state = events.reduce((before, event) => transition(plan, before, event).state, initialState(plan))
      write({ kind: 'taken-over', owner: 'heir', at: 0 })
      continue
    }
    write(decide(plan, state, effect, world.ask(effect.kind, effect.index), { at: 0, chance: 0.5 }))
  }
  return { state, events }
}

/** The reference: the same rules as a straight loop, without events, effects or phases. */
function reference(behaviours: readonly Behaviour[], plan: readonly PlannedStep[]): { readonly status: string; readonly undone: readonly number[] } {
  const world = new World(behaviours)
  const undone: number[] = []
  const back = (from: number): string => {
    for (let index = from; index >= 0; index--) {
      if (!plan[index]!.undoable) continue
      for (let attempt = 1; ; attempt++) {
        const seen = world.ask('undo', index)
        if (seen.kind === 'completed') break
        if (seen.rejected || attempt === attempts) return 'needs-attention'
      }
      undone.push(index)
    }
    return 'undone'
  }
  for (let index = 0; index < plan.length; index++) {
    const { kind } = plan[index]!
    let unsure = false
    for (let attempt = 1; ; attempt++) {
      const seen = world.ask('run', index)
      if (seen.kind === 'completed') break
      if (!seen.rejected) unsure = true
      if (seen.rejected && kind === 'retriable') return { status: 'needs-attention', undone }
      if (seen.rejected) return { status: back(unsure && kind === 'compensatable' ? index : index - 1), undone }
      if (kind === 'retriable' || attempt < attempts) continue
      return kind === 'pivot' ? { status: 'needs-attention', undone } : { status: back(index), undone }
    }
  }
  return { status: 'completed', undone }
}

const answers = fc.array(fc.constantFrom<Answer>('ok', 'lost', 'throws', 'rejects'), { minLength: 0, maxLength: 4 })
// Behind the pivot a step that never succeeds would be repeated for ever: every list of answers ends well or in a refusal.
const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  undoable: fc.boolean(),
  run: answers.map((list): Answer[] => [...list, 'ok']),
  undo: answers.map((list): Answer[] => [...list, 'ok']),
})
const scenario = fc.record({ behaviours: fc.array(behaviour, { minLength: 1, maxLength: 6 }), pivot: fc.integer({ min: 0, max: 6 }) })

describe('transition', () => {
  it('does what the reference does, without crashes', () => {
    fc.assert(
      fc.property(scenario, ({ behaviours, pivot }) => {
        const plan = planOf(behaviours, pivot)
        const world = new World(behaviours)
        const { state } = play(plan, world)
        expect({ status: state.status, undone: world.undone }).toEqual(reference(behaviours, plan))
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps the promises under crashes and cancels: ends, nothing undone behind the pivot, no effect left over (seed-requirement 85)', () => {
    fc.assert(
      fc.property(scenario, fc.integer(), fc.option(fc.nat(8), { nil: undefined }), ({ behaviours, pivot }, seed, cancelAt) => {
        const plan = planOf(behaviours, pivot)
        const world = new World(behaviours)
        const random = seededRandom(seed)
        const { state } = play(plan, world, { crashes: () => random() < 0.3, ...(cancelAt === undefined ? {} : { cancelAt }) })
        // I1, I7
        expect(isEnded(state.status)).toBe(true)
        // I2
        expect(state.status !== 'completed' || world.applied.every(Boolean)).toBe(true)
        // I3: what cannot be undone is left
        expect(state.status === 'undone' && plan.some((step, index) => step.undoable && world.applied[index] === true)).toBe(false)
        // I4
        const firsts = [...new Set(world.undone)]
        expect(firsts).toEqual(firsts.toSorted((a, b) => b - a))
        // I5
        const pivotDone = state.steps[pivot]?.phase === 'done'
        expect(pivotDone && (world.undone.length > 0 || state.status === 'undone')).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never gives two attempts of one direction the same number', () => {
    fc.assert(
      fc.property(scenario, fc.integer(), ({ behaviours, pivot }, seed) => {
        const random = seededRandom(seed)
        const { events } = play(planOf(behaviours, pivot), new World(behaviours), { crashes: () => random() < 0.3 })
        const numbers = events.flatMap((event) => ('attempt' in event ? [`${event.kind.slice(0, 4)} ${event.step} ${event.attempt}`] : []))
        expect(new Set(numbers).size).toBe(numbers.length)
      }),
    )
  })

  it('refuses events that do not fit', () => {
    const plan = planOf(
      [
        { undoable: true, run: [], undo: [] },
        { undoable: false, run: [], undo: [] },
      ],
      1,
    )
    const start = initialState(plan)
    const done = (step: string): SagaEvent => ({ kind: 'step-completed', step, attempt: 1, at: 0 })
    expect(() => transition(plan, start, done('s1'))).toThrow(/does not fit/)
    expect(() => transition(plan, start, { kind: 'undo-completed', step: 's0', attempt: 1, at: 0 })).toThrow(/does not fit/)
    expect(() => transition(plan, start, { kind: 'resolved', as: 'undone', reason: 'x', at: 0 })).toThrow(/does not fit/)
    const atPivot = transition(plan, start, done('s0')).state
    expect(() => transition(plan, atPivot, { kind: 'cancel-requested', reason: 'late', at: 0 })).toThrow(/does not fit/)
    const completed = transition(plan, atPivot, done('s1')).state
    expect(completed.status).toBe('completed')
    expect(() => transition(plan, completed, done('s1'))).toThrow(/does not fit/)
  })
})
