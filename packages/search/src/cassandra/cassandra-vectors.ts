import { HanseError, createGate, generateId as systemId, invalidArgument, raceAbort } from '@hanse/core'
import type { AbortOptions, Gate, GenerateId } from '@hanse/core'
import { createDatabase, createTable, dropTable } from '@hanse/data'
import type { Database, DataEngine } from '@hanse/data'
import { searchError } from '../errors.ts'
import type { WriteOutcome } from '../index/attributes.ts'
import { requireEqualSpecs } from '../index/compare-specs.ts'
import { readyWrites } from '../vector/ready-writes.ts'
import { requireSameModel } from '../vector/same-model.ts'
import type { StoredVector, VectorCapability, VectorHit, VectorIndex, VectorQuery, VectorSpec, VectorWrite } from '../vector/vector-index.ts'
import { findNearest } from './find-nearest.ts'
import type { OpenIndex } from './find-nearest.ts'
import { VectorCatalog } from './vector-catalog.ts'
import type { CatalogEntry } from './vector-catalog.ts'
import { vectorTable } from './vector-table.ts'
import type { VectorRows } from './vector-table.ts'
import { writeVectors } from './write-vectors.ts'

/** Options of {@link cassandraVectors}. */
export interface CassandraVectorsOptions {
  /**
   * The store: `cassandra({ … })` of `@hanse/data/cassandra`, version 5.0 or later. `sqlite({ … })` serves, too, for tests of your own.
   * The vector index starts and closes it: give an engine of its own.
   */
  readonly engine: DataEngine
  /**
   * Writes, and reads of single documents, that are under way at once; further ones wait.
   * @defaultValue 64
   */
  readonly maxConcurrentRequests?: number
  /** Ends the names of tables that are made. @defaultValue UUIDs */
  readonly generateId?: GenerateId
}

/**
 * A vector index on Cassandra's storage-attached indexes (SAI), through `@hanse/data`. It makes the tables of its indexes itself, in the keyspace
 * of the engine: `hanse_vector_indexes`, and `hanse_vectors_…` for each index.
 *
 * - Nearness by cosine is the server's, approximate and from one copy: a search may miss a vector, and, where a keyspace has several copies, one that
 *   was written a moment ago. Where the server gives fewer hits than were asked for, the rows that may pass are read and compared, so that
 *   min(limit, matches) come back. `dot` is always compared so, row by row.
 * - Cassandra 5.0.9 is refused, except for `dot`: where more vectors are written at once than a node has processors, its index loses some of them
 *   without an error (CASSANDRA-21644), until a compaction.
 * - A write is a conditional write on the version of what is stored.
 *
 * @throws HanseError `INVALID_ARGUMENT`; the first call `UNSUPPORTED` on a server before Cassandra 5.0, and on 5.0.9
 * @example
 * ```ts
 * const vectors = cassandraVectors({ engine: cassandra({ contactPoints: ['10.0.0.1'], localDataCenter: 'dc1', keyspace: 'vectors' }) })
 * const search = createSearch({ engine, vectors, embedder, indexes: { products } })
 * ```
 */
export function cassandraVectors(options: CassandraVectorsOptions): VectorIndex {
  const { engine, maxConcurrentRequests = 64, generateId = systemId } = options
  if (typeof engine?.describe !== 'function') throw invalidArgument("option 'engine' of cassandraVectors()", 'an engine of @hanse/data', engine)
  if (!Number.isSafeInteger(maxConcurrentRequests) || maxConcurrentRequests < 1)
    throw invalidArgument("option 'maxConcurrentRequests' of cassandraVectors()", 'a whole number from 1 up', maxConcurrentRequests)
  return new CassandraVectors(engine, createGate(maxConcurrentRequests), generateId)
}

class CassandraVectors implements VectorIndex {
  readonly capabilities: ReadonlySet<VectorCapability> = new Set(['multi-process'] as const)
  readonly #engine: DataEngine
  readonly #db: Database
  readonly #gate: Gate
  readonly #generateId: GenerateId
  #catalog: Promise<VectorCatalog> | undefined
  /** By table; those that were dropped meanwhile stay, for their names are never used again. */
  readonly #open = new Map<string, OpenIndex>()

  constructor(engine: DataEngine, gate: Gate, generateId: GenerateId) {
    this.#engine = engine
    this.#gate = gate
    this.#generateId = generateId
    // Only `prepare` makes tables: a search that comes late must not bring back one that was dropped.
    this.#db = createDatabase({ engine, tables: {}, schema: 'verify', generateId })
  }

  async prepare(index: VectorSpec, options: AbortOptions = {}): Promise<void> {
    const catalog = await this.#ready(options)
    let entry = await catalog.find(index.name, options)
    while (entry === undefined) {
      await this.#make(catalog, index, options)
      entry = await catalog.find(index.name, options)
    }
    requireSameModel(entry.spec, index)
    requireEqualSpecs('vector', entry.spec, index)
    await this.#opened(entry, options)
  }

  async write(index: string, writes: readonly VectorWrite[], options: AbortOptions = {}): Promise<readonly WriteOutcome[]> {
    const catalog = await this.#ready(options)
    const outcomes = await this.#on(index, options, (open, abort) => writeVectors(open, readyWrites(open.spec, writes), this.#gate, abort))
    // What failed may have failed because the index is gone.
    if (outcomes.some(({ status }) => status === 'failed')) await catalog.require(index, options)
    return outcomes
  }

  async search(index: string, query: VectorQuery, options: AbortOptions = {}): Promise<readonly VectorHit[]> {
    return this.#on(index, options, (open, abort) => findNearest(open, query, this.#gate, abort))
  }

  async read(index: string, ids: readonly string[], options: AbortOptions = {}): Promise<readonly (StoredVector | undefined)[]> {
    return this.#on(index, options, ({ rows }, abort) => Promise.all(ids.map((id) => this.#gate.pass(() => readVector(rows, id, abort)))))
  }

  async swap(index: string, other: string, options: AbortOptions = {}): Promise<void> {
    const catalog = await this.#ready(options)
    await catalog.swap(index, other, options)
  }

  async drop(index: string, options: AbortOptions = {}): Promise<void> {
    const catalog = await this.#ready(options)
    const entry = await catalog.find(index, options)
    if (entry === undefined || !(await catalog.remove(index, entry.heldIn, options))) return
    this.#open.delete(entry.heldIn)
    await this.#engine.alter([dropTable(entry.heldIn)], options)
  }

  async close(options: AbortOptions = {}): Promise<void> {
    await this.#db.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Starts the store and opens the catalog, once; a failure is not remembered. */
  #ready(options: AbortOptions): Promise<VectorCatalog> {
    this.#catalog ??= this.#start().catch((error: unknown) => {
      this.#catalog = undefined
      throw error
    })
    return raceAbort(this.#catalog, options.signal)
  }

  async #start(): Promise<VectorCatalog> {
    await this.#db.start()
    const { name, capabilities } = this.#engine
    if (!capabilities.has('indexes'))
      throw searchError('UNSUPPORTED', `a vector index needs a store with indexes, which the engine '${name}' does not have; Cassandra has them from 5.0.`)
    return VectorCatalog.open(this.#engine, this.#db, {})
  }

  /** Makes a table of its own, and gives it up when another caller was first: nobody makes the same table twice. */
  async #make(catalog: VectorCatalog, spec: VectorSpec, options: AbortOptions): Promise<void> {
    const heldIn = `hanse_vectors_${this.#generateId().replaceAll('-', '')}`
    await this.#engine.alter([createTable(vectorTable(spec, heldIn).table)], options)
    if (!(await catalog.add({ heldIn, spec }, options))) await this.#engine.alter([dropTable(heldIn)], options)
  }

  /** Runs on the table that the name stands for now, and once more when it stands for another by the time that it fails. */
  async #on<T>(name: string, { signal }: AbortOptions, run: (index: OpenIndex, options: AbortOptions) => Promise<T>): Promise<T> {
    // Callers may pass more than is asked for, which statements would take for options of theirs.
    const options = signal === undefined ? {} : { signal }
    const catalog = await this.#ready(options)
    const entry = await catalog.require(name, options)
    try {
      return await run(await this.#opened(entry, options), options)
    } catch (error) {
      if (!HanseError.hasCode(error, 'ENGINE_FAILED', 'CORRUPT_INDEX') || error.retryable) throw error
      const now = await catalog.require(name, options)
      if (now.heldIn === entry.heldIn) throw error
      return run(await this.#opened(now, options), options)
    }
  }

  async #opened({ heldIn, spec }: CatalogEntry, options: AbortOptions): Promise<OpenIndex> {
    const known = this.#open.get(heldIn)
    if (known !== undefined) return { ...known, spec }
    const layout = vectorTable(spec, heldIn)
    const db = this.#db.extend({ vectors: layout.table })
    await db.start(options).catch((error: unknown) => {
      if (!HanseError.hasCode(error, 'SCHEMA_MISMATCH')) throw error
      const message = `the table '${heldIn}' of vector index '${spec.name}' is not as it was made; drop the index and fill it again.`
      throw searchError('CORRUPT_INDEX', message, { cause: error })
    })
    // Which columns the table has is known at run time only.
    const rows = db.vectors as unknown as VectorRows
    const open: OpenIndex = { ...layout, rows, atomically: (writes, abort) => db.atomically(writes as never, abort) }
    this.#open.set(heldIn, open)
    return open
  }
}

async function readVector(rows: VectorRows, id: string, options: AbortOptions): Promise<StoredVector | undefined> {
  const [row] = await rows.select({ id }, { columns: ['version', 'hash', 'vector'], ...options })
  const vector = row?.['vector'] as Float32Array | null | undefined
  if (row === undefined || vector === null || vector === undefined) return undefined
  return { id, vector, contentHash: String(row['hash']), version: Number(row['version']) }
}
