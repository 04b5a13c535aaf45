import { formatCqlType } from '../schema/cql-type.ts'
import type { Order } from '../schema/table-definition.ts'
import type { ColumnRole, TableSchema } from '../schema/table-schema.ts'
import type { UserTypes } from '../schema/value-of.ts'

/** A column as an engine holds it. */
export interface EngineColumn {
  /** The column's name. */
  readonly name: string
  /** The canonical text of its type. */
  readonly type: string
  /** What it is in its table. */
  readonly role: ColumnRole
  /** The place of a key column in its part of the key, from 0; 0 for every other column. */
  readonly position: number
  /** The direction of a clustering column; `asc` for every other. */
  readonly order: Order
  /** Whether the column has an index. */
  readonly indexed?: true
}

/** What an engine holds: the columns of each table. */
export type EngineSchema = ReadonlyMap<string, readonly EngineColumn[]>

/** One change of an engine's schema. */
export type SchemaChange =
  | {
      readonly kind: 'create-table'
      readonly table: string
      readonly columns: readonly EngineColumn[]
      readonly types: UserTypes
    }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: EngineColumn; readonly types: UserTypes }
  | { readonly kind: 'create-index'; readonly table: string; readonly column: EngineColumn }
  | { readonly kind: 'drop-index'; readonly table: string; readonly column: string }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'drop-table'; readonly table: string }

/** One way in which a declared table and the engine's differ. */
export interface SchemaDifference {
  /** The table's name. */
  readonly table: string
  /** In words: `column 'brand' is missing`. */
  readonly problem: string
  /** The change that mends it without touching data; absent when none can. */
  readonly change: SchemaChange | undefined
}

/** A declared table in an engine's terms. */
function engineColumns(table: TableSchema): EngineColumn[] {
  const place = (role: ColumnRole, name: string): number => {
    const part = role === 'partition' ? table.partitionKey : role === 'clustering' ? table.clusteringKey : []
    return Math.max(
      0,
      part.findIndex((column) => column.name === name),
    )
  }
  return table.columns.map(({ name, type, role, order }) => ({
    name,
    type: formatCqlType(type),
    role,
    position: place(role, name),
    order,
    ...(table.indexes.includes(name) ? { indexed: true } : {}),
  }))
}

/** The change that makes a declared table. */
export function createTableChange(table: TableSchema): SchemaChange {
  return { kind: 'create-table', table: table.name, columns: engineColumns(table), types: table.types }
}

/** The change that adds a declared index; `undefined` when none is declared on the column. */
export function createIndexChange(table: TableSchema, name: string): SchemaChange | undefined {
  const column = engineColumns(table).find((candidate) => candidate.name === name && candidate.indexed === true)
  return column === undefined ? undefined : { kind: 'create-index', table: table.name, column }
}

/** Compares declared tables with what the engine holds. A column that only the engine has is no difference. */
export function compareSchemas(tables: readonly TableSchema[], held: EngineSchema): SchemaDifference[] {
  return tables.flatMap((table) => {
    const columns = held.get(table.name)
    if (columns === undefined) return [{ table: table.name, problem: 'the table is missing', change: createTableChange(table) }]
    return compareColumns(table, columns)
  })
}

function compareColumns(table: TableSchema, held: readonly EngineColumn[]): SchemaDifference[] {
  const byName = new Map(held.map((column) => [column.name, column]))
  const declared = engineColumns(table)
  const differences = declared.flatMap((column) => compareColumn(table, column, byName.get(column.name)))
  const keyOfHeld = held.filter((column) => column.role === 'partition' || column.role === 'clustering')
  const strangers = keyOfHeld.filter((column) => !table.byName.has(column.name))
  return [
    ...differences,
    ...strangers.map(({ name }) => ({ table: table.name, problem: `its key has the column '${name}', which is not declared`, change: undefined })),
  ]
}

function compareColumn(table: TableSchema, declared: EngineColumn, held: EngineColumn | undefined): SchemaDifference[] {
  const name = `column '${declared.name}'`
  if (held === undefined) {
    const addable = declared.role === 'regular' || declared.role === 'static'
    return [
      {
        table: table.name,
        problem: `${name} is missing`,
        change: addable ? { kind: 'add-column', table: table.name, column: declared, types: table.types } : undefined,
      },
    ]
  }
  if (held.type !== declared.type) return [{ table: table.name, problem: `${name} is declared '${declared.type}' but is '${held.type}'`, change: undefined }]
  if (held.role !== declared.role || held.position !== declared.position) {
    return [{ table: table.name, problem: `${name} is declared as ${roleText(declared)} but is ${roleText(held)}`, change: undefined }]
  }
  if (held.order !== declared.order)
    return [{ table: table.name, problem: `${name} is declared in order ${declared.order} but is in ${held.order}`, change: undefined }]
  if (declared.indexed === true && held.indexed !== true)
    return [{ table: table.name, problem: `${name} has no index`, change: { kind: 'create-index', table: table.name, column: declared } }]
  return []
}

function roleText(column: EngineColumn): string {
  return column.role === 'partition' || column.role === 'clustering' ? `${column.role} column ${column.position}` : `a ${column.role} column`
}
