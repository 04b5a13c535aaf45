import type { Json } from '../definition/stored.ts'

/** What went wrong, as history keeps it. */
export interface SagaFailure {
  /** For people; at most 500 characters. */
  readonly message: string
  /** For programs: a rejection's reason, an error's code. */
  readonly code?: string
}

/** What every event has. */
export interface SagaEventTime {
  /** Wall time in milliseconds since the Unix epoch, by the clock of the process that wrote it. For people; nothing is decided by it. */
  readonly at: number
}

/** What every event of a step has. */
export interface SagaStepEvent extends SagaEventTime {
  /** The step's name. */
  readonly step: string
  /** The attempt, from 1. */
  readonly attempt: number
}

/** What the log keeps of a saga, in order: its whole history. Decisions (`next`) are part of the events, so that reading them again decides nothing anew. */
export type SagaEvent =
  | (SagaEventTime & { readonly kind: 'started' })
  | (SagaStepEvent & { readonly kind: 'step-completed'; readonly result?: Json })
  | (SagaStepEvent & {
      readonly kind: 'step-failed'
      readonly error: SagaFailure
      /** `rejected`: nothing was done. `unknown`: it may have been done. */
      readonly outcome: 'rejected' | 'unknown'
      readonly next: 'retry' | 'undo' | 'attention'
      /** When to try again, wall time in milliseconds. */
      readonly retryAt?: number
    })
  | (SagaStepEvent & { readonly kind: 'undo-completed' })
  | (SagaStepEvent & { readonly kind: 'undo-failed'; readonly error: SagaFailure; readonly next: 'retry' | 'attention'; readonly retryAt?: number })
  | (SagaEventTime & { readonly kind: 'cancel-requested'; readonly reason: string })
  | (SagaEventTime & { readonly kind: 'taken-over'; readonly owner: string })
  | (SagaEventTime & { readonly kind: 'parked'; readonly reason: string })
  | (SagaEventTime & { readonly kind: 'step-retried'; readonly step: string; readonly reason: string })
  | (SagaEventTime & { readonly kind: 'step-skipped'; readonly step: string; readonly reason: string; readonly result?: Json })
  | (SagaEventTime & { readonly kind: 'resolved'; readonly as: 'completed' | 'undone'; readonly reason: string })
