import { HanseError } from '@hanse/core'
import type { SqliteConnection } from '@hanse/core/sqlite'
import type { EngineColumn, SchemaChange } from '../engine/schema-change.ts'
import { quoted } from './row-store.ts'
import type { DataErrorCode } from '../errors.ts'
import type { ScalarName } from '../schema/value-of.ts'
import { scalarStorage } from './column-storage.ts'
import { staticName } from './table-store.ts'

const lifeColumns = ['hanse_marker INTEGER', 'hanse_expiry TEXT', 'hanse_soonest INTEGER']

/** Makes the table in which the engine remembers the declared types, which SQLite itself does not know. */
export function createCatalog(db: SqliteConnection): void {
  db.exec(`create table if not exists hanse_data_catalog (
    table_name TEXT, column_name TEXT, type TEXT, role TEXT, position INTEGER, direction TEXT, ordinal INTEGER,
    primary key (table_name, column_name)
  ) without rowid`)
  db.exec('create table if not exists hanse_data_indexes (table_name TEXT, column_name TEXT, primary key (table_name, column_name)) without rowid')
}

/** The columns of a table; empty when there is no such table. */
export function describeTable(db: SqliteConnection, table: string): EngineColumn[] {
  const rows = db.prepare('select column_name, type, role, position, direction from hanse_data_catalog where table_name = ? order by ordinal').all(table)
  const indexed = new Set(
    db
      .prepare('select column_name from hanse_data_indexes where table_name = ?')
      .all(table)
      .map((row) => row['column_name']),
  )
  return rows.map((row) => ({
    name: String(row['column_name']),
    type: String(row['type']),
    role: String(row['role']) as EngineColumn['role'],
    position: Number(row['position']),
    order: row['direction'] === 'desc' ? 'desc' : 'asc',
    ...(indexed.has(row['column_name']) ? { indexed: true } : {}),
  }))
}

/** Applies one change of the schema; what is already so is skipped. */
export function applySchemaChange(db: SqliteConnection, change: SchemaChange): void {
  const held = describeTable(db, change.table)
  switch (change.kind) {
    case 'create-table':
      if (held.length === 0) createTable(db, change)
      return
    case 'add-column':
      if (held.length === 0) throw missingTable(change.table, change.column.name)
      if (!held.some((column) => column.name === change.column.name)) addColumn(db, change.table, change.column, held)
      return
    case 'create-index':
      if (!held.some((column) => column.name === change.column.name)) throw missingColumn(change.table, change.column.name)
      createIndex(db, change.table, change.column)
      return
    case 'drop-index':
      dropIndex(db, change.table, change.column)
      return
    case 'drop-column':
      dropColumn(
        db,
        change.table,
        held.find((column) => column.name === change.column),
      )
      return
    case 'drop-table':
      if (held.length > 0) dropTable(db, change.table, held)
  }
}

function missingTable(table: string, column: string): HanseError<DataErrorCode> {
  return new HanseError(`column '${column}' cannot be added to table '${table}', which does not exist.`, { code: 'SCHEMA_MISMATCH', details: { table } })
}

function missingColumn(table: string, column: string): HanseError<DataErrorCode> {
  return new HanseError(`column '${column}' of table '${table}' cannot have an index: there is no such column.`, {
    code: 'SCHEMA_MISMATCH',
    details: { table, column },
  })
}

function indexName(table: string, column: string): string {
  return quoted(`${table}:index:${column}`)
}

/** SQLite itself keeps an index where it compares as Cassandra does; for every other column the rows are looked through. */
function createIndex(db: SqliteConnection, table: string, column: EngineColumn): void {
  db.prepare('insert or ignore into hanse_data_indexes (table_name, column_name) values (?, ?)').run(table, column.name)
  if (column.type.includes('<')) return
  db.exec(`create index if not exists ${indexName(table, column.name)} on ${quoted(table)} (${quoted(column.name)})`)
}

function dropIndex(db: SqliteConnection, table: string, column: string): void {
  db.prepare('delete from hanse_data_indexes where table_name = ? and column_name = ?').run(table, column)
  db.exec(`drop index if exists ${indexName(table, column)}`)
}

function createTable(db: SqliteConnection, { table, columns }: Extract<SchemaChange, { readonly kind: 'create-table' }>): void {
  const inKey = (column: EngineColumn): boolean => column.role === 'partition' || column.role === 'clustering'
  const key = columns.filter(inKey)
  createStore(
    db,
    table,
    key,
    columns.filter((column) => column.role === 'regular'),
  )
  const statics = columns.filter((column) => column.role === 'static')
  if (statics.length > 0)
    createStore(
      db,
      staticName(table),
      columns.filter((column) => column.role === 'partition'),
      statics,
    )
  for (const [ordinal, column] of columns.entries()) remember(db, table, column, ordinal)
  for (const column of columns) if (column.indexed === true) createIndex(db, table, column)
}

function createStore(db: SqliteConnection, name: string, key: readonly EngineColumn[], cells: readonly EngineColumn[]): void {
  const declared = [...key, ...cells].map((column) => `${quoted(column.name)} ${storageOf(column)}`)
  const primary = key.map((column) => `${quoted(column.name)} ${column.order}`)
  db.exec(`create table ${quoted(name)} (${[...declared, ...lifeColumns].join(', ')}, primary key (${primary.join(', ')})) without rowid`)
  db.exec(`create index ${quoted(`${name}:soonest`)} on ${quoted(name)} (hanse_soonest) where hanse_soonest is not null`)
}

/** The storage class of a column: only scalars have one of their own, vectors are bytes, all else is JSON. */
function storageOf(column: EngineColumn): string {
  if (column.type.startsWith('vector')) return 'BLOB'
  if (column.type.includes('<')) return 'TEXT'
  return scalarStorage(column.type as ScalarName, column.role === 'clustering').declared
}

function remember(db: SqliteConnection, table: string, column: EngineColumn, ordinal: number): void {
  db.prepare('insert into hanse_data_catalog (table_name, column_name, type, role, position, direction, ordinal) values (?, ?, ?, ?, ?, ?, ?)').run(
    table,
    column.name,
    column.type,
    column.role,
    column.position,
    column.order,
    ordinal,
  )
}

function addColumn(db: SqliteConnection, table: string, column: EngineColumn, held: readonly EngineColumn[]): void {
  const first = column.role === 'static' && !held.some((other) => other.role === 'static')
  if (first)
    createStore(
      db,
      staticName(table),
      held.filter((other) => other.role === 'partition'),
      [column],
    )
  else db.exec(`alter table ${quoted(column.role === 'static' ? staticName(table) : table)} add column ${quoted(column.name)} ${storageOf(column)}`)
  remember(db, table, column, held.length)
  if (column.indexed === true) createIndex(db, table, column)
}

function dropColumn(db: SqliteConnection, table: string, column: EngineColumn | undefined): void {
  if (column === undefined || column.role === 'partition' || column.role === 'clustering') return
  dropIndex(db, table, column.name)
  db.exec(`alter table ${quoted(column.role === 'static' ? staticName(table) : table)} drop column ${quoted(column.name)}`)
  db.prepare('delete from hanse_data_catalog where table_name = ? and column_name = ?').run(table, column.name)
}

function dropTable(db: SqliteConnection, table: string, held: readonly EngineColumn[]): void {
  db.exec(`drop table if exists ${quoted(table)}`)
  if (held.some((column) => column.role === 'static')) db.exec(`drop table if exists ${quoted(staticName(table))}`)
  db.prepare('delete from hanse_data_catalog where table_name = ?').run(table)
  db.prepare('delete from hanse_data_indexes where table_name = ?').run(table)
}
