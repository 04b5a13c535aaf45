import { table } from '@hanse/data'
import type { Table } from '@hanse/data'
import type { AttributeSpec } from '../index/attributes.ts'
import type { AttributeValue } from '../index/filter.ts'
import { searchError } from '../errors.ts'
import type { VectorEntry, VectorSpec } from '../vector/vector-index.ts'

/** An attribute, and the column that holds it. */
export interface AttributeColumn extends AttributeSpec {
  readonly column: string
}

/** How the vectors of one index lie in a table. */
export interface VectorTable {
  readonly spec: VectorSpec
  readonly table: Table
  readonly attributes: readonly AttributeColumn[]
  /** Whether the server can rank the vectors; it ranks by cosine, and only where there are two dimensions at least. */
  readonly ranked: boolean
}

/** Values by column; which columns there are is known at run time only. */
export type VectorRow = Readonly<Record<string, unknown>>

/** A write that waits for {@link VectorRows.atomically}. */
export type PendingWrite = Readonly<Record<'pending', never>>

/** What a conditional batch answers; `current` begins with the static columns as they are. */
export type Written = { readonly applied: true } | { readonly applied: false; readonly current: readonly (VectorRow | undefined)[] }

interface RowOptions {
  readonly columns?: readonly string[]
  readonly signal?: AbortSignal
}

interface FoundRows extends AsyncIterable<VectorRow> {
  where(column: string, operator: string, value: AttributeValue): FoundRows
}

/** The access to a table of {@link vectorTable}, as `@hanse/data` gives it, for columns that are known at run time only. */
export interface VectorRows {
  select(key: { readonly id: string }, options: RowOptions): PromiseLike<readonly VectorRow[]>
  getStatic(key: { readonly id: string }, options: RowOptions): PromiseLike<VectorRow | undefined>
  updateStatic(key: { readonly id: string }): { set(values: VectorRow): { if(conditions: VectorRow): PendingWrite } }
  insert(row: VectorRow): PendingWrite
  delete(key: { readonly id: string; readonly generation: unknown }): PendingWrite
  scan(options: RowOptions): AsyncIterable<VectorRow>
  find(equal: Readonly<Record<string, AttributeValue>>, options: RowOptions): FoundRows
  nearest(
    column: 'vector',
    vector: Float32Array,
    options: RowOptions & { readonly limit: number; readonly where: Readonly<Record<string, AttributeValue>> },
  ): PromiseLike<readonly { readonly row: VectorRow; readonly similarity: number }[]>
}

const columnTypes = { string: 'text', double: 'double', integer: 'bigint' } as const

/**
 * The table of an index: a partition for each document, with what is known of it in static columns, which stay when it is deleted, and with one row,
 * its vector. Every write brings a row of the next generation in place of the one before, so that the server's index never changes an entry:
 *
 * - Where vectors are changed under the same key, it does so without a lock, and loses entries (three in four on 5.0.6; CASSANDRA-21644).
 * - Generations count down, from -1. Up to 5.0.6 a search that meets the index entry of a dead row leaves out, in every file, the first row of that
 *   partition at or after the dead one. Were the live row behind it, it could not be found after a flush; before it, it can.
 *
 * cassandra-vectors.int.test.ts guards both.
 */
export function vectorTable(spec: VectorSpec, name: string): VectorTable {
  const attributes = spec.attributes.map((attribute, i) => ({ ...attribute, column: `a${i}` }))
  const ranked = spec.metric === 'cosine' && spec.dimensions > 1
  const typeOf = ({ type, many }: AttributeSpec): string => (many ? `set<${columnTypes[type]}>` : columnTypes[type])
  const definition = {
    fields: {
      id: 'text',
      generation: 'bigint',
      version: 'bigint',
      deleted: 'boolean',
      latest: 'bigint',
      hash: 'text',
      vector: `vector<float, ${spec.dimensions}>`,
      ...Object.fromEntries(attributes.map((attribute) => [attribute.column, typeOf(attribute)])),
    },
    key: [['id'], 'generation'],
    static: ['version', 'deleted', 'latest'],
    indexes: [...(ranked ? ['vector'] : []), ...attributes.map(({ column }) => column)],
    conditional: true,
  }
  // The types check definitions that are written down; this one is checked when it is compiled.
  return { spec, table: table(name, definition as never), attributes, ranked }
}

/** The column of an attribute. */
export function columnOf({ attributes }: Pick<VectorTable, 'attributes'>, field: string): AttributeColumn {
  const found = attributes.find(({ name }) => name === field)
  if (found !== undefined) return found
  throw searchError('INDEX_MISMATCH', `the stored index has no field '${field}' to filter by; rebuild it with reindex().`)
}

/** The cells of a row outside its key; those without a value are left out. */
export function cellsOf({ attributes }: Pick<VectorTable, 'attributes'>, entry: VectorEntry): VectorRow {
  const values = attributes.map((attribute) => [attribute.column, cellOf(attribute, entry.attributes.get(attribute.name) ?? [])])
  return { hash: entry.contentHash, vector: entry.vector, ...Object.fromEntries(values) }
}

function cellOf({ many }: AttributeColumn, values: readonly AttributeValue[]): unknown {
  // Zero has one sign here, so that an index that tells the two apart finds both.
  const plain = values.map((value) => (value === 0 ? 0 : value))
  if (!many) return plain[0] ?? null
  return plain.length === 0 ? null : [...new Set(plain)]
}

/** The values of an attribute in a row. */
export function valuesIn(row: VectorRow, { column }: AttributeColumn): readonly AttributeValue[] {
  const cell = row[column] as AttributeValue | readonly AttributeValue[] | null | undefined
  if (cell === null || cell === undefined) return []
  return typeof cell === 'object' ? cell : [cell]
}
