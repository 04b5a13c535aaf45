import type { AbortOptions, Closable } from '@hanse/core'
import type { ReadStatement, Values, WriteStatement } from '../query/statement.ts'
import type { EngineSchema, SchemaChange } from './schema-change.ts'

/** What an engine may offer beyond the duties of the port. */
export type DataCapability =
  /** Serves tables with `indexes`: filters on their columns, and the nearest vectors. */
  'indexes'

/** One page of a read. */
export interface ReadResult {
  /** Rows in the asked order, each with exactly the asked columns (and `similarityColumn` where that was asked); a column without a cell is null. */
  readonly rows: readonly Values[]
  /** Where to go on, in the engine's own terms; absent when nothing can follow. It is sealed before it leaves the process. */
  readonly next: Uint8Array | undefined
}

/** The outcome of a write. */
export type WriteResult =
  | { readonly applied: true }
  /**
   * A condition did not hold and nothing was written. `current` has, for each conditional statement in order, the row (or static part)
   * as it is: all columns, or `undefined` when it does not exist. It may have changed since.
   */
  | { readonly applied: false; readonly current: readonly (Values | undefined)[] }

/**
 * The port behind which a store hides. Authors of engines implement it and prove it with `dataEngineConformance`.
 *
 * - **Values** are canonical in both directions (see the codecs): an engine neither validates nor coerces.
 * - **Ordering**: a read sees every write whose promise was resolved before it began, through any process.
 *   Rows come in clustering order. Of two plain writes at once, one wins cell by cell.
 * - **Atomicity**: `write` applies all of its statements or none. With a condition among them they are of one table and one partition
 *   (the caller has checked), all conditions are judged against the state before, and the whole is linearizable.
 *   No two statements of one write touch the same cell (the caller has checked).
 * - **Idempotency**: each statement says whether it may be repeated. An engine retries by itself only those, and settles the unknown outcome
 *   of a conditional write by looking, never by guessing.
 * - **Abort**: an aborted signal ends the wait with the signal's reason, untouched; a write that was already sent may still happen.
 * - **Errors**: a `HanseError` with the driver's error as its cause; `retryable` says whether the same call may succeed later.
 *   A write that rejects with `retryable: false` did not happen; with `true` it may have.
 */
export interface DataEngine extends Closable {
  /** Names the engine in messages: `sqlite`. */
  readonly name: string
  /** What it offers beyond the duties of the port. */
  readonly capabilities: ReadonlySet<DataCapability>
  /** What a database over this engine does with declared tables at start, unless told otherwise. */
  readonly defaultSchemaMode: 'create' | 'verify'
  /** Connects. Called once, before anything else. */
  start(options: AbortOptions): Promise<void>
  /** What the store holds of the named tables; a table that is not there is left out. */
  describe(tables: readonly string[], options: AbortOptions): Promise<EngineSchema>
  /** Changes the schema. Idempotent: what is already so is skipped. Resolves when every later statement sees it. */
  alter(changes: readonly SchemaChange[], options: AbortOptions): Promise<void>
  /** Reads one page. */
  read(statement: ReadStatement, options: AbortOptions): Promise<ReadResult>
  /** Applies one statement, or several at once. */
  write(statements: readonly WriteStatement[], options: AbortOptions): Promise<WriteResult>
}
