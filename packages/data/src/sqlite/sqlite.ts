import { HanseError, systemClock } from '@hanse/core'
import type { AbortOptions, Clock } from '@hanse/core'
import { isSqliteError, openSqlite } from '@hanse/core/sqlite'
import type { SqliteConnection, SqliteFile } from '@hanse/core/sqlite'
import type { DataCapability, DataEngine, ReadResult, WriteResult } from '../engine/data-engine.ts'
import type { EngineColumn, EngineSchema, SchemaChange } from '../engine/schema-change.ts'
import type { DataErrorCode } from '../errors.ts'
import { isConditional } from '../query/statement.ts'
import type { ReadStatement, Values, WriteStatement } from '../query/statement.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import { applySchemaChange, createCatalog, describeTable } from './catalog.ts'
import { TableStore } from './table-store.ts'

/** Options of {@link sqlite}. */
export interface SqliteOptions {
  /** A path on a local disk, its folder made when missing; or `:memory:` for data that ends with the process. */
  readonly file: string
  /**
   * `full` keeps a write through a loss of power, `normal` only through the death of the process.
   * @defaultValue 'full'
   */
  readonly durability?: 'full' | 'normal'
  /**
   * Tells when cells expire.
   * @defaultValue the system's clock
   */
  readonly clock?: Clock
}

/**
 * The embedded engine: Cassandra's data model on one SQLite file, which several processes may share.
 *
 * - Writes of one turn of the event loop become one durable transaction.
 * - What Cassandra and SQLite see differently is done Cassandra's way: cells with a life of their own, static columns, orders, empty collections.
 * - Time to live is exact to the millisecond, and expired rows are cleared away by later writes.
 *
 * @example
 * ```ts
 * const db = createDatabase({ engine: sqlite({ file: 'data/shop.db' }), tables: { orders } })
 * ```
 */
export function sqlite(options: SqliteOptions): DataEngine {
  return new SqliteEngine(options)
}

class SqliteEngine implements DataEngine {
  readonly name = 'sqlite'
  readonly capabilities: ReadonlySet<DataCapability> = new Set<DataCapability>(['indexes'])
  readonly defaultSchemaMode = 'create'
  readonly #options: SqliteOptions
  readonly #clock: Clock
  readonly #stores = new WeakMap<TableSchema, TableStore>()
  #file: SqliteFile | undefined

  constructor(options: SqliteOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async start(options: AbortOptions): Promise<void> {
    const { file, durability } = this.#options
    this.#file = openSqlite(durability === undefined ? { file } : { file, durability })
    await this.#opened().write(createCatalog, options)
  }

  async close(options?: AbortOptions): Promise<void> {
    await this.#file?.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async describe(tables: readonly string[]): Promise<EngineSchema> {
    return this.#opened().read((db) => {
      const found = tables.map((table): [string, EngineColumn[]] => [table, describeTable(db, table)])
      return new Map(found.filter(([, columns]) => columns.length > 0))
    })
  }

  async alter(changes: readonly SchemaChange[], options: AbortOptions): Promise<void> {
    await this.#opened().write((db) => {
      for (const change of changes) applySchemaChange(db, change)
    }, options)
  }

  async read(statement: ReadStatement): Promise<ReadResult> {
    return this.#opened().read((db) => this.#guarded(statement.table, () => this.#store(statement.table).read(db, statement, this.#clock.now())))
  }

  async write(statements: readonly WriteStatement[], options: AbortOptions): Promise<WriteResult> {
    return this.#opened().write((db) => this.#guarded(statements[0]?.table, () => this.#apply(db, statements)), options)
  }

  #apply(db: SqliteConnection, statements: readonly WriteStatement[]): WriteResult {
    const now = this.#clock.now()
    const conditional = statements.filter(isConditional)
    const [only] = conditional
    if (conditional.length === 1 && only !== undefined && this.#applyAtOnce(db, only, now) === true) {
      for (const statement of statements) if (statement !== only) this.#store(statement.table).apply(db, statement, now)
      return { applied: true }
    }
    if (!conditional.every((statement) => this.#store(statement.table).holds(db, statement, now))) {
      return { applied: false, current: conditional.map((statement): Values | undefined => this.#store(statement.table).current(db, statement, now)) }
    }
    for (const statement of statements) this.#store(statement.table).apply(db, statement, now)
    return { applied: true }
  }

  /** Most conditional writes are one statement of SQLite; `undefined` when this one is not, or its condition does not hold. */
  #applyAtOnce(db: SqliteConnection, statement: WriteStatement, now: number): true | undefined {
    if (statement.kind === 'insert') return this.#store(statement.table).insertIfAbsent(db, statement, now)
    return statement.kind === 'update' ? this.#store(statement.table).updateIfEqual(db, statement, now) : undefined
  }

  #store(table: TableSchema): TableStore {
    let store = this.#stores.get(table)
    if (store === undefined) {
      store = new TableStore(table)
      this.#stores.set(table, store)
    }
    return store
  }

  /** Errors about the file are known by their kind and named by the file's owner; every other says what it was about. */
  #guarded<T>(table: TableSchema | undefined, work: () => T): T {
    try {
      return work()
    } catch (error) {
      // 1 is SQLITE_ERROR: the statement itself, for instance a table that another process dropped.
      if (!isSqliteError(error) || error.errcode !== 1) throw error
      throw new HanseError<DataErrorCode>(`the embedded engine refused a statement on '${table?.name ?? ''}': ${error.message}.`, {
        code: 'ENGINE_FAILED',
        cause: error,
        details: { file: this.#options.file },
      })
    }
  }

  #opened(): SqliteFile {
    if (this.#file === undefined) throw new HanseError("the embedded engine is not started; await the database's start() first.", { code: 'NOT_STARTED' })
    return this.#file
  }
}
