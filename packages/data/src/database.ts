import { HanseError, createChannel, createLifecycle, generateId as systemGenerateId, invalidArgument, raceAbort, systemClock } from '@hanse/core'
import type { AbortOptions, Clock, Closable, GenerateId, Lifecycle } from '@hanse/core'
import type { DataEngine, ReadResult, WriteResult } from './engine/data-engine.ts'
import { prepareTables } from './engine/prepare-tables.ts'
import { checkPageKey, pageKeys, storedPageKey } from './page/page-key.ts'
import { openPosition, sealPosition } from './page/page-token.ts'
import { checkBatch } from './query/check-batch.ts'
import { createAccess } from './query/create-access.ts'
import type { Session } from './query/session.ts'
import { isConditional } from './query/statement.ts'
import type { ReadStatement, Values, WriteStatement } from './query/statement.ts'
import type { AnyWrite, Applied, TableAccess } from './query/table-access.ts'
import { WriteBuilder } from './query/write-builder.ts'
import type { Table } from './schema/table.ts'
import type { RowOf } from './schema/row.ts'
import type { TableSchema } from './schema/table-schema.ts'
import { claimsTable, createClaims } from './unique/claims.ts'
import type { Claims } from './unique/claims.ts'
import { validateWrites } from './query/validate-writes.ts'

/** Declared tables by the name under which a database offers them. */
export type TableSet = Readonly<Record<string, Table>>

/** Options of {@link createDatabase}. */
export interface DatabaseOptions<Tables extends TableSet> {
  /** Where the data is: `sqlite({ file })`, or another {@link DataEngine}. The database closes it. */
  readonly engine: DataEngine
  /** The tables to offer, each under its key. */
  readonly tables: Tables
  /**
   * What start does with declared tables: `create` adds what is missing and refuses what differs, `verify` only looks.
   * @defaultValue what the engine prefers: embedded engines create, clusters verify
   */
  readonly schema?: 'create' | 'verify'
  /**
   * 32 random bytes that seal page tokens. All processes that serve the same tokens need the same.
   * @defaultValue made once and kept in the store
   */
  readonly pageKey?: Uint8Array
  /** @defaultValue the system's clock */
  readonly clock?: Clock
  /** @defaultValue UUIDv7 */
  readonly generateId?: GenerateId
}

/** What every database offers beside its tables. */
export interface DatabaseCore<Tables extends TableSet = Record<never, never>> extends Closable {
  /**
   * Connects, and creates or verifies the declared tables. Optional: the first statement does it.
   * @throws HanseError `SCHEMA_MISMATCH` naming every difference, `UNSUPPORTED`, or what the engine reports
   */
  start(options?: AbortOptions): Promise<void>
  /** The same engine and lifecycle with more tables; how a package brings its own tables to a user's database. */
  extend<const More extends TableSet>(tables: More): Database<Tables & More>
  /**
   * Applies several writes or none of them.
   *
   * Without conditions they may be of any tables (a logged batch on Cassandra). With conditions all are of one table and one partition,
   * every condition is judged against the state before, and the answer says whether all held.
   *
   * @throws HanseError `INVALID_ARGUMENT` for a batch that no engine could apply at once, or one that writes a cell twice
   */
  atomically<const Writes extends readonly AnyWrite[]>(writes: Writes & CheckedBatch<Writes>, options?: AbortOptions): Promise<BatchResult<Writes>>
}

/** A database: its tables under their names, and {@link DatabaseCore}. Without a type argument: any database. */
export type Database<Tables extends TableSet = Record<never, never>> = DatabaseCore<Tables> & {
  readonly [Name in keyof Tables]: TableAccess<Tables[Name]>
}

type TableNames<Writes extends readonly AnyWrite[]> = Writes[number]['table']['name']
type IsUnion<T, Whole = T> = [T] extends [never] ? false : T extends unknown ? ([Whole] extends [T] ? false : true) : never
type HasCondition<Writes extends readonly AnyWrite[]> = true extends Writes[number]['conditional'] ? true : false

/** What cannot be seen to be wrong; anything else shows as a message in place of the writes. */
export type CheckedBatch<Writes extends readonly AnyWrite[]> =
  HasCondition<Writes> extends true
    ? IsUnion<TableNames<Writes>> extends true
      ? 'with a condition all writes are of one table and one partition'
      : unknown
    : Extract<Writes[number], { readonly managed: true }> extends never
      ? unknown
      : 'rows of this table are managed by conditional writes: the batch needs a condition'

/** What `atomically` answers. */
export type BatchResult<Writes extends readonly AnyWrite[]> =
  HasCondition<Writes> extends true ? Applied<readonly (RowOf<Writes[number]['table']['definition']> | undefined)[]> : { readonly applied: true }

/** What a statement tells its subscribers on the channel `hanse:data:statement`. */
export interface StatementMessage {
  /** The engine's name. */
  readonly engine: string
  /** Whether it reads or writes. */
  readonly operation: 'read' | 'write'
  /** The table, or the first of several. */
  readonly table: string
  /** How many statements run as one. */
  readonly statements: number
}

const channel = createChannel<StatementMessage>('hanse:data:statement')
const reserved = new Set(['start', 'close', 'extend', 'atomically', 'then'])

/**
 * Opens typed tables over an engine. Creation does no I/O; `start`, or the first statement, connects.
 *
 * @example
 * ```ts
 * const db = createDatabase({ engine: sqlite({ file: 'shop.db' }), tables: { orders } })
 * await db.orders.insert({ customer_id, placed_at, status: 'pending', total: '39.98' })
 * await db.close()
 * ```
 */
export function createDatabase<const Tables extends TableSet>(options: DatabaseOptions<Tables>): Database<Tables> {
  return buildDatabase(new Connection(options), options.tables)
}

/** What a database and its extensions share: the engine, its lifecycle, and what was prepared. */
class Connection {
  readonly engine: DataEngine
  readonly schemaMode: 'create' | 'verify'
  readonly lifecycle: Lifecycle
  readonly claims: Claims
  readonly #givenPageKey: Uint8Array | undefined
  #pageKey: Promise<Uint8Array> | undefined
  readonly prepared = new Set<TableSchema>()

  constructor(options: DatabaseOptions<TableSet>) {
    const { engine, schema, clock = systemClock, generateId = systemGenerateId } = options
    if (schema !== undefined && schema !== 'create' && schema !== 'verify')
      throw invalidArgument("option 'schema' of createDatabase", "'create' or 'verify'", schema)
    this.engine = engine
    this.schemaMode = schema ?? engine.defaultSchemaMode
    this.#givenPageKey = checkPageKey(options.pageKey)
    this.claims = createClaims({ engine, clock, generateId })
    this.lifecycle = createLifecycle({
      subject: 'the database',
      start: (startOptions) => engine.start(startOptions),
      stop: (stopOptions) => engine.close(stopOptions),
    })
  }

  /** The page key: given, or kept in the store. A failure is not remembered. */
  pageKey(): Promise<Uint8Array> {
    this.#pageKey ??= this.#findPageKey().catch((error: unknown) => {
      this.#pageKey = undefined
      throw error
    })
    return this.#pageKey
  }

  async #findPageKey(): Promise<Uint8Array> {
    if (this.#givenPageKey !== undefined) return this.#givenPageKey
    await this.prepare([pageKeys.schema], {})
    return storedPageKey(this.engine, {})
  }

  async prepare(tables: readonly TableSchema[], options: AbortOptions): Promise<void> {
    await this.lifecycle.start(options)
    const fresh = tables.filter((table) => !this.prepared.has(table))
    if (fresh.length === 0) return
    await prepareTables(this.engine, fresh, this.schemaMode, options)
    for (const table of fresh) this.prepared.add(table)
  }
}

/** One set of tables over a connection. */
class Scope implements Session {
  readonly #connection: Connection
  readonly #tables: readonly TableSchema[]
  #ready = false
  #readying: Promise<void> | undefined

  constructor(connection: Connection, tables: readonly TableSchema[]) {
    this.#connection = connection
    this.#tables = tables.some((table) => table.unique.length > 0) ? [...tables, claimsTable.schema] : tables
  }

  /** Starts the engine and prepares the tables, once; a failure is not remembered. */
  ready(options: AbortOptions): Promise<void> {
    this.#readying ??= this.#prepare().catch((error: unknown) => {
      this.#readying = undefined
      throw error
    })
    return raceAbort(this.#readying, options.signal)
  }

  async #prepare(): Promise<void> {
    await this.#connection.prepare(this.#tables, {})
    this.#ready = true
  }

  async read(statement: ReadStatement, options: AbortOptions): Promise<ReadResult> {
    options.signal?.throwIfAborted()
    if (!this.#ready) await this.ready(options)
    this.#connection.lifecycle.assertStarted()
    const { engine } = this.#connection
    return await channel.trace(
      () => ({ engine: engine.name, operation: 'read', table: statement.table.name, statements: 1 }),
      () => engine.read(statement, options),
    )
  }

  async write(statements: readonly WriteStatement[], options: AbortOptions): Promise<WriteResult> {
    options.signal?.throwIfAborted()
    const validating = validateWrites(statements)
    if (validating !== undefined) await validating
    if (!this.#ready) await this.ready(options)
    this.#connection.lifecycle.assertStarted()
    const { engine, claims } = this.#connection
    return await channel.trace(
      () => ({ engine: engine.name, operation: 'write', table: statements[0]?.table.name ?? '', statements: statements.length }),
      () => (claims.concern(statements) ? claims.write(statements, options) : engine.write(statements, options)),
    )
  }

  async findUnique(table: TableSchema, column: string, value: unknown, options: AbortOptions): Promise<Values | undefined> {
    await this.ready(options)
    return this.#connection.claims.find(table, column, value, options)
  }

  async seal(statement: ReadStatement, position: Uint8Array): Promise<string> {
    return sealPosition(await this.#connection.pageKey(), statement, position)
  }

  async unseal(statement: ReadStatement, token: string): Promise<Uint8Array> {
    return openPosition(await this.#connection.pageKey(), statement, token)
  }

  /** Runs a batch, whose writes may come from several scopes of one connection. */
  async atomically(writes: readonly AnyWrite[], options: AbortOptions = {}): Promise<Applied<readonly (Values | undefined)[]>> {
    const builders = writes.map(asBuilder)
    const scopes = new Set(builders.map((write) => WriteBuilder.sessionOf(write)))
    const statements = builders.map((write) => WriteBuilder.take(write))
    checkBatch(statements)
    for (const scope of scopes) {
      if (!(scope instanceof Scope) || scope.#connection !== this.#connection) {
        throw new HanseError('atomically() got writes of another database; all must share one engine (see extend).', { code: 'INVALID_ARGUMENT' })
      }
      await scope.ready(options)
    }
    const result = await this.write(statements, options)
    return result.applied || statements.some(isConditional) ? result : { applied: true }
  }
}

function asBuilder(write: AnyWrite): WriteBuilder {
  if (write instanceof WriteBuilder) return write
  throw invalidArgument('what atomically() takes', 'an array of writes that were not awaited', write)
}

function buildDatabase<Tables extends TableSet>(connection: Connection, tables: Tables): Database<Tables> {
  const schemas = Object.values(tables).map((table) => table.schema)
  checkNames(tables)
  const scope = new Scope(connection, schemas)
  const core: DatabaseCore<Tables> = {
    start: (options = {}) => scope.ready(options),
    close: (options) => connection.lifecycle.close(options),
    [Symbol.asyncDispose]: () => connection.lifecycle.close(),
    extend: (more) => buildDatabase(connection, { ...tables, ...more }),
    // The types of a batch's answer follow from its writes; the scope works on plain values.
    atomically: ((writes: readonly AnyWrite[], options?: AbortOptions) => scope.atomically(writes, options)) as DatabaseCore<Tables>['atomically'],
  }
  const access = Object.entries(tables).map(([name, table]) => [name, createAccess(scope, table)])
  // Each entry was made from the table under the same key.
  return Object.assign(core, Object.fromEntries(access)) as Database<Tables>
}

function checkNames(tables: TableSet): void {
  const seen = new Map<string, Table>()
  for (const [name, table] of Object.entries(tables)) {
    if (reserved.has(name)) throw invalidArgument("a key of option 'tables'", `a name that a database does not use itself (${[...reserved].join(', ')})`, name)
    const twin = seen.get(table.name)
    if (twin !== undefined && twin !== table)
      throw new HanseError(`two different tables are named '${table.name}'; a table's name is global in its engine.`, { code: 'INVALID_ARGUMENT' })
    seen.set(table.name, table)
  }
}
