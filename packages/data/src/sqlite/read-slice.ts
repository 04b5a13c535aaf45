import type { SQLOutputValue } from 'node:sqlite'
import type { SqliteConnection } from '@hanse/core/sqlite'
import type { ReadResult } from '../engine/data-engine.ts'
import type { SelectStatement, Values } from '../query/statement.ts'
import type { ColumnSchema } from '../schema/table-schema.ts'
import type { Json } from '../schema/value-codec.ts'
import type { RowStore, ScanPlan } from './row-store.ts'

/** Reads one page of rows, skipping those that have expired. */
export function readSlice(db: SqliteConnection, store: RowStore, statement: SelectStatement, now: number): ReadResult {
  const { table, columns, key, bounds, reversed, from } = statement
  const limit = Number.isFinite(statement.limit) ? statement.limit : Number.MAX_SAFE_INTEGER
  const rows: Values[] = []
  let after = from === undefined ? undefined : decodeKey(table.clusteringKey, from)
  for (;;) {
    const slice = { key, bounds, reversed, after }
    const plan = store.plan(db, columns, slice)
    const wanted = Math.min(limit - rows.length + 1, Number.MAX_SAFE_INTEGER)
    const found = store.scan(plan, slice, wanted)
    let last: readonly SQLOutputValue[] | undefined
    for (const raw of found) {
      if (rows.length === limit) return { rows, next: encodeKey(table.clusteringKey, last === undefined ? after : keyOf(store, last)) }
      const row = livingValues(db, store, plan, raw, now)
      if (row !== undefined) rows.push(row)
      last = raw
    }
    // Expired rows may have been among them, with others behind.
    if (found.length < wanted || last === undefined) return { rows, next: undefined }
    after = keyOf(store, last)
  }
}

/** What is alive of a row that was read; `undefined` when nothing is. */
export function livingValues(db: SqliteConnection, store: RowStore, plan: ScanPlan, raw: readonly SQLOutputValue[], now: number): Values | undefined {
  return isWhole(raw, now) ? wholeRow(store, plan, raw) : livingRow(db, store, plan, raw, now)
}

/** Whether nothing of a row has expired. */
function isWhole(raw: readonly SQLOutputValue[], now: number): boolean {
  const soonest = raw[raw.length - 1] ?? null
  return soonest === null || Number(soonest) > now
}

function wholeRow(store: RowStore, { cells, keys }: ScanPlan, raw: readonly SQLOutputValue[]): Values {
  const row = keyPart(store, keys, raw)
  let at = keys.length
  for (const { column, storage } of cells) {
    const value = raw[at++] ?? null
    row[column.name] = value === null ? null : storage.fromSql(value)
  }
  return row
}

function livingRow(db: SqliteConnection, store: RowStore, { cells, keys }: ScanPlan, raw: readonly SQLOutputValue[], now: number): Values | undefined {
  const stored = store.load(db, keyOf(store, raw), now)
  if (stored === undefined) return undefined
  const row = keyPart(store, keys, raw)
  for (const cell of cells) row[cell.column.name] = stored.value(store.cellColumns.indexOf(cell))
  return row
}

function keyPart(store: RowStore, keys: readonly boolean[], raw: readonly SQLOutputValue[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  let at = 0
  for (const { column, storage } of store.keyColumns) {
    if (keys[at] === true) row[column.name] = storage.fromSql(raw[at] ?? null)
    at++
  }
  return row
}

/** The key of a row that was read. */
export function keyOf(store: RowStore, raw: readonly SQLOutputValue[]): Values {
  return Object.fromEntries(store.keyColumns.map(({ column, storage }, at) => [column.name, storage.fromSql(raw[at] ?? null)]))
}

/** Values of key columns as bytes, for a position. */
export function encodeKey(columns: readonly ColumnSchema[], key: Values | undefined): Uint8Array {
  return Buffer.from(JSON.stringify(columns.map((column) => column.codec.toJson(key?.[column.name]))))
}

/** What {@link encodeKey} made. */
export function decodeKey(columns: readonly ColumnSchema[], bytes: Uint8Array): Values {
  const json = JSON.parse(Buffer.from(bytes).toString()) as readonly Json[]
  return Object.fromEntries(columns.map((column, index) => [column.name, column.codec.fromJson(json[index] ?? null)]))
}
