import { HanseError } from '@hanse/core'
import type { DataErrorCode } from '../errors.ts'
import type { Values } from '../query/statement.ts'
import type { WriteOptions } from '../query/table-access.ts'
import { isComparable } from '../schema/table-schema.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { columnsOf, encodeCells } from './cells.ts'
import type { AnyApplied, TransferTable } from './transfer-access.ts'

/**
 * Writes one imported row, unless it is there already.
 *
 * @param look - whether a row may be there; a look is saved where the table was empty
 * @returns whether it was written
 * @throws HanseError `IMPORT_CONFLICT` when the row is there with other values, or another row holds a unique value of it
 */
export async function writeRow(table: TransferTable, row: Values, look: boolean, options: WriteOptions): Promise<boolean> {
  const { schema, access } = table
  const columns = columnsOf(schema, 'rows')
  const key = pick(row, [...schema.partitionKey, ...schema.clusteringKey])
  const held = look ? await access.get(key, { ...readOptions(options), columns: columns.map(({ name }) => name) }) : undefined
  if (held !== undefined) return assertSame(schema, columns, row, held)
  // Rows of these tables are changed by conditions, which must find them with the timestamps of a conditional write.
  if (schema.conditional || schema.unique.length > 0) return settle(schema, columns, row, await access.insertIfAbsent(row, options))
  await access.insert(row, options)
  return true
}

/** Writes the static columns of one partition, as {@link writeRow} does. */
export async function writeStatic({ schema, access }: TransferTable, statics: Values, look: boolean, options: WriteOptions): Promise<boolean> {
  const columns = columnsOf(schema, 'static')
  const key = pick(statics, schema.partitionKey)
  const held = look ? await access.getStatic(key, readOptions(options)) : undefined
  if (held !== undefined) return assertSame(schema, columns, statics, held)
  const update = access.updateStatic(key, options).set(pick(statics, schema.staticColumns))
  if (schema.conditional) return settle(schema, columns, statics, await update.if(nothingThere(schema)))
  await update
  return true
}

/** @throws HanseError `UNSUPPORTED` for a table whose static columns no condition can look at */
export function assertImportable(schema: TableSchema): void {
  if (!schema.conditional || schema.staticColumns.length === 0 || schema.staticColumns.some(isComparable)) return
  throw new HanseError<DataErrorCode>(
    `importTables cannot take '${schema.name}': it is 'conditional', and all of its static columns are unfrozen collections, which no condition can look at. Freeze one of them.`,
    { code: 'UNSUPPORTED', details: { table: schema.name } },
  )
}

function nothingThere(schema: TableSchema): Values {
  return Object.fromEntries(schema.staticColumns.filter(isComparable).map(({ name }) => [name, null]))
}

function settle(schema: TableSchema, columns: readonly ColumnSchema[], values: Values, result: AnyApplied): boolean {
  if (result.applied) return true
  if (result.conflict !== undefined && result.conflict !== 'key')
    throw conflict(schema, columns, values, `another row holds the value of its unique column '${result.conflict}'`)
  return assertSame(schema, columns, values, result.current ?? {})
}

/** @returns false: nothing had to be written */
function assertSame(schema: TableSchema, columns: readonly ColumnSchema[], given: Values, held: Values): false {
  const text = (column: ColumnSchema, values: Values): string => JSON.stringify(encodeCells([column], values))
  const other = columns.filter((column) => text(column, given) !== text(column, held))
  if (other.length === 0) return false
  throw conflict(schema, columns, given, `it is there with another value of ${other.map(({ name }) => `'${name}'`).join(', ')}`)
}

/** Names the row in an error about its values: what the declared table does not let in. */
export function refusedRow(schema: TableSchema, columns: readonly ColumnSchema[], values: Values, error: unknown): unknown {
  if (!HanseError.hasCode(error, 'INVALID_ARGUMENT', 'VALIDATION_FAILED')) return error
  const { code, message, details } = error
  return new HanseError(`${rowText(schema, columns, values)} cannot be imported: ${message}`, { code, details, cause: error })
}

function rowText(schema: TableSchema, columns: readonly ColumnSchema[], values: Values): string {
  return `the row ${JSON.stringify(encodedKey(columns, values))} of '${schema.name}'`
}

function encodedKey(columns: readonly ColumnSchema[], values: Values): ReturnType<typeof encodeCells> {
  return encodeCells(
    columns.filter(({ role }) => role === 'partition' || role === 'clustering'),
    values,
  )
}

function conflict(schema: TableSchema, columns: readonly ColumnSchema[], values: Values, problem: string): HanseError<DataErrorCode> {
  return new HanseError(`${rowText(schema, columns, values)} cannot be imported: ${problem}. Import into tables that nothing else writes to.`, {
    code: 'IMPORT_CONFLICT',
    details: { table: schema.name, key: encodedKey(columns, values) },
  })
}

function pick(values: Values, columns: readonly ColumnSchema[]): Values {
  return Object.fromEntries(columns.filter(({ name }) => name in values).map(({ name }) => [name, values[name]]))
}

function readOptions({ signal }: WriteOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
