import type { EngineColumn } from '../engine/schema-change.ts'
import { formatCqlType, parseCqlType } from '../schema/cql-type.ts'
import type { ColumnRole } from '../schema/table-schema.ts'
import type { UserTypes } from '../schema/value-of.ts'

/** A row of `system_schema.columns`. */
export interface ColumnRow {
  readonly table_name: string
  readonly column_name: string
  readonly type: string
  readonly kind: string
  readonly position: number
  readonly clustering_order: string
}

/** A row of `system_schema.indexes`. */
export interface IndexRow {
  readonly table_name: string
  readonly options: ReadonlyMap<string, string>
}

/** A row of `system_schema.types`. */
export interface TypeRow {
  readonly type_name: string
  readonly field_names: readonly string[]
  readonly field_types: readonly string[]
}

const roles: Readonly<Record<string, ColumnRole>> = { partition_key: 'partition', clustering: 'clustering', static: 'static', regular: 'regular' }

/** What the server holds, in the terms of the port. */
export function heldColumns(columns: readonly ColumnRow[], types: readonly TypeRow[], indexes: readonly IndexRow[]): Map<string, EngineColumn[]> {
  const userTypes = heldTypes(types)
  const indexed = new Set(indexes.flatMap(indexedColumn))
  const byTable = new Map<string, EngineColumn[]>()
  for (const row of columns) {
    const held = byTable.get(row.table_name) ?? []
    byTable.set(row.table_name, held)
    held.push({
      name: row.column_name,
      type: canonicalType(row, userTypes),
      role: roles[row.kind] ?? 'regular',
      position: Math.max(0, row.position),
      order: row.clustering_order === 'desc' ? 'desc' : 'asc',
      ...(indexed.has(`${row.table_name}.${row.column_name}`) ? { indexed: true } : {}),
    })
  }
  return byTable
}

/** The column of a storage-attached index, whatever the index is named; other kinds of index do not serve what is asked of one. */
function indexedColumn({ table_name: table, options }: IndexRow): readonly string[] {
  const isStorageAttached = /(^|\.)(sai|StorageAttachedIndex)$/i.test(options.get('class_name') ?? '')
  const column = /^(?:values\()?"?([^")(]+)"?\)?$/.exec(options.get('target') ?? '')?.[1]
  return isStorageAttached && column !== undefined ? [`${table}.${column}`] : []
}

/** The user types that a keyspace holds. */
export function heldTypes(rows: readonly TypeRow[]): UserTypes {
  return Object.fromEntries(
    rows.map(({ type_name: name, field_names: names, field_types: texts }) => [
      name,
      Object.fromEntries(names.map((field, index) => [field, texts[index] ?? ''])),
    ]),
  )
}

/** A type that is not known here (another tool's, say) keeps the server's text, so that the comparison shows it. */
function canonicalType({ column_name: name, table_name: table, type }: ColumnRow, types: UserTypes): string {
  try {
    return formatCqlType(parseCqlType(type, types, `column '${name}' of table '${table}'`))
  } catch {
    return type
  }
}
