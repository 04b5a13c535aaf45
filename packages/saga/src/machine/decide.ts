import { backoffMs } from '@hanse/core'
import type { PlannedStep } from '../definition/saga-graph.ts'
import type { ResolvedRetry } from '../definition/retry-policy.ts'
import type { Json } from '../definition/stored.ts'
import type { SagaEvent, SagaFailure } from './saga-event.ts'
import type { SagaState } from './saga-state.ts'
import type { SagaEffect } from './transition.ts'

/** What came of one attempt. */
export type Observation =
  | { readonly kind: 'completed'; readonly result: Json | undefined }
  | { readonly kind: 'failed'; readonly error: SagaFailure; readonly rejected: boolean }

/** When and by what chance a decision is made. */
export interface DecisionInputs {
  /** Wall time in milliseconds. */
  readonly at: number
  /** From [0, 1): the jitter of a wait. */
  readonly chance: number
}

/** Makes an attempt's outcome an event: whether to repeat, to go back or to ask for help. Pure. */
export function decide(
  plan: readonly PlannedStep[],
  state: SagaState,
  effect: Extract<SagaEffect, { kind: 'run' | 'undo' }>,
  observed: Observation,
  inputs: DecisionInputs,
): SagaEvent {
  const step = plan[effect.index]
  const failures = (state.steps[effect.index]?.failures ?? 0) + 1
  const { at } = inputs
  if (step === undefined) throw new RangeError(`no step ${effect.index}`)
  const about = { step: step.name, attempt: effect.attempt, at }
  if (observed.kind === 'completed') {
    if (effect.kind === 'undo') return { kind: 'undo-completed', ...about }
    return { kind: 'step-completed', ...about, ...(observed.result === undefined ? {} : { result: observed.result }) }
  }
  const { error, rejected } = observed
  if (effect.kind === 'undo') {
    if (rejected || failures >= step.undoRetry.attempts) return { kind: 'undo-failed', ...about, error, next: 'attention' }
    return { kind: 'undo-failed', ...about, error, next: 'retry', retryAt: retryAt(step.undoRetry, failures, inputs) }
  }
  const outcome = rejected ? 'rejected' : 'unknown'
  const next = nextAfterFailure(step, state.cancelled !== undefined, rejected, failures)
  return { kind: 'step-failed', ...about, error, outcome, next, ...(next === 'retry' ? { retryAt: retryAt(step.retry, failures, inputs) } : {}) }
}

function nextAfterFailure(step: PlannedStep, cancelled: boolean, rejected: boolean, failures: number): 'retry' | 'undo' | 'attention' {
  if (rejected) return step.kind === 'retriable' ? 'attention' : 'undo'
  if (cancelled && step.kind === 'compensatable') return 'undo'
  if (failures < step.retry.attempts) return 'retry'
  // A pivot without an answer may have been done: going back could undo what was paid for.
  return step.kind === 'compensatable' ? 'undo' : 'attention'
}

function retryAt(retry: ResolvedRetry, failures: number, { at, chance }: DecisionInputs): number {
  return Math.ceil(at + backoffMs(retry.backoff, failures, () => chance))
}
