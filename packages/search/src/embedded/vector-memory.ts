import type { SqliteConnection } from '@hanse/core/sqlite'
import { searchError } from '../errors.ts'
import type { Filter } from '../index/filter.ts'
import { FlatIndex } from '../vector/flat-index.ts'
import { readyVector, scoreOf, similarityOf } from '../vector/metrics.ts'
import type { VectorHit, VectorQuery } from '../vector/vector-index.ts'
import { renderFilter } from './attribute-table.ts'
import { fromBytes } from './vector-tables.ts'
import type { VectorTables } from './vector-tables.ts'

const rememberedFilters = 32

/** The vectors of one index in memory, brought up to date from its tables before every search. A slot is a row number less one. */
export class VectorMemory {
  readonly #flat: FlatIndex
  readonly #ids: string[] = []
  readonly #slots = new Map<string, number>()
  readonly #passing = new Map<string, Uint32Array>()
  #seq = 0

  constructor(dimensions: number) {
    this.#flat = new FlatIndex(dimensions)
  }

  /** Searches the state that `db` shows. */
  search(db: SqliteConnection, tables: VectorTables, query: VectorQuery): VectorHit[] {
    this.#catchUp(db, tables)
    const { dimensions, metric, name } = tables.spec
    const vector = readyVector(query.vector, dimensions, metric, `a vector to search index '${name}' by`)
    const excluded = new Set(query.excludeIds.flatMap((id) => this.#slots.get(id) ?? []))
    const tie = (a: number, b: number): number => ((this.#ids[a] ?? '') < (this.#ids[b] ?? '') ? -1 : 1)
    const found = this.#flat.search({ query: vector, limit: query.limit, among: this.#slotsPassing(db, tables, query.filter), excluded, tie })
    const { minScore = 0 } = query
    return found
      .map(({ slot, product }) => {
        const similarity = similarityOf(metric, product)
        return { id: this.#ids[slot] ?? '', score: scoreOf(metric, similarity), similarity }
      })
      .filter(({ score }) => score >= minScore)
  }

  /** Reads what was written since the last time, by this process or another. */
  #catchUp(db: SqliteConnection, tables: VectorTables): void {
    const { docs, data, spec } = tables
    const latest = Number(db.prepare(`select coalesce(max(seq), 0) as seq from ${docs.name}`).get()?.['seq'])
    if (latest === this.#seq) return
    const changed = db.prepare(`select d.doc, d.id, d.deleted, v.vector from ${docs.name} d left join ${data} v on v.doc = d.doc where d.seq > ?`)
    for (const row of changed.iterate(this.#seq)) {
      const slot = Number(row['doc']) - 1
      const id = String(row['id'])
      this.#ids[slot] = id
      this.#slots.set(id, slot)
      if (row['deleted'] === 1) this.#flat.delete(slot)
      else this.#flat.set(slot, storedVector(row['vector'], spec.dimensions, spec.name, id))
    }
    this.#passing.clear()
    this.#seq = latest
  }

  /** The slots that pass a filter; `undefined` for all. Remembered until the next change. */
  #slotsPassing(db: SqliteConnection, { docs }: VectorTables, filter: Filter): Uint32Array | undefined {
    if (filter.kind === 'all' && filter.of.length === 0) return undefined
    const { text, params } = renderFilter(docs, filter)
    const key = JSON.stringify([text, params], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    const known = this.#passing.get(key)
    if (known !== undefined) return known
    const rows = db.prepare(`select d.doc from ${docs.name} d where d.deleted = 0 and ${text}`).all(...params)
    const slots = Uint32Array.from(rows, (row) => Number(row['doc']) - 1)
    if (this.#passing.size >= rememberedFilters) this.#passing.clear()
    this.#passing.set(key, slots)
    return slots
  }
}

/**
 * Reads a vector from the file.
 * @throws HanseError `CORRUPT_INDEX`
 */
export function storedVector(bytes: unknown, dimensions: number, index: string, id: string): Float32Array {
  const vector = fromBytes(bytes, dimensions)
  if (vector !== undefined) return vector
  throw searchError('CORRUPT_INDEX', `the stored vector of document '${id}' of index '${index}' is damaged; rebuild the index with reindex().`, {
    details: { id },
  })
}
