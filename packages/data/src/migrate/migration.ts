import { createHash } from 'node:crypto'
import { HanseError, invalidArgument } from '@hanse/core'
import { createIndexChange, createTableChange } from '../engine/schema-change.ts'
import type { SchemaChange } from '../engine/schema-change.ts'
import type { DataErrorCode } from '../errors.ts'
import type { Table } from '../schema/table.ts'
import { formatCqlType, parseCqlType } from '../schema/cql-type.ts'
import type { UserTypes } from '../schema/value-of.ts'

/** One step of the way of a schema. Never changed after it ran anywhere: its checksum is kept. */
export interface Migration {
  /** Sorts by text and is unique: `0001_users`, `0002_add_brand`. */
  readonly id: string
  /** Applied in order; each may be applied again without harm. */
  readonly changes: readonly SchemaChange[]
}

/** What has run, as the store knows it. */
export interface AppliedMigration {
  readonly id: string
  readonly checksum: string
}

const idPattern = /^[0-9][a-z0-9_-]{0,99}$/

/**
 * Declares a migration.
 *
 * @example
 * ```ts
 * const migrations = [
 *   defineMigration('0001_orders', [createTable(orders)]),
 *   defineMigration('0002_brand', [addColumn('orders', 'brand', 'text')]),
 * ]
 * ```
 */
export function defineMigration(id: string, changes: readonly SchemaChange[]): Migration {
  if (typeof id !== 'string' || !idPattern.test(id))
    throw invalidArgument('the id of a migration', "a digit, then lower case letters, digits, - and _, such as '0001_users'", id)
  if (changes.length === 0) throw invalidArgument(`migration '${id}'`, 'at least one change', changes)
  return { id, changes }
}

/** Makes a table as it is declared. A later change of the declaration is a later migration: keep the old declaration in the migration's file. */
export function createTable(table: Table): SchemaChange {
  return createTableChange(table.schema)
}

/** Options of {@link addColumn}. */
export interface AddColumnOptions {
  /**
   * Whether the column has one value a partition.
   * @defaultValue false
   */
  readonly static?: boolean
  /** The user types that the column's type names. */
  readonly types?: UserTypes
}

/** Adds a column outside the key; rows that are there have no cell in it. */
export function addColumn(table: string, name: string, type: string, options: AddColumnOptions = {}): SchemaChange {
  const { types = {} } = options
  const parsed = parseCqlType(type, types, `column '${name}' of table '${table}'`)
  const role = options.static === true ? 'static' : 'regular'
  return { kind: 'add-column', table, column: { name, type: formatCqlType(parsed), role, position: 0, order: 'asc' }, types }
}

/**
 * Adds an index on a column of a table, as it is declared now; resolves when the index is built and may be asked.
 * @throws HanseError `INVALID_ARGUMENT` when the declaration has no such index
 */
export function createIndex(table: Table, column: string): SchemaChange {
  const change = createIndexChange(table.schema, column)
  if (change !== undefined) return change
  throw invalidArgument(`the column of createIndex on '${table.name}'`, `one of its 'indexes' (${table.schema.indexes.join(', ') || 'it has none'})`, column)
}

/** Removes the index on a column; the column and what is in it stay. */
export function dropIndex(table: string, column: string): SchemaChange {
  return { kind: 'drop-index', table, column }
}

/** Removes a column and what is in it, for ever. */
export function dropColumn(table: string, column: string): SchemaChange {
  return { kind: 'drop-column', table, column }
}

/** Removes a table and what is in it, for ever. */
export function dropTable(table: string): SchemaChange {
  return { kind: 'drop-table', table }
}

/** The fingerprint of what a migration does. */
export function checksum(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify(migration.changes)).digest('hex')
}

/** Checks that ids are unique and puts migrations in order. */
export function sortMigrations(migrations: readonly Migration[]): readonly Migration[] {
  const sorted = migrations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const twin = sorted.find((migration, index) => migration.id === sorted[index + 1]?.id)
  if (twin !== undefined) throw invalidArgument('the ids of migrations', 'unique', twin.id)
  return sorted
}

/**
 * The migrations that are still to run.
 * @throws HanseError `MIGRATION_FAILED` when one that ran was changed or is missing, or when a new one sorts before one that ran
 */
export function pendingMigrations(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.id, migration]))
  for (const { id, checksum: kept } of applied) {
    const migration = known.get(id)
    if (migration === undefined) throw refused(`'${id}' has run on this store but is not among the migrations given; never remove one that ran`)
    if (checksum(migration) !== kept) throw refused(`'${id}' was changed after it ran; put it back and write a new one`)
  }
  const ran = new Set(applied.map(({ id }) => id))
  const last = applied.reduce((latest, { id }) => (id > latest ? id : latest), '')
  const pending = migrations.filter(({ id }) => !ran.has(id))
  const late = pending.find(({ id }) => id < last)
  if (late !== undefined) throw refused(`'${late.id}' sorts before '${last}', which has run; give it a later id`)
  return pending
}

function refused(problem: string): HanseError<DataErrorCode> {
  return new HanseError(`migration ${problem}.`, { code: 'MIGRATION_FAILED' })
}
