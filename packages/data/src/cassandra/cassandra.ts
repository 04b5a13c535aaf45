import { types } from 'cassandra-driver'
import type { Client, policies } from 'cassandra-driver'
import type { ConnectionOptions } from 'node:tls'
import { backoffMs, createGate, HanseError, invalidArgument, raceAbort, resolveBackoff, systemClock, systemRandom } from '@hanse/core'
import type { AbortOptions, Clock } from '@hanse/core'
import type { DataCapability, DataEngine, ReadResult, WriteResult } from '../engine/data-engine.ts'
import type { EngineColumn, EngineSchema, SchemaChange } from '../engine/schema-change.ts'
import type { DataErrorCode } from '../errors.ts'
import { isConditional, keyOf } from '../query/statement.ts'
import type { ReadStatement, Values, WriteStatement } from '../query/statement.ts'
import { connect } from './connect.ts'
import type { Connected } from './connect.ts'
import { selectedColumns } from './cql-text.ts'
import { ddlOf, newlyIndexed } from './ddl.ts'
import { engineFailed, isOutcomeUnknown } from './failures.ts'
import { heldColumns, heldTypes } from './held-schema.ts'
import type { ColumnRow, IndexRow, TypeRow } from './held-schema.ts'
import { KnownTables } from './known-tables.ts'
import { createLanes } from './partition-lanes.ts'
import { prepareAgain } from './prepare-again.ts'
import { Renderer } from './render.ts'
import type { Rendered } from './render.ts'
import { retryPolicyOf } from './retry-policy.ts'
import { RowReader } from './row-reader.ts'
import { refusalOf } from './served.ts'
import { currentSelect, settle } from './settle.ts'
import { createWriteTimestamps } from './write-timestamps.ts'

/** Options of {@link cassandra}. */
export interface CassandraOptions {
  /** Addresses of some nodes, without a port: `['10.0.0.1', '10.0.0.2']`. The driver finds the others. */
  readonly contactPoints: readonly string[]
  /**
   * The port of all nodes.
   * @defaultValue 9042
   */
  readonly port?: number
  /** The data centre that this process works with: `datacenter1`. Reads and writes are acknowledged by a quorum of it. */
  readonly localDataCenter: string
  /** Where the tables are. It must exist, unless `replication` is given. */
  readonly keyspace: string
  /**
   * Creates the keyspace when it is missing, by `NetworkTopologyStrategy`: copies by data centre, `{ datacenter1: 3 }`. An existing keyspace
   * stays as it is.
   */
  readonly replication?: Readonly<Record<string, number>>
  /** A name and its password, where the server asks for one. */
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Encrypts the connections; Node's own TLS options, such as `ca`. A certificate that cannot be verified is refused, unless `rejectUnauthorized` is false. */
  readonly tls?: ConnectionOptions
  /**
   * How long `start` may take before it fails with what it found.
   * @defaultValue 10000
   */
  readonly connectTimeoutMs?: number
  /**
   * Sends a statement that may be repeated to another node as well, when there is no answer after `delayMs`, and again after that, at most
   * `maxExecutions` times beside the first (1 to 5). It trades load for the slowest answers; take the 99th percentile of your latency as the delay.
   * @defaultValue none
   */
  readonly speculativeExecution?: { readonly delayMs: number; readonly maxExecutions: number }
  /** @defaultValue the system's clock */
  readonly clock?: Clock
}

/**
 * The cluster engine: Apache Cassandra 4.0 or later (5.0 for vectors), through `cassandra-driver`, which the application installs.
 *
 * - Every statement is prepared, lists its columns and binds neither null nor unset. Reads and writes are LOCAL_QUORUM, conditions LOCAL_SERIAL;
 *   a read sees every write that was answered, and with the option `serial` settles those that are under way.
 * - What may be repeated is marked idempotent, and only that is retried (once, on another node) or sent twice by the driver. The lost answer of a
 *   conditional write is settled by a serial read; where that cannot tell, the error says that the write may have happened (`retryable: true`).
 * - A batch without conditions over several partitions is a logged batch; one partition is one mutation.
 *
 * @throws HanseError `INVALID_ARGUMENT` for options that cannot be; connecting throws `CONNECT_FAILED`, which names the option that is wrong
 *
 * @example
 * ```ts
 * const engine = cassandra({ contactPoints: ['127.0.0.1'], localDataCenter: 'datacenter1', keyspace: 'shop' })
 * const db = createDatabase({ engine, tables: { orders } })
 * ```
 */
export function cassandra(options: CassandraOptions): DataEngine {
  const { contactPoints, localDataCenter, keyspace, connectTimeoutMs = 1 } = options
  const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''
  if (!Array.isArray(contactPoints) || contactPoints.length === 0 || !contactPoints.every(isName))
    throw invalidArgument("option 'contactPoints' of cassandra", 'an array with the address of at least one node', contactPoints)
  if (!isName(localDataCenter)) throw invalidArgument("option 'localDataCenter' of cassandra", 'the name of a data centre', localDataCenter)
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(keyspace))
    throw invalidArgument("option 'keyspace' of cassandra", 'lower case letters, digits and underscores, a letter first, at most 48', keyspace)
  if (!(connectTimeoutMs > 0)) throw invalidArgument("option 'connectTimeoutMs' of cassandra", 'a positive number of milliseconds', connectTimeoutMs)
  if (options.speculativeExecution !== undefined) checkSpeculation(options.speculativeExecution)
  return new CassandraEngine(options)
}

function checkSpeculation({ delayMs, maxExecutions }: NonNullable<CassandraOptions['speculativeExecution']>): void {
  if (!(delayMs > 0)) throw invalidArgument("option 'speculativeExecution.delayMs' of cassandra", 'a positive number of milliseconds', delayMs)
  if (!(Number.isInteger(maxExecutions) && maxExecutions >= 1 && maxExecutions <= 5))
    throw invalidArgument("option 'speculativeExecution.maxExecutions' of cassandra", 'a whole number from 1 to 5', maxExecutions)
}

const pageRows = 5_000
/** The driver refuses what is beyond its limit of requests under way (2,048 a connection); here they wait. */
const requestsAtOnce = 1_024
const settleAttempts = 12
const settlePause = resolveBackoff({ initialMs: 20, maxMs: 1_000 })

class CassandraEngine implements DataEngine {
  readonly name = 'cassandra'
  readonly defaultSchemaMode = 'verify'
  readonly #options: CassandraOptions
  readonly #clock: Clock
  readonly #renderer: Renderer
  readonly #rows = new RowReader()
  readonly #lanes = createLanes()
  readonly #gate = createGate(requestsAtOnce)
  readonly #tables: KnownTables
  #connected: Connected | undefined

  constructor(options: CassandraOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#renderer = new Renderer(options.keyspace)
    this.#tables = new KnownTables(this.#clock)
  }

  /** Known once it is connected: indexes came with Cassandra 5.0. */
  get capabilities(): ReadonlySet<DataCapability> {
    const [major = 0] = this.#connected?.version ?? []
    return new Set<DataCapability>(major >= 5 ? ['indexes'] : [])
  }

  async start(options: AbortOptions): Promise<void> {
    this.#connected ??= await connect(this.#options, createWriteTimestamps(this.#clock), options)
  }

  async close(): Promise<void> {
    const connected = this.#connected
    this.#connected = undefined
    await connected?.client.shutdown()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async describe(tables: readonly string[], options: AbortOptions): Promise<EngineSchema> {
    if (tables.length === 0) return new Map<string, readonly EngineColumn[]>()
    const { keyspace } = this.#options
    const query =
      'SELECT table_name, column_name, type, kind, position, clustering_order FROM system_schema.columns WHERE keyspace_name = ? AND table_name IN ?'
    const columns = await this.#run(`read the schema of '${keyspace}'`, query, [keyspace, [...tables]], options)
    const indexQuery = 'SELECT table_name, options FROM system_schema.indexes WHERE keyspace_name = ? AND table_name IN ?'
    const indexes = await this.#run(`read the indexes of '${keyspace}'`, indexQuery, [keyspace, [...tables]], options)
    const held = heldColumns(columns.rows as unknown as readonly ColumnRow[], await this.#types(options), indexes.rows as unknown as readonly IndexRow[])
    this.#tables.add(held.keys())
    return held
  }

  async alter(changes: readonly SchemaChange[], options: AbortOptions): Promise<void> {
    for (const change of changes) {
      this.#assertServed(change)
      for (const ddl of ddlOf(change, this.#options)) await this.#change(ddl, options)
      if (change.kind === 'drop-table') this.#tables.delete(change.table)
      await this.#assertTypes(change, options)
      const indexed = newlyIndexed(change)
      if (indexed.length > 0) await this.#indexesBuilt(change.table, indexed, options)
    }
  }

  /** A node that still builds an index refuses to be asked by it. Looked for by column, because an index may be there under another name. */
  async #indexesBuilt(table: string, columns: readonly string[], options: AbortOptions): Promise<void> {
    const query = 'SELECT table_name, column_name, is_queryable FROM system_views.sai_column_indexes WHERE keyspace_name = ?'
    const isBuilt = (rows: readonly types.Row[], column: string): boolean =>
      rows.some((row) => row['table_name'] === table && row['column_name'] === column && row['is_queryable'] === true)
    for (let attempt = 1; ; attempt++) {
      const nodes = this.#client().getState().getConnectedHosts()
      const answers = await Promise.all(
        nodes.map((host) =>
          this.#run(`read the indexes of '${table}'`, query, [this.#options.keyspace], options, { host, consistency: types.consistencies.one }),
        ),
      )
      if (answers.every(({ rows }) => columns.every((column) => isBuilt(rows, column)))) return
      await this.#clock.sleep(backoffMs(settlePause, attempt, systemRandom), options)
    }
  }

  async read(statement: ReadStatement, options: AbortOptions): Promise<ReadResult> {
    const rows: Values[] = []
    let from = statement.from
    do {
      const page = await this.#page(statement, from, options)
      rows.push(...page.rows)
      from = page.next
    } while (from !== undefined && rows.length < statement.limit && !Number.isFinite(statement.limit))
    return { rows, next: from }
  }

  async write(statements: readonly WriteStatement[], options: AbortOptions): Promise<WriteResult> {
    options.signal?.throwIfAborted()
    const [first] = statements
    if (first === undefined) return { applied: true }
    const rendered = statements.map((statement) => this.#renderer.write(statement))
    if (!statements.some(isConditional)) {
      await raceAbort(this.#send(statements, rendered), options.signal)
      return { applied: true }
    }
    return raceAbort(
      this.#lanes.run(this.#partitionOf(first), () => this.#writeIf(statements, rendered)),
      options.signal,
    )
  }

  /** Sends a conditional write until its outcome is known. */
  async #writeIf(statements: readonly WriteStatement[], rendered: readonly Rendered[]): Promise<WriteResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#send(statements, rendered)
        if (answer.rows.length === 0 || answer.rows[0]?.['[applied]'] === true) return { applied: true }
        return { applied: false, current: await this.#current(statements, false) }
      } catch (error) {
        const cause = error instanceof HanseError ? error.cause : error
        if (!isOutcomeUnknown(cause)) throw error
        const settled = await this.#settle(statements, error)
        if (settled !== undefined) return settled
        if (attempt === settleAttempts) throw error
        await this.#clock.sleep(backoffMs(settlePause, attempt, systemRandom))
      }
    }
  }

  /** Looks what became of a write whose answer was lost; `undefined` when it did not happen and may be sent again. */
  async #settle(statements: readonly WriteStatement[], error: unknown): Promise<WriteResult | undefined> {
    const conditional = statements.filter(isConditional)
    const current = await this.#current(statements, true)
    const verdict = settle(conditional.map((statement, index) => ({ statement, current: current[index] })))
    if (verdict === 'applied') return { applied: true }
    if (verdict === 'refused') return { applied: false, current }
    if (verdict === 'undecided') throw error
    return undefined
  }

  /** What the rows of the conditional statements are now. */
  async #current(statements: readonly WriteStatement[], serial: boolean): Promise<readonly (Values | undefined)[]> {
    const reads = statements.filter(isConditional).map(async (statement) => {
      const page = await this.#page({ ...currentSelect(statement), serial }, undefined, {})
      return page.rows[0]
    })
    return Promise.all(reads)
  }

  async #page(statement: ReadStatement, from: Uint8Array | undefined, options: AbortOptions): Promise<ReadResult> {
    const { query, params } = statement.kind === 'scan' ? this.#renderer.scan(statement) : this.#renderer.select(statement)
    const answer = await this.#run(`read '${statement.table.name}'`, query, params, options, {
      consistency: readConsistency(statement),
      fetchSize: Number.isFinite(statement.limit) ? statement.limit : pageRows,
      ...(from === undefined ? {} : { pageState: Buffer.from(from) }),
      isIdempotent: true,
    })
    const next = answer.pageState
    return {
      rows: this.#rows.read(statement, selectedColumns(statement), answer.rows),
      next: next === null || next === undefined ? undefined : Buffer.from(String(next), 'hex'),
    }
  }

  #send(statements: readonly WriteStatement[], rendered: readonly Rendered[]): Promise<types.ResultSet> {
    const [first] = rendered
    const how = { isIdempotent: statements.every(({ idempotent }) => idempotent), retry: retryPolicyOf(statements) }
    const subject = `write '${statements[0]?.table.name ?? ''}'`
    if (rendered.length === 1 && first !== undefined) return this.#run(subject, first.query, first.params, {}, how)
    return this.#sendBatch(subject, statements, rendered, how)
  }

  async #sendBatch(subject: string, statements: readonly WriteStatement[], rendered: readonly Rendered[], how: How): Promise<types.ResultSet> {
    const partitions = new Set(statements.map((one) => this.#partitionOf(one)))
    try {
      const client = this.#client()
      const queries = rendered.map(({ query, params }) => ({ query, params: [...params] }))
      const options = { prepare: true, logged: partitions.size > 1, counter: statements[0]?.table.counter === true, ...how }
      return await this.#call(() => client.batch(queries, options))
    } catch (error) {
      throw engineFailed(subject, error)
    }
  }

  /** A call of the driver, made again where the server did nothing and says so. */
  #call<T>(call: () => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#tables.served(() => prepareAgain(call)))
  }

  async #run(subject: string, query: string, params: readonly unknown[], { signal }: AbortOptions, more: object = {}): Promise<types.ResultSet> {
    signal?.throwIfAborted()
    try {
      const client = this.#client()
      const answer = this.#call(() => client.execute(query, [...params], { prepare: true, ...more }))
      return await raceAbort(answer, signal)
    } catch (error) {
      signal?.throwIfAborted()
      throw engineFailed(subject, error)
    }
  }

  async #change(ddl: string, options: AbortOptions): Promise<void> {
    options.signal?.throwIfAborted()
    try {
      // The driver answers when the nodes agree on the schema, or after its own ten seconds.
      const answer = await this.#client().execute(ddl, [], { prepare: false })
      // The driver's types do not name it.
      const { isSchemaInAgreement } = answer.info as typeof answer.info & { readonly isSchemaInAgreement: boolean }
      if (!isSchemaInAgreement) throw disagreement(ddl)
    } catch (error) {
      throw engineFailed(`run '${ddl.slice(0, 80)}'`, error)
    }
  }

  #partitionOf(statement: WriteStatement): string {
    const key = keyOf(statement)
    return JSON.stringify([statement.table.name, ...statement.table.partitionKey.map(({ name, codec }) => codec.toJson(key[name]))])
  }

  async #types(options: AbortOptions): Promise<readonly TypeRow[]> {
    const query = 'SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?'
    const { rows } = await this.#run(`read the types of '${this.#options.keyspace}'`, query, [this.#options.keyspace], options)
    return rows as unknown as readonly TypeRow[]
  }

  /** A user type is shared by the tables of a keyspace: one that is there in another shape is not made again. */
  async #assertTypes(change: SchemaChange, options: AbortOptions): Promise<void> {
    if (!('types' in change) || Object.keys(change.types).length === 0) return
    const held = heldTypes(await this.#types(options))
    for (const [name, fields] of Object.entries(change.types)) {
      const missing = Object.keys(fields).filter((field) => held[name]?.[field] === undefined)
      if (missing.length === 0) continue
      throw new HanseError<DataErrorCode>(
        `the type '${name}' of keyspace '${this.#options.keyspace}' lacks the fields ${missing.join(', ')}; add them with ALTER TYPE, or name the new type otherwise.`,
        { code: 'SCHEMA_MISMATCH', details: { type: name, missing } },
      )
    }
  }

  #assertServed(change: SchemaChange): void {
    const refusal = this.#connected === undefined ? undefined : refusalOf(change, this.#connected.version)
    if (refusal === undefined) return
    throw new HanseError<DataErrorCode>(refusal.problem, { code: 'UNSUPPORTED', details: { table: change.table, column: refusal.column } })
  }

  #client(): Client {
    if (this.#connected === undefined) throw new HanseError("the Cassandra engine is not started; await the database's start() first.", { code: 'NOT_STARTED' })
    return this.#connected.client
  }
}

/** What the driver may do with a write by itself. */
interface How {
  readonly isIdempotent: boolean
  readonly retry: policies.retry.RetryPolicy
}

/** An answered write, a conditional one included, is on a quorum; only one that is still under way needs a serial read. */
function readConsistency(statement: ReadStatement): types.consistencies {
  // The server answers the nearest from one copy, whatever is asked, and warns when it is asked for more.
  if (statement.kind === 'scan') return statement.nearest === undefined ? types.consistencies.localQuorum : types.consistencies.localOne
  return statement.serial === true ? types.consistencies.localSerial : types.consistencies.localQuorum
}

function disagreement(ddl: string): HanseError<DataErrorCode> {
  return new HanseError(`the nodes do not agree on the schema after '${ddl.slice(0, 80)}'; is one of them down?`, { code: 'ENGINE_FAILED', retryable: true })
}
