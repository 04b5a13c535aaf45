import { invalidArgument } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'

/** The columns that a read gives, checked. */
export function selectedColumns(table: TableSchema, asked: readonly string[] | undefined, verb: string): readonly string[] {
  if (asked === undefined) return allColumns(table)
  if (asked.length === 0) throw invalidArgument(`option 'columns' of ${verb} on '${table.name}'`, 'at least one column', asked)
  const stranger = asked.find((name) => !table.byName.has(name))
  if (stranger !== undefined)
    throw invalidArgument(`option 'columns' of ${verb} on '${table.name}'`, `columns of it (${[...table.byName.keys()].join(', ')})`, stranger)
  return [...new Set(asked)]
}

const namesByTable = new WeakMap<TableSchema, readonly string[]>()

function allColumns(table: TableSchema): readonly string[] {
  let names = namesByTable.get(table)
  if (names === undefined) {
    names = table.columns.map((column) => column.name)
    namesByTable.set(table, names)
  }
  return names
}
