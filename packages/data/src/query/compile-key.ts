import { HanseError, describe, invalidArgument } from '@hanse/core'
import { stripDecimal } from '../schema/decimal.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import type { Values } from './statement.ts'

/** How much of a key a statement takes: the whole, the partition only, or the partition and a clustering prefix. */
export type KeyExtent = 'whole' | 'partition' | 'prefix'

/**
 * Checks a key and makes its values canonical.
 *
 * @param verb - the statement, for messages: `select`
 * @throws HanseError `INVALID_ARGUMENT` naming the column that is missing, unknown, null or of another type
 */
export function compileKey(table: TableSchema, given: Values, extent: KeyExtent, verb: string): Values {
  if (typeof given !== 'object' || given === null) throw invalidArgument(`the key of ${verb} on '${table.name}'`, 'an object', given)
  const compiled: Record<string, unknown> = {}
  for (const column of table.partitionKey) compiled[column.name] = keyValue(table, column, given, verb, 'partition key column')
  let gap: string | undefined
  for (const column of table.clusteringKey) {
    if (extent === 'partition' || (extent === 'prefix' && given[column.name] === undefined)) {
      gap ??= column.name
      continue
    }
    if (gap !== undefined) throw clusteringGap(table, gap, column.name, verb)
    compiled[column.name] = keyValue(table, column, given, verb, 'clustering column')
  }
  for (const name in given) {
    if (!(name in compiled) && given[name] !== undefined) throw strangerInKey(table, name, extent, verb)
  }
  return compiled
}

/** The canonical value of one key column. */
export function keyColumnValue(table: TableSchema, column: ColumnSchema, value: unknown): unknown {
  if (value === null) throw invalidArgument(column.subject, 'a value (a key column is never null)', value)
  const canonical = canonicalInKey(column, column.codec.normalize(value, column.subject))
  if (canonical === '' && column.role === 'partition' && table.partitionKey.length === 1) {
    throw invalidArgument(column.subject, 'not empty, because it is the whole partition key', value)
  }
  return canonical
}

function keyValue(table: TableSchema, column: ColumnSchema, given: Values, verb: string, role: string): unknown {
  const value = given[column.name]
  if (value === undefined) throw missing(table, column, given, verb, role)
  return keyColumnValue(table, column, value)
}

/** Keys compare by value, so that the texts of one number must not make two rows. */
function canonicalInKey(column: ColumnSchema, value: unknown): unknown {
  if (column.type.kind !== 'scalar') return value
  if (column.type.name === 'decimal') return stripDecimal(value as string)
  if (Number.isNaN(value)) throw invalidArgument(column.subject, 'a number that is not NaN, because it is part of the key', value)
  return value
}

function missing(table: TableSchema, column: ColumnSchema, given: Values, verb: string, role: string): HanseError<'INVALID_ARGUMENT'> {
  const names = Object.keys(given).filter((name) => given[name] !== undefined)
  const got = names.length === 0 ? 'nothing' : `only ${names.map((name) => `'${name}'`).join(', ')}`
  return new HanseError(`${verb} on '${table.name}' needs the ${role} '${column.name}'; got ${got}.`, {
    code: 'INVALID_ARGUMENT',
    details: { table: table.name, column: column.name },
  })
}

function clusteringGap(table: TableSchema, gap: string, column: string, verb: string): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(
    `${verb} on '${table.name}' gives the clustering column '${column}' without '${gap}' before it; clustering columns are given in order.`,
    {
      code: 'INVALID_ARGUMENT',
      details: { table: table.name, column: gap },
    },
  )
}

function strangerInKey(table: TableSchema, name: string, extent: KeyExtent, verb: string): HanseError<'INVALID_ARGUMENT'> {
  const wanted = (extent === 'partition' ? table.partitionKey : [...table.partitionKey, ...table.clusteringKey]).map((column) => `'${column.name}'`).join(', ')
  const column = table.byName.get(name)
  const what = column === undefined ? 'is not a column of it' : extent === 'partition' ? 'is not part of its partition key' : 'is not part of its key'
  return new HanseError(`${verb} on '${table.name}' cannot look for ${describe(name)}, which ${what}; it looks by ${wanted}.`, {
    code: 'INVALID_ARGUMENT',
    details: { table: table.name, column: name },
  })
}
