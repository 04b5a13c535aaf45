import type { AbortOptions } from '@hanse/core'
import type { SqliteConnection, SqliteFile } from '@hanse/core/sqlite'
import type { WriteOutcome } from '../index/attributes.ts'
import { readyWrites } from '../vector/ready-writes.ts'
import { requireSameModel } from '../vector/same-model.ts'
import type { StoredVector, VectorCapability, VectorHit, VectorIndex, VectorQuery, VectorSpec, VectorWrite } from '../vector/vector-index.ts'
import { ensureEntry, findEntry, removeEntry, requireEntry, swapEntries } from './catalog.ts'
import { oneView } from './one-view.ts'
import { VectorMemory, storedVector } from './vector-memory.ts'
import { applyVectorWrite, createVectorTables, vectorTables } from './vector-tables.ts'
import type { VectorTables } from './vector-tables.ts'

/** The vector index of the embedded engine, in the engine's own file, which the engine opens and closes. */
export class EmbeddedVectors implements VectorIndex {
  readonly capabilities: ReadonlySet<VectorCapability>
  readonly #open: () => Promise<SqliteFile>
  /** By table name, so that a swap needs no care. */
  readonly #memories = new Map<string, VectorMemory>()

  constructor(open: () => Promise<SqliteFile>, shared: boolean) {
    this.#open = open
    this.capabilities = new Set(shared ? ['multi-process'] : [])
  }

  async prepare(index: VectorSpec, options: AbortOptions = {}): Promise<void> {
    const file = await this.#open()
    await file.write((db) => {
      const entry = findEntry(db, 'vector', index.name)
      if (entry !== undefined) requireSameModel(JSON.parse(entry.spec) as VectorSpec, index)
      ensureEntry(db, 'vector', index, (prefix) => createVectorTables(db, vectorTables(prefix, index)))
    }, options)
  }

  async write(index: string, writes: readonly VectorWrite[], options: AbortOptions = {}): Promise<readonly WriteOutcome[]> {
    const file = await this.#open()
    return file.write((db) => {
      const tables = tablesOf(db, index)
      return readyWrites(tables.spec, writes).map((write) => applyVectorWrite(db, tables, write))
    }, options)
  }

  async search(index: string, query: VectorQuery, options: AbortOptions = {}): Promise<readonly VectorHit[]> {
    const file = await this.#open()
    options.signal?.throwIfAborted()
    return file.read((db) =>
      oneView(db, () => {
        const tables = tablesOf(db, index)
        return this.#memory(tables).search(db, tables, query)
      }),
    )
  }

  async read(index: string, ids: readonly string[], options: AbortOptions = {}): Promise<readonly (StoredVector | undefined)[]> {
    const file = await this.#open()
    options.signal?.throwIfAborted()
    return file.read((db) => {
      const { docs, data, spec } = tablesOf(db, index)
      const select = db.prepare(`select d.version, v.hash, v.vector from ${docs.name} d join ${data} v on v.doc = d.doc where d.id = ? and d.deleted = 0`)
      return ids.map((id) => {
        const row = select.get(id)
        if (row === undefined) return undefined
        return { id, vector: storedVector(row['vector'], spec.dimensions, index, id), contentHash: String(row['hash']), version: Number(row['version']) }
      })
    })
  }

  async swap(index: string, other: string, options: AbortOptions = {}): Promise<void> {
    const file = await this.#open()
    await file.write((db) => swapEntries(db, 'vector', index, other), options)
  }

  async drop(index: string, options: AbortOptions = {}): Promise<void> {
    const file = await this.#open()
    await file.write((db) => {
      const entry = findEntry(db, 'vector', index)
      if (entry !== undefined) this.#memories.delete(vectorTables(entry.prefix, JSON.parse(entry.spec) as VectorSpec).data)
      removeEntry(db, 'vector', index)
    }, options)
  }

  async close(): Promise<void> {
    // The file belongs to the engine.
    this.#memories.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #memory(tables: VectorTables): VectorMemory {
    const known = this.#memories.get(tables.data)
    if (known !== undefined) return known
    const memory = new VectorMemory(tables.spec.dimensions)
    this.#memories.set(tables.data, memory)
    return memory
  }
}

function tablesOf(db: SqliteConnection, index: string): VectorTables {
  const { prefix, spec } = requireEntry(db, 'vector', index)
  return vectorTables(prefix, JSON.parse(spec) as VectorSpec)
}
