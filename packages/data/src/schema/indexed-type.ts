import type { CqlType } from './cql-type.ts'
import type { ScalarName } from './value-of.ts'

const equal: ReadonlySet<ScalarName> = new Set<ScalarName>(['ascii', 'text', 'varchar', 'uuid', 'timeuuid', 'boolean', 'inet', 'time'])
const ranged: ReadonlySet<ScalarName> = new Set<ScalarName>([
  'int',
  'smallint',
  'tinyint',
  'bigint',
  'varint',
  'decimal',
  'float',
  'double',
  'date',
  'timestamp',
])

/** Whether the values of a type can be told apart by an index: plain scalars, lists and sets of them, and vectors with a direction. */
export function isIndexable(type: CqlType): boolean {
  if (type.kind === 'vector') return type.dimensions > 1
  if (type.kind === 'list' || type.kind === 'set') return !type.frozen && type.of.kind === 'scalar' && isIndexable(type.of)
  return type.kind === 'scalar' && (equal.has(type.name) || ranged.has(type.name))
}

/** Whether an index on a type serves ranges, not only equality. */
export function isRanged(type: CqlType): boolean {
  return type.kind === 'scalar' && ranged.has(type.name)
}
