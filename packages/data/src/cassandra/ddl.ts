import { createHash } from 'node:crypto'
import type { EngineColumn, SchemaChange } from '../engine/schema-change.ts'
import type { UserTypes } from '../schema/value-of.ts'
import { quote } from './cql-text.ts'

/** What {@link ddlOf} needs to know of the server. */
export interface DdlTarget {
  readonly keyspace: string
}

/** The statements of a change, in order; each may be run again without harm. */
export function ddlOf(change: SchemaChange, { keyspace }: DdlTarget): readonly string[] {
  const name = `${quote(keyspace)}.${quote(change.table)}`
  switch (change.kind) {
    case 'create-table':
      return [
        ...createTypes(change.types, keyspace),
        createTable(name, change.columns, ownId(keyspace, change.table)),
        ...change.columns.filter(({ indexed }) => indexed === true).map((column) => createIndex(name, change.table, column)),
      ]
    case 'add-column': {
      const { column, types } = change
      const added = `ALTER TABLE ${name} ADD IF NOT EXISTS ${definition(column)}${column.role === 'static' ? ' STATIC' : ''}`
      return [...createTypes(types, keyspace), added, ...(column.indexed === true ? [createIndex(name, change.table, column)] : [])]
    }
    case 'create-index':
      return [createIndex(name, change.table, change.column)]
    case 'drop-index':
      return [dropIndex(keyspace, change.table, change.column)]
    case 'drop-column':
      // The server keeps a column as long as an index needs it.
      return [dropIndex(keyspace, change.table, change.column), `ALTER TABLE ${name} DROP IF EXISTS ${quote(change.column)}`]
    case 'drop-table':
      return [`DROP TABLE IF EXISTS ${name}`]
  }
}

/** The columns that have a new index after a change. */
export function newlyIndexed(change: SchemaChange): readonly string[] {
  const columns = change.kind === 'create-table' ? change.columns : change.kind === 'add-column' || change.kind === 'create-index' ? [change.column] : []
  return columns.filter(({ indexed }) => indexed === true).map(({ name }) => name)
}

/** The name that an index has when this package makes it. */
function indexName(table: string, column: string): string {
  return `${table}_${column}_idx`
}

function createIndex(name: string, table: string, { name: column, type }: EngineColumn): string {
  const target = /^(list|set)</.test(type) ? `VALUES(${quote(column)})` : quote(column)
  const options = type.startsWith('vector') ? ` WITH OPTIONS = {'similarity_function': 'cosine'}` : ''
  return `CREATE CUSTOM INDEX IF NOT EXISTS ${quote(indexName(table, column))} ON ${name} (${target}) USING 'StorageAttachedIndex'${options}`
}

function dropIndex(keyspace: string, table: string, column: string): string {
  return `DROP INDEX IF EXISTS ${quote(keyspace)}.${quote(indexName(table, column))}`
}

/** A type before the types that use it. */
function createTypes(types: UserTypes, keyspace: string): readonly string[] {
  return inOrderOfUse(types).map((name) => {
    const fields = Object.entries(types[name] ?? {}).map(([field, type]) => `${quote(field)} ${typeText(type, types)}`)
    return `CREATE TYPE IF NOT EXISTS ${quote(keyspace)}.${quote(name)} (${fields.join(', ')})`
  })
}

/** The names of user types, each behind those that its fields name. Declared types name no type inside itself. */
export function inOrderOfUse(types: UserTypes): readonly string[] {
  const ordered: string[] = []
  const visit = (name: string): void => {
    if (ordered.includes(name)) return
    for (const text of Object.values(types[name] ?? {}))
      for (const word of text.toLowerCase().match(/[a-z0-9_]+/g) ?? []) if (Object.hasOwn(types, word)) visit(word)
    ordered.push(name)
  }
  for (const name of Object.keys(types)) visit(name)
  return ordered
}

/** A field of a user type is frozen, and so is what it names. */
function typeText(text: string, types: UserTypes): string {
  const lower = text.toLowerCase()
  const isPlain = !/[<]/.test(lower) && !Object.hasOwn(types, lower.trim())
  return isPlain || /^\s*(frozen|tuple|vector)\s*</.test(lower) ? text : `frozen<${text}>`
}

/**
 * An id for the tables that this package keeps for itself. They are made before there is a lock, by any number of processes at once; nodes that
 * gave the same table different ids would drop what was written under all ids but the last.
 */
function ownId(keyspace: string, table: string): string | undefined {
  if (!table.startsWith('hanse_')) return undefined
  const hex = createHash('sha256').update(`${keyspace}.${table}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

function createTable(name: string, columns: readonly EngineColumn[], id: string | undefined): string {
  const inPart = (role: EngineColumn['role']): readonly EngineColumn[] =>
    columns.filter((column) => column.role === role).toSorted((a, b) => a.position - b.position)
  const partition = inPart('partition').map((column) => quote(column.name))
  const clustering = inPart('clustering')
  const definitions = columns.map((column) => `${definition(column)}${column.role === 'static' ? ' STATIC' : ''}`)
  const key = [`(${partition.join(', ')})`, ...clustering.map((column) => quote(column.name))].join(', ')
  const orders = clustering.map((column) => `${quote(column.name)} ${column.order.toUpperCase()}`).join(', ')
  const options = [orders === '' ? [] : [`CLUSTERING ORDER BY (${orders})`], id === undefined ? [] : [`id = ${id}`]].flat()
  const withOptions = options.length === 0 ? '' : ` WITH ${options.join(' AND ')}`
  return `CREATE TABLE IF NOT EXISTS ${name} (${[...definitions, `PRIMARY KEY (${key})`].join(', ')})${withOptions}`
}

function definition({ name, type }: EngineColumn): string {
  return `${quote(name)} ${type}`
}
