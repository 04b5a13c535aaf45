import type { CqlType } from './cql-type.ts'
import type { ScalarName } from './value-of.ts'

const equalNames = ['ascii', 'text', 'varchar', 'uuid', 'timeuuid', 'boolean', 'inet', 'time'] as const satisfies readonly ScalarName[]
const rangedNames = [
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
] as const satisfies readonly ScalarName[]

/** Types whose values an index tells apart. */
export type EqualName = (typeof equalNames)[number]

/** Types whose values an index puts in order, too. */
export type RangedName = (typeof rangedNames)[number]

const equal: ReadonlySet<ScalarName> = new Set(equalNames)
const ranged: ReadonlySet<ScalarName> = new Set(rangedNames)

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
