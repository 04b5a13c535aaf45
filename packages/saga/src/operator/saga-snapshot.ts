import type { StepKind } from '../definition/saga-graph.ts'
import type { Json } from '../definition/stored.ts'
import type { LoggedHistory, LoggedSaga, LoggedStatus } from '../log/saga-log.ts'
import type { SagaEvent } from '../machine/saga-event.ts'
import type { SagaReason, StepPhase } from '../machine/saga-state.ts'
import type { GraphRegistry } from '../runner/graph-registry.ts'
import { replay } from '../runner/replay.ts'
import { redact } from './redact.ts'

/** One entry of a saga's history: an event and its number, from 0. */
export type SagaHistoryEntry = SagaEvent & { readonly seq: number }

/** A saga, without its steps. */
export interface SagaSummary {
  /** The saga's id. */
  readonly id: string
  /** The name of its definition. */
  readonly name: string
  /** The version of its definition. */
  readonly version: number
  /** Where it stands; `parked` while no orchestrator that sees it has its version. */
  readonly status: LoggedStatus
  /** Why it goes back, needs attention or was ended by an operator. */
  readonly reason: SagaReason | undefined
  /** The key that it was started with, if any. */
  readonly key: string | undefined
  /** Names the whole piece of business. */
  readonly correlationId: string
  /** When it was started. */
  readonly startedAt: Date
}

/** One step of a saga. */
export interface StepSnapshot {
  /** The step's name. */
  readonly name: string
  /** What may happen when it fails. */
  readonly kind: StepKind
  /** Where it stands. */
  readonly phase: StepPhase
  /** The attempt that is due or in flight, from 1. */
  readonly attempt: number
}

/** A saga as it stands. */
export interface SagaSnapshot extends SagaSummary {
  /** What it was started with; secret fields are masked. */
  readonly input: Json
  /** Its steps in order; empty when its version is not registered here. */
  readonly steps: readonly StepSnapshot[]
}

/** How a saga ended. */
export interface SagaOutcome {
  /** `completed`: every step is done. `undone`: everything is taken back. `needs-attention`: an operator has to decide. */
  readonly status: 'completed' | 'undone' | 'needs-attention'
  /** Why, unless it simply completed. */
  readonly reason: SagaReason | undefined
}

/** The saga without its steps. */
export function toSummary({ origin, head }: LoggedSaga): SagaSummary {
  return {
    id: origin.id,
    name: origin.name,
    version: origin.version,
    status: head.status,
    reason: head.reason,
    key: origin.key ?? undefined,
    correlationId: origin.correlationId,
    startedAt: new Date(origin.startedAt),
  }
}

/** The saga with its steps. */
export function toSnapshot(graphs: GraphRegistry, history: LoggedHistory): SagaSnapshot {
  const found = graphs.of(history.origin)
  const summary = toSummary(history)
  if (typeof found === 'string') return { ...summary, input: '[secret]', steps: [] }
  const { nodes, secret } = found.graph
  const state = replay(nodes, history.events)
  const steps = nodes.map(({ name, kind }, index): StepSnapshot => {
    const step = state.steps[index]
    return { name, kind, phase: step?.phase ?? 'pending', attempt: step?.attempt ?? 1 }
  })
  return { ...summary, input: redact(JSON.parse(history.origin.input) as Json, secret), steps }
}
