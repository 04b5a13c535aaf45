import fc from 'fast-check'
import { table } from '../schema/table.ts'
import type { Table } from '../schema/table.ts'
import { isRanged } from '../schema/indexed-type.ts'
import { parseCqlType } from '../schema/cql-type.ts'
import { one, staticColumns, userTypes } from './any-statements-columns.fixture.ts'
import type { AnyColumns, Change } from './any-statements-columns.fixture.ts'

/** Values by column. */
export type Cells = Readonly<Record<string, unknown>>
type Order = 'asc' | 'desc'
type Comparison = readonly [column: string, operator: string, value: unknown]

/** Conditions of a write, none of them for a plain one. */
export interface Conditions {
  readonly exists: boolean
  readonly compared: readonly Comparison[]
}

/** Rows of a partition: all, or of one value of the first clustering column, and within bounds of the column behind. */
export interface Slice {
  readonly prefix: { readonly ck?: unknown }
  readonly bounds: readonly Comparison[]
}

interface Common {
  /** Which of the partitions. */
  readonly at: number
}
interface OnRow extends Common {
  readonly row: { readonly ck: unknown; readonly n: number }
}

/** A write, as plain data. */
export type AnyWrite =
  | (OnRow & { readonly does: 'insert'; readonly cells: Cells; readonly ifAbsent: boolean; readonly ttlSeconds: number | undefined })
  | (OnRow & { readonly does: 'update'; readonly changes: readonly Change[]; readonly conditions: Conditions; readonly ttlSeconds: number | undefined })
  | (Common & { readonly does: 'updateStatic'; readonly changes: readonly Change[]; readonly conditions: Conditions; readonly ttlSeconds: number | undefined })
  | (OnRow & { readonly does: 'delete'; readonly conditions: Conditions })
  | (Common & { readonly does: 'deleteSlice'; readonly slice: Slice })

/** A read, as plain data. */
export type AnyRead =
  | (OnRow & { readonly does: 'get'; readonly columns: readonly string[] | undefined; readonly serial: boolean })
  | (Common & { readonly does: 'getStatic' })
  | (Common & {
      readonly does: 'select'
      readonly slice: Slice
      readonly order: Order | undefined
      readonly limit: number | undefined
      readonly columns: readonly string[] | undefined
    })
  /** All pages; `deleting` the row that ends each, which must not show on the next. */
  | (Common & { readonly does: 'pages'; readonly slice: Slice; readonly order: Order | undefined; readonly size: number; readonly deleting: boolean })
  | { readonly does: 'find'; readonly filters: readonly Comparison[]; readonly size: number | undefined }

/** A statement, as plain data. */
export type AnyStatement = AnyWrite | AnyRead | { readonly does: 'atomically'; readonly writes: readonly AnyWrite[] }

/** What a table is like. */
export interface Layout {
  readonly name: string
  /** The type of the first clustering column. */
  readonly type: Parameters<typeof one>[0]
  readonly order: Order
  readonly columns: AnyColumns
  /** Whether every column has an index. */
  readonly indexed: boolean
}

/** The table of a layout. */
export function anyTable({ name, type, order, columns, indexed }: Layout): Table {
  const typesOf = (some: AnyColumns) => Object.fromEntries(Object.entries(some).map(([column, { type: declared }]) => [column, declared]))
  const definition = {
    fields: { id: 'uuid', ck: type, n: 'int', ...typesOf(columns), ...typesOf(staticColumns) },
    key: [['id'], 'ck', 'n'],
    order: { ck: order, n: 'desc' },
    static: Object.keys(staticColumns),
    types: userTypes,
    indexes: indexed ? Object.keys(columns) : [],
  }
  // The types check definitions that are written down; this one is checked when it is compiled.
  return table(name, definition as never)
}

/** Statements on a table, with few keys and few columns each time, so that they meet. */
export function anyStatements(layout: Layout, size: { readonly minLength: number; readonly maxLength: number }): fc.Arbitrary<AnyStatement[]> {
  return meeting(layout, (keys, columns) => fc.array(anyStatement(layout, keys, columns), { ...size, size: 'max' }))
}

/** Writes that answer nothing, many of which live for only so long. */
export function shortLived(layout: Layout, seconds: number): fc.Arbitrary<AnyWrite[]> {
  const lives = fc.constantFrom(undefined, seconds, seconds, 100_000)
  return meeting(layout, (keys, columns) =>
    fc.array(anyWrite(keys, columns, fc.constant({ exists: false, compared: [] }), lives, fc.constant(false)), { minLength: 5, maxLength: 12, size: 'max' }),
  )
}

function meeting<T>({ type, columns, indexed }: Layout, draw: (keys: fc.Arbitrary<unknown>, columns: AnyColumns) => fc.Arbitrary<T>): fc.Arbitrary<T> {
  const keys = fc.array(one(type), { minLength: 3, maxLength: 3 })
  const [fewest, most] = indexed ? [2, 4] : [6, 8]
  const names = fc.subarray(Object.keys(columns), { minLength: fewest, maxLength: most })
  return fc
    .tuple(keys, names)
    .chain(([some, drawn]) => draw(fc.constantFrom(...some), Object.fromEntries(Object.entries(columns).filter(([name]) => drawn.includes(name)))))
}

const partition = fc.constantFrom(0, 0, 1)
const number = fc.constantFrom(1, 2)
const order = fc.constantFrom<Order | undefined>(undefined, 'asc', 'desc')
const plain: Conditions = { exists: false, compared: [] }

function anyStatement(layout: Layout, keys: fc.Arbitrary<unknown>, columns: AnyColumns): fc.Arbitrary<AnyStatement> {
  const lives = fc.constantFrom(undefined, undefined, undefined, undefined, 100_000)
  const write = anyWrite(keys, columns, conditionsOn({ ...columns, ...staticColumns }), lives, fc.constantFrom(false, false, true))
  return fc.oneof(
    { weight: 12, arbitrary: write },
    { weight: 3, arbitrary: fc.array(write, { minLength: 1, maxLength: 4 }).map(asBatch) },
    { weight: 5, arbitrary: anyRead(keys, ['id', 'ck', 'n', 'owner', 'members', ...Object.keys(columns)]) },
    ...(layout.indexed ? [{ weight: 12, arbitrary: anyFind(columns) }] : []),
  )
}

/** The partitions that a statement may change. */
export function writtenPartitions(statement: AnyStatement): readonly number[] {
  if (statement.does === 'atomically') return [...new Set(statement.writes.map(({ at }) => at))]
  if (statement.does === 'get' || statement.does === 'getStatic' || statement.does === 'select' || statement.does === 'find') return []
  return [statement.at]
}

/** With a condition all are of one partition. */
function asBatch(writes: readonly AnyWrite[]): AnyStatement {
  const at = writes[0]?.at ?? 0
  return { does: 'atomically', writes: writes.some(isConditional) ? writes.map((write) => ({ ...write, at })) : writes }
}

function isConditional(write: AnyWrite): boolean {
  if (write.does === 'insert') return write.ifAbsent
  return write.does !== 'deleteSlice' && (write.conditions.exists || write.conditions.compared.length > 0)
}

function anyWrite(
  keys: fc.Arbitrary<unknown>,
  columns: AnyColumns,
  conditions: fc.Arbitrary<Conditions>,
  ttlSeconds: fc.Arbitrary<number | undefined>,
  ifAbsent: fc.Arbitrary<boolean>,
): fc.Arbitrary<AnyWrite> {
  const key = { at: partition, row: fc.record({ ck: keys, n: number }) }
  const all = { ...columns, ...staticColumns }
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ does: fc.constant('insert'), ...key, cells: cellsOf(all), ifAbsent, ttlSeconds }) },
    { weight: 6, arbitrary: fc.record({ does: fc.constant('update'), ...key, changes: changesOf(all), conditions, ttlSeconds }) },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('updateStatic'),
        at: partition,
        changes: changesOf(staticColumns),
        conditions: conditions.map(onStatics),
        ttlSeconds,
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('delete'), ...key, conditions }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('deleteSlice'), at: partition, slice: sliceOf(keys) }) },
  )
}

function onStatics({ exists, compared }: Conditions): Conditions {
  return { exists, compared: compared.filter(([column]) => column in staticColumns) }
}

function anyRead(keys: fc.Arbitrary<unknown>, names: readonly string[]): fc.Arbitrary<AnyRead> {
  const columns = fc.option(fc.subarray([...names], { minLength: 1 }), { nil: undefined })
  const limit = fc.constantFrom(undefined, 1, 2, 3)
  const slice = sliceOf(keys)
  return fc.oneof(
    { weight: 1, arbitrary: fc.record({ does: fc.constant('get'), at: partition, row: fc.record({ ck: keys, n: number }), columns, serial: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('getStatic'), at: partition }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant('select'), at: partition, slice, order, limit, columns }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('pages'), at: partition, slice, order, size: fc.constantFrom(1, 2, 3), deleting: fc.boolean() }) },
  )
}

/** Filters on indexed columns; those that a type does not serve, and several of one column, are refused. */
function anyFind(columns: AnyColumns): fc.Arbitrary<AnyStatement> {
  const filters = Object.entries(columns).map(([column, { type, value, element }]) =>
    fc.tuple(
      fc.constant(column),
      element === undefined
        ? fc.constantFrom('=', '=', ...(isRanged(parseCqlType(type, {}, column)) ? (['<', '<=', '>', '>='] as const) : []))
        : fc.constant('contains'),
      element ?? value,
    ),
  )
  const some = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.oneof(...filters)) },
    { weight: 1, arbitrary: fc.array(fc.oneof(...filters), { minLength: 2, maxLength: 3 }) },
  )
  return fc.record({ does: fc.constant('find'), filters: some, size: fc.constantFrom(undefined, undefined, 1, 2) })
}

function sliceOf(keys: fc.Arbitrary<unknown>): fc.Arbitrary<Slice> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ prefix: fc.constant({}), bounds: boundsOf('ck', keys) }) },
    { weight: 1, arbitrary: fc.record({ prefix: fc.record({ ck: keys }), bounds: boundsOf('n', number) }) },
  )
}

/** None, one, or one from each side. */
function boundsOf(column: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Comparison[]> {
  const bound = (...operators: readonly string[]) => fc.option(fc.tuple(fc.constant(column), fc.constantFrom(...operators), value))
  return fc.tuple(bound('>', '>='), bound('<', '<=')).map((both) => both.filter((each) => each !== null))
}

/** Whole values of some columns, of which each may be null. */
function cellsOf(columns: AnyColumns): fc.Arbitrary<Cells> {
  return fc.uniqueArray(wholeOf(columns), { maxLength: 5, selector: ([column]) => column }).map((cells) => Object.fromEntries(cells))
}

function wholeOf(columns: AnyColumns): fc.Arbitrary<[string, unknown]> {
  return fc.oneof(...Object.entries(columns).map(([column, { value }]) => fc.tuple(fc.constant(column), fc.option(value, { freq: 5 }))))
}

/** Changes of some columns, by whole values and by elements. */
function changesOf(columns: AnyColumns): fc.Arbitrary<Change[]> {
  const wholes = wholeOf(columns).map(([column, value]): Change => ({ column, how: 'put', value }))
  const parts = Object.entries(columns).flatMap(([column, { changes }]) =>
    Object.entries(changes).map(([how, value]) => value.map((drawn): Change => ({ column, how: how as Change['how'], value: drawn }))),
  )
  const change = fc.oneof({ weight: 1, arbitrary: wholes }, { weight: 1, arbitrary: fc.oneof(...parts) })
  return fc.uniqueArray(change, { minLength: 1, maxLength: 4, selector: ({ column }) => column })
}

/** Mostly none. Nulls stand for no cell, which has no order. */
function conditionsOn(columns: AnyColumns): fc.Arbitrary<Conditions> {
  const comparable = Object.entries(columns).filter(([, { changes }]) => Object.keys(changes).length === 0)
  const compared = fc.oneof(
    ...comparable.map(([column, { value }]): fc.Arbitrary<Comparison> =>
      fc.oneof(
        { weight: 5, arbitrary: fc.tuple(fc.constant(column), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value) },
        { weight: 1, arbitrary: fc.tuple(fc.constant(column), fc.constantFrom('=', '!='), fc.constant(null)) },
      ),
    ),
  )
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(plain) },
    { weight: 1, arbitrary: fc.constant({ exists: true, compared: [] }) },
    { weight: 4, arbitrary: fc.record({ exists: fc.constantFrom(false, false, false, true), compared: fc.array(compared, { minLength: 1, maxLength: 2 }) }) },
  )
}

/** Steps of counters, several at once as one. */
export interface Count {
  readonly steps: readonly { readonly at: number; readonly ck: unknown; readonly n: number; readonly column: 'seen' | 'bought'; readonly step: bigint }[]
}

/** The table of counters. */
export function countersTable(name: string, type: string): Table {
  return table(name, { fields: { id: 'uuid', ck: type, n: 'int', seen: 'counter', bought: 'counter' }, key: [['id', 'ck'], 'n'] } as never)
}

/** Steps on few counters. A key column of a partition key is not empty. */
export function anyCounts(type: Layout['type']): fc.Arbitrary<Count[]> {
  const ck = one(type).filter((value) => value !== '')
  const step = fc.record({
    at: partition,
    ck,
    n: number,
    column: fc.constantFrom('seen', 'bought'),
    step: fc.constantFrom(0n, 1n, -5n, 2n ** 62n, -(2n ** 63n)),
  })
  return fc.array(fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 3 }) }), { minLength: 5, maxLength: 15, size: 'max' })
}
