import { HanseError, describe, invalidArgument } from '@hanse/core'
import { holdsDuration, isCollection } from '../schema/cql-type.ts'
import type { CqlType } from '../schema/cql-type.ts'
import { checkTtlSeconds, isComparable } from '../schema/table-schema.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { mapEntries } from '../schema/value-codec.ts'
import { isElementChange } from './changes.ts'
import type { AnyElementChange } from './changes.ts'
import { assertDirection } from './compile-filter.ts'
import { compileKey, keyColumnValue } from './compile-key.ts'
import type { CellChange, Condition, InsertStatement, Operator, UpdateStatement, Values } from './statement.ts'

const operators: ReadonlySet<string> = new Set<Operator>(['=', '!=', '<', '<=', '>', '>='])
const notIdempotent: ReadonlySet<string> = new Set<CellChange['kind']>(['append', 'prepend', 'increment'])

/** Checks a row and makes the statement that inserts it. */
export function compileInsert(table: TableSchema, given: Values, ifAbsent: boolean, ttlSeconds: number | undefined): InsertStatement {
  const verb = ifAbsent ? 'insertIfAbsent' : 'insert'
  if (table.counter) throw refused(table, `${verb} on '${table.name}' cannot write counters; use update().set({ … : increment() })`)
  if (typeof given !== 'object' || given === null) throw invalidArgument(`the row of ${verb} on '${table.name}'`, 'an object', given)
  for (const name in given) if (!table.byName.has(name)) throw unknownColumn(table, name, verb)
  const row: Record<string, unknown> = {}
  for (const column of table.columns) {
    const value = given[column.name]
    if (column.role === 'partition' || column.role === 'clustering') row[column.name] = requiredValue(table, column, value, verb)
    else if (value === undefined || value === null) checkOptional(table, column, verb)
    else setUnlessEmpty(row, column, cellValue(table, column, value))
  }
  return { kind: 'insert', table, row, ifAbsent, ttlSeconds: writeTtl(table, ttlSeconds), idempotent: !ifAbsent }
}

function cellValue(table: TableSchema, column: ColumnSchema, value: unknown): unknown {
  const canonical = column.codec.normalize(value, column.subject)
  if (column.type.kind === 'vector' && table.indexes.includes(column.name)) assertDirection(column, canonical as Float32Array)
  return canonical
}

function requiredValue(table: TableSchema, column: ColumnSchema, value: unknown, verb: string): unknown {
  if (value === undefined) {
    throw refused(table, `${verb} on '${table.name}' needs the key column '${column.name}', which the row does not have`)
  }
  return keyColumnValue(table, column, value)
}

function checkOptional(table: TableSchema, column: ColumnSchema, verb: string): void {
  if (column.required) throw refused(table, `${verb} on '${table.name}' needs the required column '${column.name}', which the row does not have`)
}

/** An empty unfrozen collection is the same as none. */
function setUnlessEmpty(row: Record<string, unknown>, column: ColumnSchema, value: unknown): void {
  if (isCollection(column.type) && isEmptyCollection(value)) {
    if (column.required) throw invalidArgument(column.subject, 'not empty, because it is required and an empty collection is the same as none', value)
    return
  }
  row[column.name] = value
}

function isEmptyCollection(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : mapEntries(value).length === 0
}

/** The time to live of a write: its own, or the table's. */
export function writeTtl(table: TableSchema, ttlSeconds: number | undefined): number | undefined {
  return ttlSeconds === undefined ? table.ttlSeconds : checkTtlSeconds(ttlSeconds, `option 'ttlSeconds' of a write to '${table.name}'`)
}

/** Checks what `set` was given. */
export function compileChanges(table: TableSchema, given: Values, target: 'row' | 'static'): CellChange[] {
  const verb = target === 'static' ? 'updateStatic' : 'update'
  if (typeof given !== 'object' || given === null) throw invalidArgument(`what ${verb} on '${table.name}' sets`, 'an object', given)
  const changes: CellChange[] = []
  for (const name in given) {
    const value = given[name]
    if (value === undefined) continue
    const column = table.byName.get(name)
    if (column === undefined) throw unknownColumn(table, name, verb)
    if (column.role === 'partition' || column.role === 'clustering')
      throw refused(table, `${verb} on '${table.name}' cannot set the key column '${name}'; a row with another key is another row`)
    if (target === 'static' && column.role !== 'static') throw refused(table, `updateStatic on '${table.name}' cannot set '${name}', which is not static`)
    changes.push(compileChange(table, column, value))
  }
  if (changes.length === 0) throw refused(table, `${verb} on '${table.name}' sets nothing; give set() at least one column`)
  return changes
}

function compileChange(table: TableSchema, column: ColumnSchema, value: unknown): CellChange {
  if (isElementChange(value)) return compileElementChange(column, value)
  if (table.counter) throw invalidArgument(column.subject, 'changed by increment()', value)
  if (value === null) return removal(column)
  const canonical = cellValue(table, column, value)
  if (isCollection(column.type) && isEmptyCollection(canonical)) return removal(column)
  return { column: column.name, kind: 'put', value: canonical }
}

function removal(column: ColumnSchema): CellChange {
  if (column.required) throw invalidArgument(column.subject, 'a value (it is required and cannot be removed)', null)
  return { column: column.name, kind: 'remove' }
}

/** What each change of elements is for. */
const changeTargets: Readonly<Record<string, CqlType['kind'] | 'counter'>> = {
  append: 'list',
  prepend: 'list',
  addToSet: 'set',
  removeFromSet: 'set',
  putEntries: 'map',
  removeEntries: 'map',
  increment: 'counter',
}

function compileElementChange(column: ColumnSchema, { kind, value }: AnyElementChange): CellChange {
  const { type } = column
  const target = type.kind === 'scalar' ? type.name : type.kind
  if (changeTargets[kind] !== target || (type.kind !== 'scalar' && !isCollection(type))) {
    throw invalidArgument(column.subject, `changed by what its type allows (${kind}() is for an unfrozen ${changeTargets[kind]})`, value)
  }
  if ((kind === 'removeFromSet' || kind === 'removeEntries') && column.required) throw invalidArgument(column.subject, 'never emptied (it is required)', value)
  if (kind === 'removeEntries') return { column: column.name, kind, value: mapKeys(column, value) }
  return { column: column.name, kind: kind as 'append', value: column.codec.normalize(value, column.subject) }
}

function mapKeys(column: ColumnSchema, keys: unknown): unknown {
  if (!Array.isArray(keys)) throw invalidArgument(column.subject, 'changed by an array of keys', keys)
  return keys.map((key) => column.elementCodec?.normalize(key, `a key of ${column.subject}`))
}

/** Whether changes may be repeated without harm. */
export function changesAreIdempotent(changes: readonly CellChange[]): boolean {
  return changes.every((change) => !notIdempotent.has(change.kind))
}

/** Checks equality conditions by column; `null` stands for "no cell". */
export function compileEqualities(table: TableSchema, given: Values, target: 'row' | 'static'): Condition[] {
  const names = Object.keys(given).filter((name) => given[name] !== undefined)
  if (names.length === 0) throw refused(table, `a condition on '${table.name}' compares nothing; give if() at least one column, or use ifExists()`)
  return names.map((name) => compileComparison(table, name, '=', given[name], target))
}

/** Checks one comparison. */
export function compileComparison(table: TableSchema, name: string, operator: Operator, value: unknown, target: 'row' | 'static'): Condition {
  const column = table.byName.get(name)
  if (column === undefined) throw unknownColumn(table, name, 'a condition')
  if (!isComparable(column))
    throw refused(table, `a condition on '${table.name}' cannot look at '${name}': key columns, unfrozen collections and counters are not compared`)
  if (target === 'static' && column.role !== 'static')
    throw refused(table, `a condition of updateStatic on '${table.name}' cannot look at '${name}', which is not static`)
  if (!operators.has(operator)) throw invalidArgument(`the operator of a condition on '${name}'`, [...operators].join(' '), operator)
  if (value === null && operator !== '=' && operator !== '!=')
    throw invalidArgument(`the value that '${name}' is compared with by ${operator}`, 'a value', value)
  if (operator !== '=' && operator !== '!=' && holdsDuration(column.type))
    throw refused(table, `a condition on '${table.name}' cannot compare '${name}' by ${operator}: durations have no order (a month is not a number of days)`)
  return { kind: 'compare', column: name, operator, value: value === null ? null : column.codec.normalize(value, column.subject) }
}

/**
 * Checks that the row must exist only beside comparisons that a missing row would not fulfil anyway, and leaves it out there: CQL has no
 * statement with both.
 */
export function settleExistence(table: TableSchema, conditions: readonly Condition[], target: 'row' | 'static'): Condition[] {
  const compared = conditions.filter(({ kind }) => kind === 'compare')
  if (compared.length === conditions.length || compared.length === 0) return [...conditions]
  if (compared.some((condition) => needsCell(table, condition, target))) return compared
  throw refused(
    table,
    `ifExists() on '${table.name}' cannot stand beside conditions that a missing row fulfils; compare a column that every such row has with a value instead`,
  )
}

function needsCell(table: TableSchema, condition: Condition, target: 'row' | 'static'): boolean {
  if (condition.kind === 'exists' || condition.operator === '!=' || condition.value === null) return false
  return target === 'static' || table.byName.get(condition.column)?.role === 'regular'
}

/**
 * Says whether an update of a row is one of the static part in truth: it sets static columns only. With conditions it may be, where one of them looks at
 * a column of the row; others are refused, for CQL takes no row beside static columns alone.
 */
export function settleTarget(
  table: TableSchema,
  { target, key, changes, conditions }: Pick<UpdateStatement, 'target' | 'key' | 'changes' | 'conditions'>,
): Pick<UpdateStatement, 'target' | 'key'> {
  const isStatic = (column: string): boolean => table.byName.get(column)?.role === 'static'
  if (target === 'static' || !changes.every(({ column }) => isStatic(column))) return { target, key }
  if (conditions.length === 0) return { target: 'static', key: Object.fromEntries(table.partitionKey.map(({ name }) => [name, key[name]])) }
  if (conditions.some((condition) => condition.kind === 'compare' && !isStatic(condition.column))) return { target, key }
  throw refused(table, `update on '${table.name}' sets static columns only, and no condition compares a column of the row; use updateStatic(), or compare one`)
}

/** Checks a key for a write to one row or to the static part. */
export function compileTargetKey(table: TableSchema, key: Values, target: 'row' | 'static'): Values {
  if (target === 'static' && table.staticColumns.length === 0)
    throw refused(table, `updateStatic on '${table.name}' has nothing to write: the table has no static columns`)
  return compileKey(table, key, target === 'static' ? 'partition' : 'whole', target === 'static' ? 'updateStatic' : 'update')
}

function unknownColumn(table: TableSchema, name: string, verb: string): HanseError<'INVALID_ARGUMENT'> {
  return refused(
    table,
    `${verb} on '${table.name}' names ${describe(name)}, which is not a column of it; its columns are ${[...table.byName.keys()].join(', ')}`,
  )
}

function refused(table: TableSchema, message: string): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(`${message}.`, { code: 'INVALID_ARGUMENT', details: { table: table.name } })
}
