import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { SqliteConnection } from '@hanse/core/sqlite'
import type { ReadResult } from '../engine/data-engine.ts'
import { holds } from '../query/holds.ts'
import { similarityColumn } from '../query/statement.ts'
import type { Filter, ScanStatement, Values } from '../query/statement.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { isComparedBySqlite } from './cell-expiry.ts'
import { decodeKey, encodeKey, keyOf, livingValues } from './read-slice.ts'
import type { RowStore } from './row-store.ts'

const rowsPerChunk = 500

/** Reads one page of all rows of a store, in the order of the whole key. */
export function readScan(db: SqliteConnection, store: RowStore, statement: ScanStatement, now: number): ReadResult {
  const { columns, from, nearest, limit } = statement
  const keyColumns = store.keyColumns.map(({ column }) => column)
  if (nearest !== undefined) return { rows: nearestRows(livingRows(db, store, statement, undefined, now), statement), next: undefined }
  const rows: Values[] = []
  let last: Values | undefined
  for (const { key, row } of livingRows(db, store, statement, from === undefined ? undefined : decodeKey(keyColumns, from), now)) {
    if (rows.length === limit) return { rows, next: last === undefined ? undefined : encodeKey(keyColumns, last) }
    rows.push(only(columns, row))
    last = key
  }
  return { rows, next: undefined }
}

interface LivingRow {
  readonly key: Values
  readonly row: Values
}

/** The rows that all filters let through, as they are now. */
function* livingRows(db: SqliteConnection, store: RowStore, statement: ScanStatement, from: Values | undefined, now: number): Generator<LivingRow> {
  const columns = neededColumns(statement, store)
  const equal = statement.filters.flatMap((filter) => sqlEquality(statement.table, store, filter))
  const matches = compileMatches(statement)
  let after = from
  for (;;) {
    const slice = { key: {}, bounds: [], reversed: false, after, equal }
    const plan = store.plan(db, columns, slice)
    const found = store.scan(plan, slice, rowsPerChunk)
    for (const raw of found) {
      const row = livingValues(db, store, plan, raw, now)
      if (row !== undefined && matches(row)) yield { key: keyOf(store, raw), row }
    }
    if (found.length < rowsPerChunk) return
    after = keyOf(store, lastOf(found))
  }
}

function lastOf(found: readonly SQLOutputValue[][]): readonly SQLOutputValue[] {
  return found.at(-1) ?? []
}

/** What is asked, what filters look at, and always the key. */
function neededColumns({ columns, filters, nearest }: ScanStatement, store: RowStore): readonly string[] {
  const names = [...columns, ...filters.map(({ column }) => column), ...(nearest === undefined ? [] : [nearest.column])]
  return [...new Set([...store.keyColumns.map(({ column }) => column.name), ...names])]
}

/** The equality that SQLite can look for itself, by its index; every filter is judged again on the living row. */
function sqlEquality(
  table: TableSchema,
  store: RowStore,
  { column: name, operator, value }: Filter,
): { readonly column: string; readonly value: SQLInputValue }[] {
  const column = table.byName.get(name)
  const cell = store.cellColumns.find((candidate) => candidate.column === column)
  if (operator !== '=' || column === undefined || cell === undefined || !isComparedBySqlite(column)) return []
  return [{ column: name, value: cell.storage.toSql(value) }]
}

function compileMatches({ table, filters }: ScanStatement): (row: Values) => boolean {
  const tests = filters.map((filter) => {
    const column = table.byName.get(filter.column)
    if (column === undefined) throw new TypeError(`table '${table.name}' has no column '${filter.column}'`)
    return (row: Values) => passes(column, filter, row[filter.column] ?? null)
  })
  return (row) => tests.every((test) => test(row))
}

function passes(column: ColumnSchema, { operator, value }: Filter, held: unknown): boolean {
  if (held === null) return false
  const { codec, elementCodec = codec } = column
  if (operator === 'contains') return (held as readonly unknown[]).some((element) => elementCodec.compare(element, value) === 0)
  return holds(operator, codec.compare(held, value))
}

function nearestRows(rows: Iterable<LivingRow>, { columns, nearest, limit }: ScanStatement): readonly Values[] {
  if (nearest === undefined) return []
  const best: { readonly row: Values; readonly similarity: number }[] = []
  for (const { row } of rows) {
    const vector = row[nearest.column]
    if (!(vector instanceof Float32Array)) continue
    const similarity = cosine(vector, nearest.vector)
    if (best.length === limit && similarity <= (best.at(-1)?.similarity ?? 0)) continue
    const place = best.findIndex((other) => other.similarity < similarity)
    best.splice(place === -1 ? best.length : place, 0, { row: only(columns, row), similarity })
    if (best.length > limit) best.pop()
  }
  return best.map(({ row, similarity }) => ({ ...row, [similarityColumn]: similarity }))
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0
  let squareA = 0
  let squareB = 0
  for (let index = 0; index < a.length; index++) {
    const left = a[index] ?? 0
    const right = b[index] ?? 0
    dot += left * right
    squareA += left * left
    squareB += right * right
  }
  return dot / Math.sqrt(squareA * squareB)
}

function only(columns: readonly string[], row: Values): Values {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
}
