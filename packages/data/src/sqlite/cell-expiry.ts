import type { ColumnSchema } from '../schema/table-schema.ts'
import type { CellColumn } from './stored-row.ts'

/** Stands for every cell that is not named beside it. No declared column is called so. */
const others = '*'

/** The expiry text of a new row whose cells all end at one time. */
export function expiryForAll(expiresAt: number): string {
  return `{"${others}":${expiresAt}}`
}

/** The expiry text of the named cells, for laying over that of a row. */
export function expiryOf(cells: readonly CellColumn[], expiresAt: number): string {
  return `{${cells.map(({ column }) => `"${column.name}":${expiresAt}`).join()}}`
}

/**
 * When each cell ends, by column. Elements of collections know their own time, and a cell that is not there has none:
 * it would end never, and the row would be cleared away again and again.
 */
export function readExpiry(text: string, cells: readonly CellColumn[], held: readonly unknown[]): Record<string, number> {
  const { [others]: common, ...named } = JSON.parse(text) as Record<string, number>
  if (common === undefined) return named
  return Object.fromEntries(
    cells.flatMap(({ column, collection }, index) => (collection || held[index] === null ? [] : [[column.name, named[column.name] ?? common]])),
  )
}

const sameInSqlite: ReadonlySet<string> = new Set(['text', 'ascii', 'varchar', 'int', 'smallint', 'tinyint', 'bigint', 'boolean', 'timestamp'])

/** Whether SQLite finds two values of the column equal exactly when Cassandra does. */
export function isComparedBySqlite({ type }: ColumnSchema): boolean {
  return type.kind === 'scalar' && sameInSqlite.has(type.name)
}
