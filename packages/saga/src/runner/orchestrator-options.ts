import { generateId as systemGenerateId, invalidArgument, safeLogger, systemClock, systemRandom } from '@hanse/core'
import type { Clock, GenerateId, Logger, Random } from '@hanse/core'
import type { Database } from '@hanse/data'
import type { Saga } from '../definition/define-saga.ts'

/** How an orchestrator behaves, wherever its log is. */
export interface OrchestratorSettings {
  /**
   * How long a silent orchestrator keeps its sagas before others take them over, in milliseconds, by the others' own monotonic clocks.
   * It gives four life signs in this time.
   * @defaultValue 4000
   */
  readonly leaseMs?: number
  /**
   * How often `outcome` and `watch` look at the log for sagas that another process owns, in milliseconds.
   * @defaultValue 250
   */
  readonly pollMs?: number
  /**
   * How long a saga is remembered after its last event, in whole seconds; as long its key is taken. `Infinity` for ever.
   * A saga that runs longer, or needs attention, is kept until it ends.
   * @defaultValue 2592000, which is 30 days
   */
  readonly retentionSeconds?: number
  /** @defaultValue the system's clock */
  readonly clock?: Clock
  /** Draws the jitter of waits. @defaultValue the system's chance */
  readonly random?: Random
  /** Names sessions, and sagas that have no key. @defaultValue UUIDv7 */
  readonly generateId?: GenerateId
  /** @defaultValue silent */
  readonly logger?: Logger
}

/** Options of `createSagaOrchestrator`. */
export interface SagaOrchestratorOptions<Sagas extends readonly Saga[]> extends OrchestratorSettings {
  /** Where the log is: any database; the package brings its own tables. It stays open when the orchestrator closes. */
  readonly store: Database
  /** The definitions that this orchestrator runs. Several versions of one name may stand beside each other; new sagas start on the newest. */
  readonly sagas: Sagas
}

/** {@link OrchestratorSettings} with every default filled in. */
export type ResolvedSettings = Required<OrchestratorSettings>

const thirtyDays = 30 * 86_400

/** Fills in the defaults and checks them. */
export function resolveSettings(settings: OrchestratorSettings): ResolvedSettings {
  const resolved: ResolvedSettings = {
    leaseMs: settings.leaseMs ?? 4_000,
    pollMs: settings.pollMs ?? 250,
    retentionSeconds: settings.retentionSeconds ?? thirtyDays,
    clock: settings.clock ?? systemClock,
    random: settings.random ?? systemRandom,
    generateId: settings.generateId ?? systemGenerateId,
    logger: safeLogger(settings.logger),
  }
  const { leaseMs, pollMs, retentionSeconds } = resolved
  if (!(Number.isFinite(leaseMs) && leaseMs >= 100)) throw invalid('leaseMs', 'a number of at least 100', leaseMs)
  if (!(Number.isFinite(pollMs) && pollMs > 0)) throw invalid('pollMs', 'a number above 0', pollMs)
  if (retentionSeconds !== Number.POSITIVE_INFINITY && !(Number.isInteger(retentionSeconds) && retentionSeconds >= 60)) {
    throw invalid('retentionSeconds', 'a whole number of at least 60, or Infinity', retentionSeconds)
  }
  return resolved
}

function invalid(option: string, expected: string, received: unknown): Error {
  return invalidArgument(`option '${option}' of createSagaOrchestrator`, expected, received)
}
