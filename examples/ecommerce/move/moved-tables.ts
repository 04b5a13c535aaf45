import { systemTables } from '@hanse/data'
import type { Table } from '@hanse/data'
import { inboxTables, outboxTables } from '@hanse/event-bus'
import { sagaTables } from '@hanse/saga'
import type { ServiceName } from '../contracts/routes.ts'
import { serviceNames } from '../contracts/routes.ts'
import { indexFills } from '../services/product/tables.ts'
import { tablesOf } from '../services/tables-of.ts'

/** Tables that are about a store, its processes or its log, not about the shop. They are made anew where the shop goes to. */
const staying: ReadonlySet<Table> = new Set([
  ...Object.values(outboxTables),
  ...Object.values(inboxTables),
  ...Object.values(systemTables),
  sagaTables.sagaOpen,
  sagaTables.sagaSession,
  indexFills,
])

/** A service and what moves of it. */
export interface MovedOwner {
  readonly owner: ServiceName
  readonly tables: readonly Table[]
}

/** Everything that moves: each table that a service names, unless it is known to stay. */
export const moved: readonly MovedOwner[] = serviceNames.map((owner) => ({
  owner,
  tables: Object.values(tablesOf[owner]).filter((table) => !staying.has(table)),
}))
