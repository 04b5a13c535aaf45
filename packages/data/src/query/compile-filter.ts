import { HanseError, describe, invalidArgument } from '@hanse/core'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { isRanged } from '../schema/indexed-type.ts'
import type { Filter, Nearest, Values } from './statement.ts'

const operators: ReadonlySet<string> = new Set<Filter['operator']>(['=', '<', '<=', '>', '>=', 'contains'])

/** Checks what `find` was given by column. */
export function compileEqualFilters(table: TableSchema, given: Values, verb: string): Filter[] {
  if (typeof given !== 'object' || given === null) throw invalidArgument(`the filters of ${verb} on '${table.name}'`, 'an object', given)
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [compileFilter(table, name, '=', value, verb)]))
}

/**
 * Checks one filter.
 * @throws HanseError `INVALID_ARGUMENT` for a column without an index, or an operator that its type cannot serve
 */
export function compileFilter(table: TableSchema, name: string, operator: Filter['operator'], value: unknown, verb: string): Filter {
  const column = indexedColumn(table, name, verb)
  if (!operators.has(operator)) throw invalidArgument(`the operator of a filter on '${name}' of '${table.name}'`, [...operators].join(' '), operator)
  if (column.type.kind === 'list' || column.type.kind === 'set') {
    if (operator !== 'contains') throw unserved(table, column, operator, "a list or set is filtered by 'contains'")
    return { column: name, operator, value: filterValue(column, column.elementCodec ?? column.codec, value) }
  }
  if (column.type.kind !== 'scalar') throw unserved(table, column, operator, 'a vector column is searched by nearest()')
  if (operator === 'contains') throw unserved(table, column, operator, "'contains' is for lists and sets")
  if (operator !== '=' && !isRanged(column.type)) throw unserved(table, column, operator, 'its type is filtered by equality only')
  return { column: name, operator, value: filterValue(column, column.codec, value) }
}

/** One column is filtered by one value, or from each side once: Cassandra takes no more. What sets and lists contain may be asked several times. */
export function checkFilters(table: TableSchema, filters: readonly Filter[], verb: string): Filter[] {
  const asked = new Map<string, string>()
  for (const { column, operator } of filters) {
    if (operator === 'contains') continue
    const before = asked.get(column) ?? ''
    const side = operator.charAt(0)
    if (before.includes('=') || before.includes(side) || (before !== '' && side === '=')) {
      throw new HanseError(
        `${verb} on '${table.name}' has filters on '${column}' that are not one value or one bound from each side; leave out all but those.`,
        {
          code: 'INVALID_ARGUMENT',
          details: { table: table.name, column },
        },
      )
    }
    asked.set(column, before + side)
  }
  return [...filters]
}

function filterValue(column: ColumnSchema, codec: ColumnSchema['codec'], value: unknown): unknown {
  if (value === null || value === undefined) throw invalidArgument(column.subject, 'a value to filter by (a row without a cell cannot be looked for)', value)
  if (Number.isNaN(value)) throw invalidArgument(column.subject, 'a number that is not NaN', value)
  return codec.normalize(value, column.subject)
}

/** Checks a vector to be near to. */
export function compileNearest(table: TableSchema, name: string, vector: unknown): Nearest {
  const column = indexedColumn(table, name, 'nearest')
  if (column.type.kind !== 'vector') throw unserved(table, column, 'nearest', 'only a vector column has nearest rows')
  const canonical = column.codec.normalize(vector, column.subject) as Float32Array
  assertDirection(column, canonical)
  return { column: name, vector: canonical }
}

/** A vector of zeros has no direction, so that nothing is near to it: Cassandra refuses it in an index, and so does every engine. */
export function assertDirection(column: ColumnSchema, vector: Float32Array): void {
  if (vector.some((component) => component !== 0)) return
  throw invalidArgument(column.subject, 'a vector with a component other than zero, because the column has an index', 'zeros')
}

function indexedColumn(table: TableSchema, name: string, verb: string): ColumnSchema {
  const column = table.byName.get(name)
  if (column !== undefined && table.indexes.includes(name)) return column
  const what = column === undefined ? 'is not a column of it' : 'has no index'
  const names = table.indexes.length === 0 ? 'it has none' : table.indexes.map((index) => `'${index}'`).join(', ')
  throw new HanseError(`${verb} on '${table.name}' cannot look for ${describe(name)}, which ${what}; it looks by its indexes (${names}).`, {
    code: 'INVALID_ARGUMENT',
    details: { table: table.name, column: name },
  })
}

function unserved(table: TableSchema, column: ColumnSchema, operator: string, reason: string): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(`the index on '${column.name}' of '${table.name}' does not serve ${operator}: ${reason}.`, {
    code: 'INVALID_ARGUMENT',
    details: { table: table.name, column: column.name },
  })
}
