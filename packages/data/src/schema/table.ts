import { compileTableSchema } from './table-schema.ts'
import type { TableSchema } from './table-schema.ts'
import type { CheckedDefinition, TableDefinition } from './table-definition.ts'

/** A declared table: what `table()` makes and `createDatabase` takes. */
export interface Table<Name extends string = string, Definition extends TableDefinition = TableDefinition> {
  /** The table's name, global in its engine. */
  readonly name: Name
  /** What was declared. */
  readonly definition: Definition
  /** The declaration, checked and compiled: what engines work with. */
  readonly schema: TableSchema
}

/**
 * Declares a table with Cassandra's data model; the types of its rows and of its legal access paths follow from the strings.
 *
 * @param name - lower case letters, digits and underscores, at most 48; Hanse's own tables start with `hanse_`
 * @throws HanseError `INVALID_ARGUMENT` naming the first rule that the definition breaks
 *
 * @example
 * ```ts
 * const orders = table('orders', {
 *   fields: { customer_id: 'uuid', placed_at: 'timeuuid', status: 'text', total: 'decimal' },
 *   key: [['customer_id'], 'placed_at'],
 *   order: { placed_at: 'desc' },
 *   required: ['status', 'total'],
 * })
 * ```
 */
export function table<const Name extends string, const D extends TableDefinition>(name: Name, definition: D & CheckedDefinition<D>): Table<Name, D> {
  return { name, definition, schema: compileTableSchema(name, definition) }
}
