import type { PlannedStep } from '../definition/saga-graph.ts'
import type { Json } from '../definition/stored.ts'

/** Where a step stands. `uncertain`: it failed, but may have been done, so it is undone, too. `refused`: it was not done. */
export type StepPhase = 'pending' | 'running' | 'done' | 'refused' | 'uncertain' | 'undoing' | 'undone' | 'skipped'

/** The state of one step. */
export interface StepState {
  /** Where it stands. */
  readonly phase: StepPhase
  /** The attempt that is due or in flight, from 1. */
  readonly attempt: number
  /** Failed attempts that count against the budget of the present direction. */
  readonly failures: number
  /** Whether an attempt without an answer may have done it. */
  readonly unsure: boolean
  /** When the next attempt is due, wall time in milliseconds; 0 for at once. */
  readonly retryAt: number
  /** What it returned. */
  readonly result: Json | undefined
}

/** Where a saga stands. */
export type SagaStatus = 'running' | 'undoing' | 'completed' | 'undone' | 'needs-attention'

/** Why a saga goes back, or needs attention. */
export interface SagaReason {
  /** `rejected` by a participant, attempts `exhausted`, `cancelled`, or `resolved` by an operator. */
  readonly kind: 'rejected' | 'exhausted' | 'cancelled' | 'resolved'
  /** For people. */
  readonly message: string
  /** For programs: a rejection's reason, an error's code. */
  readonly code?: string
  /** The step that it is about. */
  readonly step?: string
}

/** The state of a saga: plain data, made from its events alone. */
export interface SagaState {
  /** Where it stands. */
  readonly status: SagaStatus
  /** The steps, in order. */
  readonly steps: readonly StepState[]
  /** Why it was cancelled. */
  readonly cancelled: string | undefined
  /** Why it goes back, or how an operator ended it. */
  readonly reason: SagaReason | undefined
  /** Why it needs attention. */
  readonly attention: SagaReason | undefined
}

const pending: StepState = { phase: 'pending', attempt: 1, failures: 0, unsure: false, retryAt: 0, result: undefined }

/** The state after `started`: the first step is due. */
export function initialState(plan: readonly PlannedStep[]): SagaState {
  const steps = plan.map((_, index) => (index === 0 ? { ...pending, phase: 'running' as const } : pending))
  return { status: plan.length === 0 ? 'completed' : 'running', steps, cancelled: undefined, reason: undefined, attention: undefined }
}

/** Whether a saga is over, as far as the orchestrator can bring it. */
export function isEnded(status: string): status is 'completed' | 'undone' | 'needs-attention' {
  return status === 'completed' || status === 'undone' || status === 'needs-attention'
}

/** The step in hand, in either direction; -1 when none is. */
export function activeStep(state: SagaState): number {
  return state.steps.findIndex((step) => step.phase === 'running' || step.phase === 'undoing')
}

/** Whether the pivot was scheduled: from then on a saga cannot be cancelled. */
export function pivotReached(plan: readonly PlannedStep[], state: SagaState): boolean {
  return plan.some((step, index) => step.kind === 'pivot' && state.steps[index]?.phase !== 'pending')
}
