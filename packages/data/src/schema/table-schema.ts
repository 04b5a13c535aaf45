import { HanseError, invalidArgument } from '@hanse/core'
import type { Schema } from '@hanse/core'
import { isCollection, parseCqlType } from './cql-type.ts'
import type { CqlType } from './cql-type.ts'
import { isIndexable } from './indexed-type.ts'
import type { Order, TableDefinition } from './table-definition.ts'
import type { UserTypes } from './value-of.ts'
import { compileCodec } from './value-codec.ts'
import type { ValueCodec } from './value-codec.ts'

/** What a column is in its table. */
export type ColumnRole = 'partition' | 'clustering' | 'static' | 'regular'

/** One column, compiled. */
export interface ColumnSchema {
  /** The column's name. */
  readonly name: string
  /** Its type, parsed. */
  readonly type: CqlType
  /** What it is in its table. */
  readonly role: ColumnRole
  /** The direction of a clustering column; `asc` for every other. */
  readonly order: Order
  /** Whether the column is never null: key columns and required columns. */
  readonly required: boolean
  /** Checks, compares and carries its values. */
  readonly codec: ValueCodec
  /** The codec of the elements of a list or set, or of the keys of a map. */
  readonly elementCodec: ValueCodec | undefined
  /** The codec of the values of a map. */
  readonly entryCodec: ValueCodec | undefined
  /** Names the column in messages: `column 'total' of 'orders'`. */
  readonly subject: string
}

/** A table, checked and compiled once: plain data for engines, with the codec of each column. */
export interface TableSchema {
  /** The table's name, global in its engine. */
  readonly name: string
  /** Partition key, clustering key, then every other column as declared. */
  readonly columns: readonly ColumnSchema[]
  /** Every column by its name. */
  readonly byName: ReadonlyMap<string, ColumnSchema>
  /** The columns of the partition key, in order. */
  readonly partitionKey: readonly ColumnSchema[]
  /** The clustering columns, in order. */
  readonly clusteringKey: readonly ColumnSchema[]
  /** The columns with one value a partition. */
  readonly staticColumns: readonly ColumnSchema[]
  /** The columns that are neither key nor static. */
  readonly regularColumns: readonly ColumnSchema[]
  /** The columns whose value no two rows share. */
  readonly unique: readonly string[]
  /** The columns with a secondary index. */
  readonly indexes: readonly string[]
  /** The user types, by name. */
  readonly types: UserTypes
  /** How long cells live when a write does not say; for ever when undefined. */
  readonly ttlSeconds: number | undefined
  /** Whether rows are managed by conditional writes only. */
  readonly conditional: boolean
  /** Whether every column outside the key is a counter. */
  readonly counter: boolean
  /** Checks rows before they are written. */
  readonly validate: Schema | undefined
}

const identifier = /^[a-z][a-z0-9_]{0,47}$/
const longestTtlSeconds = 630_720_000

/** Checks a time to live: whole seconds from 1 to twenty years. */
export function checkTtlSeconds(ttlSeconds: number | undefined, subject: string): number | undefined {
  if (ttlSeconds === undefined) return undefined
  if (Number.isInteger(ttlSeconds) && ttlSeconds >= 1 && ttlSeconds <= longestTtlSeconds) return ttlSeconds
  throw invalidArgument(subject, `a whole number of seconds from 1 to ${longestTtlSeconds}`, ttlSeconds)
}

/**
 * Checks a definition and compiles it.
 * @throws HanseError `INVALID_ARGUMENT` naming the first rule that it breaks
 */
export function compileTableSchema(name: string, definition: TableDefinition): TableSchema {
  if (typeof name !== 'string' || !identifier.test(name) || name.startsWith('sqlite_')) {
    throw invalidArgument('the name of a table', 'lower case letters, digits and underscores, a letter first, at most 48', name)
  }
  const columns = compileColumns(name, definition)
  const withRole = (role: ColumnRole): ColumnSchema[] => columns.filter((column) => column.role === role)
  const schema: TableSchema = {
    name,
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
    partitionKey: withRole('partition'),
    clusteringKey: withRole('clustering'),
    staticColumns: withRole('static'),
    regularColumns: withRole('regular'),
    unique: definition.unique ?? [],
    indexes: definition.indexes ?? [],
    types: definition.types ?? {},
    ttlSeconds: checkTtlSeconds(definition.ttlSeconds, `'ttlSeconds' of table '${name}'`),
    conditional: definition.conditional ?? false,
    counter: columns.some((column) => isCounter(column.type)),
    validate: definition.validate,
  }
  checkRules(schema, definition)
  return schema
}

function compileColumns(table: string, definition: TableDefinition): ColumnSchema[] {
  const [first, ...clustering] = definition.key
  const partition = typeof first === 'string' ? [first] : [...first]
  const key = [...partition, ...clustering]
  for (const name of key) {
    if (!Object.hasOwn(definition.fields, name)) throw broken(table, `has the key column '${name}', which is not among its fields`)
  }
  if (partition.length === 0) throw broken(table, 'has an empty partition key')
  if (new Set(key).size !== key.length) throw broken(table, 'names a key column twice')
  const names = [...key, ...Object.keys(definition.fields).filter((name) => !key.includes(name))]
  return names.map((name, index) => {
    const role = index < partition.length ? 'partition' : index < key.length ? 'clustering' : definition.static?.includes(name) === true ? 'static' : 'regular'
    return compileColumn(table, name, role, definition)
  })
}

function compileColumn(table: string, name: string, role: ColumnRole, definition: TableDefinition): ColumnSchema {
  const subject = `column '${name}' of '${table}'`
  if (!identifier.test(name) || name.startsWith('hanse_')) {
    throw invalidArgument(`the name of ${subject}`, "lower case letters, digits and underscores, a letter first, at most 48, not starting with 'hanse_'", name)
  }
  const type = parseCqlType(definition.fields[name] ?? '', definition.types ?? {}, `field '${name}' of table '${table}'`)
  const inKey = role === 'partition' || role === 'clustering'
  if (inKey && (type.kind !== 'scalar' || type.name === 'counter' || type.name === 'duration')) {
    throw broken(table, `has the key column '${name}' of type '${definition.fields[name]}'; a key column must be of a plain ordered type`)
  }
  return {
    name,
    type,
    role,
    order: definition.order?.[name] ?? 'asc',
    required: inKey || definition.required?.includes(name) === true,
    codec: compileCodec(type),
    elementCodec: type.kind === 'list' || type.kind === 'set' ? compileCodec(type.of) : type.kind === 'map' ? compileCodec(type.key) : undefined,
    entryCodec: type.kind === 'map' ? compileCodec(type.value) : undefined,
    subject,
  }
}

function checkRules(schema: TableSchema, definition: TableDefinition): void {
  for (const [name, order] of Object.entries(definition.order ?? {})) {
    if (schema.byName.get(name)?.role !== 'clustering') throw broken(schema.name, `gives an order to '${name}', which is no clustering column`)
    if (order !== 'asc' && order !== 'desc') throw invalidArgument(`the order of '${name}' in table '${schema.name}'`, "'asc' or 'desc'", order)
  }
  if (schema.staticColumns.length > 0 && schema.clusteringKey.length === 0) throw broken(schema.name, 'has static columns but no clustering column')
  checkNames(schema, 'static', definition.static, (column) => column.role === 'static')
  checkNames(schema, 'required', definition.required, (column) => column.role === 'regular')
  checkNames(schema, 'unique', definition.unique, (column) => column.role === 'regular' && column.type.kind === 'scalar')
  checkNames(schema, 'indexes', definition.indexes, (column) => column.role === 'regular' && isIndexable(column.type))
  if (schema.counter) checkCounters(schema)
  if (schema.conditional && schema.unique.length > 0) throw broken(schema.name, "cannot be 'conditional' and have 'unique' columns")
}

function checkNames(schema: TableSchema, option: string, names: readonly string[] | undefined, fits: (column: ColumnSchema) => boolean): void {
  for (const name of names ?? []) {
    const column = schema.byName.get(name)
    if (column === undefined) throw broken(schema.name, `names '${name}' in '${option}', which is not among its fields`)
    if (!fits(column)) throw broken(schema.name, `names '${name}' in '${option}', which a ${column.role} column of its type cannot be`)
  }
}

function checkCounters(schema: TableSchema): void {
  const stranger = [...schema.regularColumns, ...schema.staticColumns].find((column) => !isCounter(column.type))
  if (stranger !== undefined) throw broken(schema.name, `mixes counters with '${stranger.name}'; a table with counters has nothing else outside its key`)
  if (schema.ttlSeconds !== undefined || schema.conditional || schema.columns.some((column) => column.role !== 'regular' && isCounter(column.type))) {
    throw broken(schema.name, 'has counters, which bear no time to live, no conditions and are never static')
  }
}

function isCounter(type: CqlType): boolean {
  return type.kind === 'scalar' && type.name === 'counter'
}

/** Whether a condition may look at a column. */
export function isComparable(column: ColumnSchema): boolean {
  return (column.role === 'regular' || column.role === 'static') && !isCollection(column.type) && !isCounter(column.type)
}

function broken(table: string, problem: string): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(`table '${table}' ${problem}.`, { code: 'INVALID_ARGUMENT', details: { table } })
}
