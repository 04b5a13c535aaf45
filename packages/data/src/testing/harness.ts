import { generateId } from '@hanse/core'
import type { ConformanceCase } from '@hanse/core/testing'
import { createDatabase } from '../database.ts'
import type { Database } from '../database.ts'
import type { DataEngine } from '../engine/data-engine.ts'
import { conformanceTables, indexedTables } from './shapes.ts'
import type { ConformanceTables, IndexedTables } from './shapes.ts'

/** What only some stores can be asked in a suite. */
export type DataEngineTrait =
  /** `createEngine` gives several engines on one store. */
  | 'shared-store'
  /** Engines have the capability `indexes`, those on vectors included. */
  | 'indexes'
  /** Columns can be vectors. */
  | 'vectors'

/** What an author of an engine gives to {@link dataEngineConformance}. */
export interface DataEngineHarness {
  /** A new engine that was not started. Engines of one harness share a store where the trait `shared-store` is declared. */
  createEngine(): DataEngine | Promise<DataEngine>
  /** Lets so much time pass for cells with a time to live; on a real server, by waiting. */
  passTime(ms: number): Promise<void>
  /** Ends the names of the suite's tables; lower case letters and digits, at most 24, new for each run. */
  readonly run: string
}

/** A case of the suite. */
export type DataEngineCase = ConformanceCase<DataEngineHarness, DataEngineTrait>

/** What a case works with. */
export interface CaseContext {
  readonly db: Database<ConformanceTables>
  readonly harness: DataEngineHarness
  /** A partition of its own. */
  readonly id: string
  /** Another database on the same store. Closed at the end of the case. */
  readonly another: () => Promise<Database<ConformanceTables>>
}

/** Makes a case that has a database for itself. */
export function dataCase(name: string, run: (context: CaseContext) => Promise<void>, requires?: readonly DataEngineTrait[]): DataEngineCase {
  return {
    name,
    ...(requires === undefined ? {} : { requires }),
    async run(harness) {
      const opened: Database<ConformanceTables>[] = []
      const open = async (): Promise<Database<ConformanceTables>> => {
        const db = createDatabase({ engine: await harness.createEngine(), tables: conformanceTables(harness.run), schema: 'create' })
        opened.push(db)
        return db
      }
      try {
        await run({ db: await open(), harness, id: generateId(), another: open })
      } finally {
        for (const db of opened) await db.close()
      }
    },
  }
}

/** What a case about indexes works with. */
export interface IndexCaseContext {
  readonly db: Database<IndexedTables>
  readonly harness: DataEngineHarness
  /** Told apart from other cases by this: the value of the indexed column `shop`. */
  readonly shop: string
}

/** Makes a case about indexes, which an engine need not have. */
export function indexCase(name: string, run: (context: IndexCaseContext) => Promise<void>): DataEngineCase {
  return {
    name,
    requires: ['indexes'],
    async run(harness) {
      await using db = createDatabase({ engine: await harness.createEngine(), tables: indexedTables(harness.run), schema: 'create' })
      await run({ db, harness, shop: generateId() })
    },
  }
}
