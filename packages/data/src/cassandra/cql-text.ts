import { similarityColumn } from '../query/statement.ts'
import type {
  Bound,
  CellChange,
  Condition,
  DeleteStatement,
  Filter,
  InsertStatement,
  ReadStatement,
  ScanStatement,
  SelectStatement,
  UpdateStatement,
  Values,
} from '../query/statement.ts'
import type { TableSchema } from '../schema/table-schema.ts'

/** A name in CQL; quoted, because a declared name may be a reserved word. */
export function quote(name: string): string {
  return `"${name}"`
}

/** Columns are always listed: `*` would change with the table behind a prepared statement. */
export function selectText(from: string, statement: SelectStatement): string {
  const { table, target, key, bounds, reversed } = statement
  const columns = selectedColumns(statement).map(quote).join(', ')
  const order = reversed && target === 'rows' ? ` ORDER BY ${reversedOrder(table)}` : ''
  return `SELECT ${distinct(target)}${columns} FROM ${from} WHERE ${whereText(key, bounds)}${order}`
}

/** Filters need no ALLOW FILTERING, because each of their columns has an index. */
export function scanText(from: string, statement: ScanStatement): string {
  const { target, filters, nearest } = statement
  const columns = selectedColumns(statement).map(quote)
  if (nearest !== undefined) columns.push(`similarity_cosine(${quote(nearest.column)}, ?) AS ${quote(similarityColumn)}`)
  const where = filters.length === 0 ? '' : ` WHERE ${filters.map(filterText).join(' AND ')}`
  const order = nearest === undefined ? '' : ` ORDER BY ${quote(nearest.column)} ANN OF ? LIMIT ?`
  return `SELECT ${distinct(target)}${columns.join(', ')} FROM ${from}${where}${order}`
}

export function insertText(into: string, { row, ifAbsent, ttlSeconds }: InsertStatement): string {
  const names = Object.keys(row)
  const marks = names.map(() => '?').join(', ')
  return `INSERT INTO ${into} (${names.map(quote).join(', ')}) VALUES (${marks})${ifAbsent ? ' IF NOT EXISTS' : ''}${ttlText(ttlSeconds)}`
}

export function updateText(name: string, { key, changes, conditions, ttlSeconds }: UpdateStatement): string {
  return `UPDATE ${name}${ttlText(ttlSeconds)} SET ${changes.map(changeText).join(', ')} WHERE ${whereText(key, [])}${conditionsText(conditions)}`
}

export function deleteText(from: string, { key, bounds, conditions }: DeleteStatement): string {
  return `DELETE FROM ${from} WHERE ${whereText(key, bounds)}${conditionsText(conditions)}`
}

/**
 * The columns that are asked of the server: those wanted, and what tells whether there is a row at all. A partition with nothing but
 * static columns answers with a row that has no clustering columns; a partition without them answers DISTINCT with nulls.
 * Cassandra 5.0.7 and 5.0.8 fail where a search for the nearest that has a filter leaves out static columns.
 */
export function selectedColumns(statement: ReadStatement): readonly string[] {
  const { table, target, columns } = statement
  if (table.staticColumns.length === 0) return columns
  const isNearest = statement.kind === 'scan' && statement.nearest !== undefined
  const statics = target === 'static' || isNearest ? table.staticColumns : []
  const first = target === 'static' ? [] : table.clusteringKey.slice(0, 1)
  const missing = [...statics, ...first].map(({ name }) => name).filter((name) => !columns.includes(name))
  return missing.length === 0 ? columns : [...columns, ...missing]
}

function distinct(target: ReadStatement['target']): string {
  return target === 'static' ? 'DISTINCT ' : ''
}

function whereText(key: Values, bounds: readonly Bound[]): string {
  const equalities = Object.keys(key).map((name) => `${quote(name)} = ?`)
  return [...equalities, ...bounds.map(({ column, operator }) => `${quote(column)} ${operator} ?`)].join(' AND ')
}

function filterText({ column, operator }: Filter): string {
  return `${quote(column)} ${operator === 'contains' ? 'CONTAINS' : operator} ?`
}

function changeText({ column, kind }: CellChange): string {
  const name = quote(column)
  switch (kind) {
    case 'remove':
      return `${name} = null`
    case 'put':
      return `${name} = ?`
    case 'prepend':
      return `${name} = ? + ${name}`
    case 'removeFromSet':
    case 'removeEntries':
      return `${name} = ${name} - ?`
    default:
      return `${name} = ${name} + ?`
  }
}

function conditionsText(conditions: readonly Condition[]): string {
  if (conditions.length === 0) return ''
  if (conditions.every(({ kind }) => kind === 'exists')) return ' IF EXISTS'
  const compared = conditions.flatMap((condition) =>
    condition.kind === 'exists' ? [] : [`${quote(condition.column)} ${condition.operator} ${condition.value === null ? 'null' : '?'}`],
  )
  return ` IF ${compared.join(' AND ')}`
}

function reversedOrder(table: TableSchema): string {
  return table.clusteringKey.map(({ name, order }) => `${quote(name)} ${order === 'asc' ? 'DESC' : 'ASC'}`).join(', ')
}

function ttlText(ttlSeconds: number | undefined): string {
  return ttlSeconds === undefined ? '' : ' USING TTL ?'
}
