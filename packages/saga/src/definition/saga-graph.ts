import { createHash } from 'node:crypto'
import type { Schema } from '@hanse/core'
import type { ResolvedRetry } from './retry-policy.ts'
import type { StepContext } from './step-context.ts'

/**
 * What a step may do when it fails: `compensatable` steps stand before the pivot and can be undone, the `pivot` decides,
 * `retriable` steps stand behind it and are repeated until they succeed.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable'

/** What the state machine knows of a step: data only. */
export interface PlannedStep {
  /** Unique in its saga. */
  readonly name: string
  /** What may happen when it fails. */
  readonly kind: StepKind
  /** Whether it has an `undo`. */
  readonly undoable: boolean
  /** How often `run` is tried. */
  readonly retry: ResolvedRetry
  /** How often `undo` is tried: a budget of its own. */
  readonly undoRetry: ResolvedRetry
}

/** A step with what it does. */
export interface StepNode extends PlannedStep {
  /** Tells nodes of a graph apart. */
  readonly type: 'step'
  /** The time that one attempt of `run` has, in milliseconds. */
  readonly timeoutMs: number
  /** The time that one attempt of `undo` has, in milliseconds. */
  readonly undoTimeoutMs: number
  /** Does it. */
  run(context: StepContext<unknown, unknown>): unknown
  /** Takes it back. */
  undo(context: StepContext<unknown, unknown>, result: unknown): unknown
}

/** One node of a saga's graph. */
export type SagaNode = StepNode

/** A saga as the orchestrator interprets it. User code is never replayed. */
export interface SagaGraph {
  /** The saga's name. */
  readonly name: string
  /** Raised by its author whenever steps are added, removed, renamed or moved. */
  readonly version: number
  /** What input must fulfil. */
  readonly input: Schema
  /** Paths of input fields that history, snapshots and logs never show. */
  readonly secret: readonly string[]
  /** The nodes, in the order in which they run. */
  readonly nodes: readonly SagaNode[]
}

/** A short text that changes when the shape of a graph does. */
export function fingerprint(graph: SagaGraph): string {
  const shape = graph.nodes.map((node) => [node.type, node.name, node.kind, node.undoable])
  return createHash('sha256').update(JSON.stringify(shape)).digest('base64url').slice(0, 16)
}
