import type { AbortOptions } from '@hanse/core'
import { createTable, table } from '@hanse/data'
import type { Database, DataEngine } from '@hanse/data'
import { searchError } from '../errors.ts'
import type { VectorSpec } from '../vector/vector-index.ts'

/** One partition, so that two entries are exchanged by one conditional write. */
const indexesTable = table('hanse_vector_indexes', {
  fields: { part: 'text', name: 'text', held_in: 'text', spec: 'text' },
  key: [['part'], 'name'],
  required: ['held_in', 'spec'],
  conditional: true,
})

const part = 'all'

/** An index as the catalog knows it. */
export interface CatalogEntry {
  /** The name of its table. */
  readonly heldIn: string
  readonly spec: VectorSpec
}

/** Maps the names of indexes to tables, whose names are never used again. */
export class VectorCatalog {
  readonly #rows: Database<{ readonly indexes: typeof indexesTable }>['indexes']
  readonly #atomically: Database['atomically']

  private constructor(db: Database<{ readonly indexes: typeof indexesTable }>) {
    this.#rows = db.indexes
    this.#atomically = (writes, options) => db.atomically(writes, options)
  }

  /** Opens the catalog of a started store; makes its table when that is missing. */
  static async open(engine: DataEngine, db: Database, options: AbortOptions): Promise<VectorCatalog> {
    const held = await engine.describe([indexesTable.name], options)
    if (!held.has(indexesTable.name)) await engine.alter([createTable(indexesTable)], options)
    const extended = db.extend({ indexes: indexesTable })
    await extended.start(options)
    return new VectorCatalog(extended)
  }

  /** The entry of an index; `undefined` when there is none. */
  async find(name: string, options: AbortOptions): Promise<CatalogEntry | undefined> {
    const row = await this.#rows.get({ part, name }, options)
    return row === undefined ? undefined : { heldIn: row.held_in, spec: { ...(JSON.parse(row.spec) as VectorSpec), name } }
  }

  /**
   * The entry of an index.
   * @throws HanseError `UNKNOWN_INDEX`
   */
  async require(name: string, options: AbortOptions): Promise<CatalogEntry> {
    const entry = await this.find(name, options)
    if (entry !== undefined) return entry
    throw searchError('UNKNOWN_INDEX', `there is no vector index '${name}'; prepare it first.`)
  }

  /** Adds an index; false when another caller has added one of the name. */
  async add({ heldIn, spec }: CatalogEntry, options: AbortOptions): Promise<boolean> {
    const { applied } = await this.#rows.insertIfAbsent({ part, name: spec.name, held_in: heldIn, spec: JSON.stringify(spec) }, options)
    return applied
  }

  /** Takes an index out, if it is still in that table. */
  async remove(name: string, heldIn: string, options: AbortOptions): Promise<boolean> {
    const { applied } = await this.#rows.delete({ part, name }, options).if({ held_in: heldIn })
    return applied
  }

  /** Exchanges the tables of two indexes. */
  async swap(name: string, other: string, options: AbortOptions): Promise<void> {
    for (;;) {
      const one = await this.require(name, options)
      const two = await this.require(other, options)
      if (one.heldIn === two.heldIn) return
      const move = (to: string, before: CatalogEntry, { heldIn, spec }: CatalogEntry) =>
        this.#rows
          .update({ part, name: to })
          .set({ held_in: heldIn, spec: JSON.stringify(spec) })
          .if({ held_in: before.heldIn })
      const { applied } = await this.#atomically([move(name, one, two), move(other, two, one)], options)
      // Another caller was first: look again.
      if (applied) return
    }
  }
}
