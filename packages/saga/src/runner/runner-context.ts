import type { Clock, Logger, Random } from '@hanse/core'
import type { SagaLog } from '../log/saga-log.ts'
import type { GraphRegistry } from './graph-registry.ts'
import type { SagaNews } from './saga-news.ts'

/** What the parts of one orchestrator share. */
export interface RunnerContext {
  readonly log: SagaLog
  readonly graphs: GraphRegistry
  readonly news: SagaNews
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly leaseMs: number
  readonly pollMs: number
  readonly retentionMs: number
  /** Aborts when waiting has no point any more: the orchestrator is closed. */
  readonly closing: AbortSignal
}
