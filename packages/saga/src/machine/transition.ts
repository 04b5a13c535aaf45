import { HanseError } from '@hanse/core'
import type { PlannedStep } from '../definition/saga-graph.ts'
import type { SagaEvent, SagaFailure } from './saga-event.ts'
import { activeStep, isEnded, pivotReached } from './saga-state.ts'
import type { SagaReason, SagaState, StepState } from './saga-state.ts'

/** What is to be done next. */
export type SagaEffect =
  | { readonly kind: 'run' | 'undo'; readonly index: number; readonly attempt: number; readonly notBefore: number }
  | { readonly kind: 'end'; readonly status: 'completed' | 'undone' | 'needs-attention' }

/** A new state and what it asks for. */
export interface Transition {
  readonly state: SagaState
  readonly effects: readonly SagaEffect[]
}

/**
 * What an event makes of a state. Pure: the same plan, state and event give the same answer on every machine.
 * @throws HanseError `SAGA_ILLEGAL_EVENT` for an event that the state does not allow
 */
export function transition(plan: readonly PlannedStep[], state: SagaState, event: SagaEvent): Transition {
  const next = evolve(plan, state, event)
  return { state: next, effects: effectsOf(next) }
}

/** What a state asks for. */
export function effectsOf(state: SagaState): readonly SagaEffect[] {
  if (isEnded(state.status)) return [{ kind: 'end', status: state.status }]
  const index = activeStep(state)
  const step = state.steps[index]
  if (step === undefined) return []
  return [{ kind: step.phase === 'undoing' ? 'undo' : 'run', index, attempt: step.attempt, notBefore: step.retryAt }]
}

function evolve(plan: readonly PlannedStep[], state: SagaState, event: SagaEvent): SagaState {
  switch (event.kind) {
    case 'started':
    case 'parked':
      return state
    case 'step-completed': {
      const index = activeIndex(plan, state, event, 'running')
      const done = changeStep(state, index, { phase: 'done', result: event.result, retryAt: 0 })
      return state.cancelled === undefined ? forward(done, index + 1) : back(plan, done, cancelReason(state.cancelled))
    }
    case 'step-failed':
      return failed(plan, state, event)
    case 'undo-completed':
      return back(plan, changeStep(state, activeIndex(plan, state, event, 'undoing'), { phase: 'undone', retryAt: 0 }), state.reason)
    case 'undo-failed': {
      const index = activeIndex(plan, state, event, 'undoing')
      const step = stepAt(state, index)
      const tried = changeStep(state, index, { attempt: step.attempt + 1, failures: step.failures + 1, retryAt: event.retryAt ?? 0 })
      return event.next === 'retry' ? tried : { ...tried, status: 'needs-attention', attention: failureReason(event.step, event.error, 'exhausted') }
    }
    case 'cancel-requested':
      if (state.status !== 'running' || pivotReached(plan, state)) throw illegal(state, event)
      return { ...state, cancelled: state.cancelled ?? event.reason }
    case 'taken-over':
      return takenOver(plan, state)
    case 'step-retried':
    case 'step-skipped':
      return repaired(plan, state, event)
    case 'resolved':
      if (state.status !== 'needs-attention') throw illegal(state, event)
      return { ...state, status: event.as, reason: { kind: 'resolved', message: event.reason }, attention: undefined }
  }
}

function failed(plan: readonly PlannedStep[], state: SagaState, event: Extract<SagaEvent, { kind: 'step-failed' }>): SagaState {
  const index = activeIndex(plan, state, event, 'running')
  const step = stepAt(state, index)
  const unsure = step.unsure || event.outcome === 'unknown'
  const tried = { attempt: step.attempt + 1, failures: step.failures + 1, retryAt: event.retryAt ?? 0, unsure }
  if (event.next === 'retry') return changeStep(state, index, tried)
  const reason = failureReason(event.step, event.error, event.outcome === 'rejected' ? 'rejected' : 'exhausted')
  if (event.next === 'attention') return { ...changeStep(state, index, tried), status: 'needs-attention', attention: reason }
  // A refusal of a step that an earlier attempt may have done does not undo that attempt.
  const phase = unsure && plan[index]?.kind !== 'pivot' ? 'uncertain' : 'refused'
  return back(plan, changeStep(state, index, { ...tried, phase }), state.cancelled === undefined ? reason : cancelReason(state.cancelled))
}

/** The attempt that the former owner may have had in flight has no answer; its number is not used again. */
function takenOver(plan: readonly PlannedStep[], state: SagaState): SagaState {
  const index = activeStep(state)
  const step = state.steps[index]
  if (step === undefined) return state
  const lost = changeStep(state, index, { attempt: step.attempt + 1, unsure: step.unsure || step.phase === 'running' })
  if (state.status !== 'running' || state.cancelled === undefined) return lost
  return back(plan, changeStep(lost, index, { phase: 'uncertain' }), cancelReason(state.cancelled))
}

function repaired(plan: readonly PlannedStep[], state: SagaState, event: Extract<SagaEvent, { kind: 'step-retried' | 'step-skipped' }>): SagaState {
  const index = activeStep(state)
  const step = state.steps[index]
  if (state.status !== 'needs-attention' || step === undefined || plan[index]?.name !== event.step) throw illegal(state, event)
  const undoing = step.phase === 'undoing'
  const moving: SagaState = { ...state, status: undoing ? 'undoing' : 'running', attention: undefined }
  if (event.kind === 'step-retried') return changeStep(moving, index, { failures: 0, retryAt: 0 })
  const skipped = changeStep(moving, index, { phase: 'skipped', retryAt: 0, ...(undoing ? {} : { result: event.result }) })
  return undoing ? back(plan, skipped, moving.reason) : forward(skipped, index + 1)
}

function forward(state: SagaState, index: number): SagaState {
  if (state.steps[index] === undefined) return { ...state, status: 'completed' }
  return { ...changeStep(state, index, { phase: 'running' }), status: 'running' }
}

/** Goes on with the last step that was, or may have been, done and can be undone; without one the saga is undone. */
function back(plan: readonly PlannedStep[], state: SagaState, reason: SagaReason | undefined): SagaState {
  const index = state.steps.findLastIndex((step, at) => (step.phase === 'done' || step.phase === 'uncertain') && plan[at]?.undoable === true)
  if (index === -1) return { ...state, status: 'undone', reason }
  return { ...changeStep(state, index, { phase: 'undoing', attempt: 1, failures: 0, retryAt: 0 }), status: 'undoing', reason }
}

function cancelReason(message: string): SagaReason {
  return { kind: 'cancelled', message }
}

function failureReason(step: string, error: SagaFailure, kind: SagaReason['kind']): SagaReason {
  return { kind, step, message: error.message, ...(error.code === undefined ? {} : { code: error.code }) }
}

function changeStep(state: SagaState, index: number, change: Partial<StepState>): SagaState {
  return { ...state, steps: state.steps.with(index, { ...stepAt(state, index), ...change }) }
}

function stepAt(state: SagaState, index: number): StepState {
  const step = state.steps[index]
  if (step === undefined) throw new RangeError(`no step ${index}`)
  return step
}

function activeIndex(plan: readonly PlannedStep[], state: SagaState, event: SagaEvent & { readonly step: string }, phase: 'running' | 'undoing'): number {
  const index = activeStep(state)
  const moving = state.status === 'running' || state.status === 'undoing'
  if (!moving || plan[index]?.name !== event.step || state.steps[index]?.phase !== phase) throw illegal(state, event)
  return index
}

function illegal(state: SagaState, event: SagaEvent): HanseError<'SAGA_ILLEGAL_EVENT'> {
  const step = 'step' in event ? ` of step '${event.step}'` : ''
  const phases = state.steps.map((each) => each.phase).join(', ')
  return new HanseError(`event '${event.kind}'${step} does not fit a saga that is ${state.status} with steps ${phases}.`, { code: 'SAGA_ILLEGAL_EVENT' })
}
