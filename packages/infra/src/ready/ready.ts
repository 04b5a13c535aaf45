import { cassandraIsReady } from './cassandra-ready.ts'
import { elasticsearchIsReady } from './elasticsearch-ready.ts'
import { kafkaIsReady } from './kafka-ready.ts'
import type { EngineName } from '../plan/engine.ts'
import type { ServerPlan } from '../plan/server-plan.ts'

/**
 * Asks the servers of one cluster whether they can be worked with: `true`, or a sentence that says what is still missing.
 * A port that answers is not yet a server that is ready.
 */
export type ReadyCheck = (plans: readonly ServerPlan[]) => Promise<true | string>

/** How each engine is asked. */
export const readyChecks: Readonly<Record<EngineName, ReadyCheck>> = {
  cassandra: cassandraIsReady,
  kafka: kafkaIsReady,
  elasticsearch: elasticsearchIsReady,
}
