import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { CellChange } from '../query/statement.ts'
import { isCollection } from '../schema/cql-type.ts'
import type { ColumnSchema } from '../schema/table-schema.ts'
import { Collection } from './collection.ts'
import { columnStorage } from './column-storage.ts'
import type { ColumnStorage } from './column-storage.ts'

/** A column outside the key, and how it is kept. */
export interface CellColumn {
  readonly column: ColumnSchema
  readonly storage: ColumnStorage
  readonly collection: boolean
}

/** The storage of a column outside the key. */
export function cellColumn(column: ColumnSchema): CellColumn {
  const collection = isCollection(column.type)
  return { column, collection, storage: collection ? collectionStorage(column) : columnStorage(column) }
}

function collectionStorage(column: ColumnSchema): ColumnStorage {
  return {
    declared: 'TEXT',
    toSql: (value) => Collection.of(column, value, 0).toText(),
    fromSql: (value) => Collection.parse(column, value as string).value(),
  }
}

/** The cells of one row as they are kept, with the time at which each expires. Changes are made in place, then saved. */
export class StoredRow {
  readonly #columns: readonly CellColumn[]
  readonly #cells: (SQLInputValue | SQLOutputValue)[]
  readonly #expiry: Record<string, number>
  /** The row marker that an insert leaves: `null` for none, 0 for one that stays, else when it expires. */
  #marker: number | null

  constructor(columns: readonly CellColumn[], cells: (SQLInputValue | SQLOutputValue)[], marker: number | null, expiry: Record<string, number>) {
    this.#columns = columns
    this.#cells = cells
    this.#marker = marker
    this.#expiry = expiry
  }

  static empty(columns: readonly CellColumn[]): StoredRow {
    return new StoredRow(
      columns,
      columns.map(() => null),
      null,
      {},
    )
  }

  /** Drops everything that has expired. */
  expire(now: number): void {
    if (this.#marker !== null && this.#marker !== 0 && this.#marker <= now) this.#marker = null
    for (const [index, { column, collection }] of this.#columns.entries()) {
      const text = this.#cells[index] ?? null
      if (text === null) continue
      if (collection) this.#setCollection(index, Collection.parse(column, text as string).at(now))
      else if ((this.#expiry[column.name] ?? Number.POSITIVE_INFINITY) <= now) this.#clear(index, column)
    }
  }

  /** Whether anything is left that makes the row exist. */
  get exists(): boolean {
    return this.#marker !== null || this.#cells.some((cell) => cell !== null)
  }

  mark(expiresAt: number): void {
    this.#marker = expiresAt
  }

  apply(change: CellChange, expiresAt: number): void {
    const index = this.#columns.findIndex(({ column }) => column.name === change.column)
    const cell = this.#columns[index]
    if (cell === undefined) return
    const { column, storage, collection } = cell
    if (change.kind === 'remove') this.#clear(index, column)
    else if (change.kind === 'increment') this.#cells[index] = BigInt.asIntN(64, BigInt((this.#cells[index] as bigint | null) ?? 0n) + (change.value as bigint))
    else if (collection) this.#setCollection(index, Collection.parse(column, this.#cells[index] as string | null).with(change, expiresAt))
    else {
      this.#cells[index] = storage.toSql(change.value)
      delete this.#expiry[column.name]
      if (expiresAt !== 0) this.#expiry[column.name] = expiresAt
    }
  }

  /** The canonical value of a cell, or null. */
  value(index: number): unknown {
    const cell = this.#cells[index] ?? null
    return cell === null ? null : this.#columns[index]?.storage.fromSql(cell as SQLOutputValue)
  }

  /** What is saved: the cells, the marker, the expiry times, and the soonest of these. */
  parameters(): SQLInputValue[] {
    const hasExpiry = Object.keys(this.#expiry).length > 0
    return [...(this.#cells as SQLInputValue[]), this.#marker, hasExpiry ? JSON.stringify(this.#expiry) : null, this.#soonest()]
  }

  #soonest(): number | null {
    const times = Object.values(this.#expiry)
    if (this.#marker !== null && this.#marker !== 0) times.push(this.#marker)
    for (const [index, { column, collection }] of this.#columns.entries()) {
      const cell = this.#cells[index] ?? null
      if (!collection || cell === null) continue
      const { soonest } = Collection.parse(column, cell as string)
      if (soonest !== 0) times.push(soonest)
    }
    return times.length === 0 ? null : Math.min(...times)
  }

  #setCollection(index: number, elements: Collection): void {
    this.#cells[index] = elements.isEmpty ? null : elements.toText()
  }

  #clear(index: number, column: ColumnSchema): void {
    this.#cells[index] = null
    delete this.#expiry[column.name]
  }
}
