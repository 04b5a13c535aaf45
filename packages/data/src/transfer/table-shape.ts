import { createTableChange, compareSchemas } from '../engine/schema-change.ts'
import type { EngineColumn } from '../engine/schema-change.ts'
import { formatCqlType, parseCqlType } from '../schema/cql-type.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import type { UserTypes } from '../schema/value-of.ts'

/** A table as an export describes it. */
export interface TableShape {
  /** The table's name. */
  readonly name: string
  /** Its columns; an index holds no data and is not told. */
  readonly columns: readonly Omit<EngineColumn, 'indexed'>[]
  /** The user types, each field with the canonical text of its type: values are written by the order of the fields. */
  readonly types: UserTypes
}

/** The shape of a declared table. */
export function shapeOf(table: TableSchema): TableShape {
  const change = createTableChange(table)
  const columns = change.kind === 'create-table' ? change.columns : []
  return { name: table.name, columns: columns.map(({ indexed: _indexed, ...column }) => column), types: canonicalTypes(table.types) }
}

/** Every way in which declared tables and those of an export differ, in words. */
export function shapeDifferences(declared: readonly TableSchema[], exported: readonly TableShape[]): { readonly table: string; readonly problem: string }[] {
  const shapes = new Map(exported.map((shape) => [shape.name, shape]))
  const names = new Set(declared.map((table) => table.name))
  const strangers = exported
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => ({ table: name, problem: 'it is in the export but not among the tables given' }))
  return [...strangers, ...declared.flatMap((table) => differencesOf(table, shapes.get(table.name)))]
}

function differencesOf(table: TableSchema, shape: TableShape | undefined): { readonly table: string; readonly problem: string }[] {
  if (shape === undefined) return [{ table: table.name, problem: 'it is not in the export' }]
  // An index is no difference here, so every exported column passes for an indexed one.
  const held = new Map([[table.name, shape.columns.map((column) => ({ ...column, indexed: true as const }))]])
  const compared = compareSchemas([table], held).map(({ problem }) => ({ table: table.name, problem: `${problem} in the export` }))
  const extra = shape.columns
    .filter(({ name, role }) => !table.byName.has(name) && (role === 'regular' || role === 'static'))
    .map(({ name }) => ({ table: table.name, problem: `column '${name}' is in the export but not declared` }))
  return [...compared, ...extra, ...typeDifferences(table, shape)]
}

function typeDifferences(table: TableSchema, shape: TableShape): { readonly table: string; readonly problem: string }[] {
  const declared = canonicalTypes(table.types)
  return Object.keys(declared)
    .filter((name) => fieldsText(declared[name]) !== fieldsText(shape.types[name]))
    .map((name) => ({
      table: table.name,
      problem: `type '${name}' is declared with ${fieldsText(declared[name])} but has ${fieldsText(shape.types[name])} in the export`,
    }))
}

function fieldsText(fields: Readonly<Record<string, string>> | undefined): string {
  const listed = Object.entries(fields ?? {}).map(([name, type]) => `${name} ${type}`)
  return listed.length === 0 ? 'no fields' : `(${listed.join(', ')})`
}

function canonicalTypes(types: UserTypes): UserTypes {
  const canonical = (type: string, fields: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(fields).map(([field, text]) => [field, formatCqlType(parseCqlType(`frozen<${text}>`, types, `field '${field}' of type '${type}'`))]),
    )
  return Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, canonical(name, fields)]))
}
