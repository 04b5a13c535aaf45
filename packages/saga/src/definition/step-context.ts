import type { TraceContext } from '@hanse/core'

/** What `run` and `undo` of a step get. It fits as the options of a call that takes `signal` and `idempotencyKey`. */
export interface StepContext<Input, Results> {
  /** What the saga was started with, as its schema made it. */
  readonly input: Input
  /** What earlier steps returned, by step. */
  readonly results: Results
  /** `sagaId:step:run` or `sagaId:step:undo`: the same for every attempt, in every process. Participants deduplicate by it. */
  readonly idempotencyKey: string
  /** Counts attempts from 1; an attempt lost in a crash counts, too. */
  readonly attempt: number
  /** Aborts when the attempt's time is up, the saga is cancelled, or another orchestrator has taken the saga over. */
  readonly signal: AbortSignal
  /** The saga. */
  readonly sagaId: string
  /** Names the whole piece of business; the saga's id when it was started without one. */
  readonly correlationId: string
  /** The position in the trace of the request that started the saga, one span further; `undefined` when there was none. */
  readonly trace: TraceContext | undefined
}
