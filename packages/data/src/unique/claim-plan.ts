import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Values, WriteStatement } from '../query/statement.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import type { ClaimStore, ClaimTarget } from './claim-store.ts'

/** What a write does to unique values. */
export interface ClaimPlan {
  /** Values to claim before the write. */
  readonly wanted: readonly ClaimTarget[]
  /** Values that the rows no longer have after it. */
  readonly released: readonly ClaimTarget[]
}

/** Finds out which unique values a write needs and which it frees. */
export async function planClaims(store: ClaimStore, statements: readonly WriteStatement[], options: AbortOptions): Promise<ClaimPlan> {
  const wanted: ClaimTarget[] = []
  const released: ClaimTarget[] = []
  for (const statement of statements.filter(({ table }) => table.unique.length > 0)) {
    const after = uniqueAfter(statement)
    const rowKey = rowKeyOf(statement)
    const before = statement.kind === 'insert' && statement.ifAbsent ? undefined : await store.readRow(statement.table, rowKey, options)
    for (const [column, value] of after) {
      const target = { table: statement.table, column, rowKey }
      const old = before?.[column] ?? null
      const changed = old === null || value === null || statement.table.byName.get(column)?.codec.compare(old, value) !== 0
      if (value !== null && (changed || statement.kind === 'insert')) wanted.push({ ...target, value })
      if (old !== null && changed) released.push({ ...target, value: old })
    }
  }
  return { wanted, released }
}

/** The unique columns that a statement writes, with their new value; `null` when it goes. */
function uniqueAfter(statement: WriteStatement): [string, unknown][] {
  const { unique } = statement.table
  if (statement.kind === 'delete') return unique.map((column) => [column, null])
  if (statement.kind === 'insert') return unique.filter((column) => column in statement.row).map((column) => [column, statement.row[column]])
  return statement.changes.filter((change) => unique.includes(change.column)).map((change) => [change.column, change.kind === 'put' ? change.value : null])
}

function rowKeyOf(statement: WriteStatement): Values {
  const source = statement.kind === 'insert' ? statement.row : statement.key
  const { partitionKey, clusteringKey, name } = statement.table
  const columns = [...partitionKey, ...clusteringKey]
  if (columns.some((column) => !(column.name in source))) {
    throw new HanseError(`delete on '${name}' needs the whole key, because the table has unique columns whose claims are released row by row.`, {
      code: 'INVALID_ARGUMENT',
    })
  }
  return Object.fromEntries(columns.map((column) => [column.name, source[column.name]]))
}

/** A key as text, and back. */
export function encodeRowKey(table: TableSchema, key: Values): string {
  return JSON.stringify([...table.partitionKey, ...table.clusteringKey].map((column) => column.codec.toJson(key[column.name])))
}

/** What {@link encodeRowKey} made, as a key. */
export function decodeRowKey(table: TableSchema, text: string): Values {
  const parts: unknown = JSON.parse(text)
  const values = Array.isArray(parts) ? parts : []
  return Object.fromEntries([...table.partitionKey, ...table.clusteringKey].map((column, index) => [column.name, column.codec.fromJson(values[index])]))
}
