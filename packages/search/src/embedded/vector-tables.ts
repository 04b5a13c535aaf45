import type { SqliteConnection } from '@hanse/core/sqlite'
import type { WriteOutcome } from '../index/attributes.ts'
import type { ReadyWrite } from '../vector/ready-writes.ts'
import type { VectorSpec } from '../vector/vector-index.ts'
import { createAttributeTable, writeAttributes } from './attribute-table.ts'
import type { AttributeTable } from './attribute-table.ts'
import { decideVersion } from '../index/versions.ts'

/** The tables of one vector index. */
export interface VectorTables {
  readonly spec: VectorSpec
  /** Id, version, deletion mark, place in the order of changes, and attributes by row. */
  readonly docs: AttributeTable
  /** Vectors and content hashes by row, apart from `docs` so that filters scan small rows. */
  readonly data: string
}

/** The table names behind a prefix. */
export function vectorTables(prefix: string, spec: VectorSpec): VectorTables {
  return { spec, docs: { name: `${prefix}_docs`, attributes: spec.attributes }, data: `${prefix}_data` }
}

/** Makes the tables. */
export function createVectorTables(db: SqliteConnection, tables: VectorTables): void {
  createAttributeTable(
    db,
    tables.docs,
    'doc integer primary key, id text not null unique, version integer not null, deleted integer not null, seq integer not null',
  )
  // Every change takes the next number, so that other processes read only what is new.
  db.exec(`create index ${tables.docs.name}_seq on ${tables.docs.name} (seq)`)
  db.exec(`create table ${tables.data} (doc integer primary key, hash text not null, vector blob not null)`)
}

/** Applies one change inside the caller's transaction. */
export function applyVectorWrite(db: SqliteConnection, tables: VectorTables, write: ReadyWrite): WriteOutcome {
  const { docs, data } = tables
  const id = write.kind === 'index' ? write.entry.id : write.id
  const stored = db.prepare(`select doc, version, deleted from ${docs.name} where id = ?`).get(id)
  const version = decideVersion(write, stored)
  if (version === undefined) return { id, status: 'stale' }
  const deleted = write.kind === 'delete' ? 1 : 0
  const seq = Number(db.prepare(`select coalesce(max(seq), 0) + 1 as seq from ${docs.name}`).get()?.['seq'])
  const row =
    stored === undefined
      ? Number(db.prepare(`insert into ${docs.name} (id, version, deleted, seq) values (?, ?, ?, ?)`).run(id, version, deleted, seq).lastInsertRowid)
      : Number(stored['doc'])
  if (stored !== undefined) db.prepare(`update ${docs.name} set version = ?, deleted = ?, seq = ? where doc = ?`).run(version, deleted, seq, row)
  if (write.kind === 'delete') db.prepare(`delete from ${data} where doc = ?`).run(row)
  else db.prepare(`insert or replace into ${data} (doc, hash, vector) values (?, ?, ?)`).run(row, write.entry.contentHash, toBytes(write.entry.vector))
  writeAttributes(db, docs, row, write.kind === 'index' ? write.entry.attributes : new Map())
  return { id, status: 'applied' }
}

/** The bytes of a vector, little-endian as on every machine that Node runs on. */
function toBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}

/** Reads a vector from its bytes; `undefined` when they are not as many as they must be. */
export function fromBytes(bytes: unknown, dimensions: number): Float32Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== dimensions * 4) return undefined
  const copy = new Float32Array(dimensions)
  new Uint8Array(copy.buffer).set(bytes)
  return copy
}
