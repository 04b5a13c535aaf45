import fc from 'fast-check'
import type { ScalarName } from '../schema/value-of.ts'

/** Values of every plain type, those most that are easily taken for one another. NaN is for cells: keys, indexes and sets refuse it. */
const scalars: Readonly<Record<Exclude<ScalarName, 'counter' | 'varchar'>, readonly unknown[]>> = {
  ascii: ['', 'a', 'B', '~', ' ', '\u0000', '\u007f'],
  text: ['', 'a', 'B', 'ä', '\u0000', 'a\u0000b', '\u{1F600}', '\uFFFF', '\u{10FFFF}', '\u00E9', 'e\u0301', '__proto__', '10', '9'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    '00000000-0000-4000-8000-000000000001',
    '0197a2b4-0000-7000-8000-000000000001',
    '58e0a7d7-eebc-11d8-9669-0800200c9a66',
    'e4eaaaf2-d142-11b3-80b4-00c04fd430c8',
    'ffffffff-0000-4000-8000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  timeuuid: [
    '00000000-0000-1000-8000-000000000000',
    'ffffffff-ffff-1fff-bfff-ffffffffffff',
    'd9428888-122b-11e1-b85c-61cd3cbb3210',
    'd9428888-122b-11e1-8000-7f7f7f7f7f7f',
    'd9428888-122b-11e1-8000-808080808080',
  ],
  decimal: ['0', '0.00', '-0.0', '1.50', '1.5', '-1.5', '-1000', '100', `0.${'0'.repeat(29)}1`, `-${'9'.repeat(400)}.99`, '99999999999999999999999.99'],
  date: ['1970-01-01', '2026-11-23', '0001-01-01', '9999-12-31', '1969-12-31', '2024-02-29'],
  time: ['00:00:00', '23:59:59.999999999', '10:00:00.5', '00:00:00.000000001'],
  duration: ['1mo2d3ns', '0s', '-1h', '12y', '1ns', '30d', '1mo', '24h', '1d'],
  inet: ['127.0.0.1', '::1', '::ffff:1.2.3.4', '::127.0.0.1', 'fe80::1', '0.0.0.0', '::', '255.255.255.255'],
  int: [0, 1, -1, 2_147_483_647, -2_147_483_648],
  smallint: [0, 1, -1, 32_767, -32_768],
  tinyint: [0, 1, -1, 127, -128],
  float: [0, -0, 0.1, -1.5, Infinity, -Infinity, 2 ** -149, 3.402_823_466_385_288_6e38],
  double: [0, -0, 0.1, -1.5, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE],
  bigint: [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  varint: [0n, -1n, 127n, 128n, -128n, -129n, 2n ** 100n, -(2n ** 100n), 10n ** 300n],
  boolean: [true, false],
  timestamp: [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date(1_700_000_000_123)],
  blob: [[], [0], [255], [0, 0], [127], [128]].map((bytes) => Uint8Array.from(bytes)),
}

type AnyScalar = keyof typeof scalars

/** Every plain type. */
export const scalarTypes = Object.keys(scalars) as readonly AnyScalar[]

/** What is done to a column by a write. */
export interface Change {
  readonly column: string
  readonly how: 'put' | 'append' | 'prepend' | 'addToSet' | 'removeFromSet' | 'putEntries' | 'removeEntries'
  readonly value: unknown
}

/** A column outside of the key, and what can be drawn for it. */
export interface AnyColumn {
  readonly type: string
  /** Whole values. */
  readonly value: fc.Arbitrary<unknown>
  /** What changes elements, and how many there are to change by; none for what is written as a whole. */
  readonly changes: Readonly<Partial<Record<Change['how'], fc.Arbitrary<unknown>>>>
  /** What an index that looks into elements is asked for. */
  readonly element?: fc.Arbitrary<unknown>
}

/** Columns by name. */
export type AnyColumns = Readonly<Record<string, AnyColumn>>

/** One of the values of a type. */
export const one = (type: AnyScalar): fc.Arbitrary<unknown> => fc.constantFrom(...scalars[type])
const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 3 })
const perhaps = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { freq: 3 })

function whole(type: string, value: fc.Arbitrary<unknown>): AnyColumn {
  return { type, value, changes: {} }
}

function scalar(type: AnyScalar): AnyColumn {
  const isFloating = type === 'float' || type === 'double'
  return whole(type, isFloating ? fc.oneof({ weight: 6, arbitrary: one(type) }, { weight: 1, arbitrary: fc.constant(Number.NaN) }) : one(type))
}

function list(type: AnyScalar): AnyColumn {
  const value = few(scalar(type).value)
  return { type: `list<${type}>`, value, changes: { append: value, prepend: value }, element: one(type) }
}

function set(type: AnyScalar): AnyColumn {
  const value = few(one(type))
  return { type: `set<${type}>`, value, changes: { addToSet: value, removeFromSet: value }, element: one(type) }
}

/** Keys that are strings make a record, others a Map. */
function entries(type: AnyScalar, of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const drawn = few(fc.tuple(one(type), of))
  return typeof scalars[type][0] === 'string' ? drawn.map((pairs) => Object.fromEntries(pairs as [string, unknown][])) : drawn.map((pairs) => new Map(pairs))
}

function map(key: AnyScalar, of: AnyColumn): AnyColumn {
  const value = entries(key, of.value)
  return { type: `map<${key}, ${of.type}>`, value, changes: { putEntries: value, removeEntries: few(one(key)) } }
}

/** A column of every plain type, named like it. */
const plain: AnyColumns = Object.fromEntries(scalarTypes.map((type) => [type, scalar(type)]))

const collections: AnyColumns = {
  list: list('text'),
  numbers: list('double'),
  set: set('text'),
  decimals: set('decimal'),
  blobs: set('blob'),
  moments: set('timeuuid'),
  addresses: set('inet'),
  map: map('text', scalar('int')),
  by_uuid: map('uuid', scalar('text')),
  by_decimal: map('decimal', scalar('int')),
  by_varint: map('varint', scalar('decimal')),
  by_double: map('double', whole('frozen<list<int>>', few(one('int')))),
}

const composed: AnyColumns = {
  lists: whole('frozen<list<frozen<list<int>>>>', few(few(one('int')))),
  frozen_set: whole('frozen<set<decimal>>', few(one('decimal'))),
  frozen_map: whole('frozen<map<text, frozen<set<text>>>>', entries('text', few(one('text')))),
  tuple: whole('tuple<int, text, decimal>', fc.tuple(perhaps(one('int')), perhaps(one('text')), perhaps(one('decimal')))),
  address: whole('frozen<address>', fc.record({ street: perhaps(one('text')), no: perhaps(one('varint')), tags: perhaps(few(one('text'))) })),
}

/** Types of a table with {@link cellColumns}. */
export const userTypes = { address: { street: 'text', no: 'varint', tags: 'set<text>' } }

/** What servers before 5.0 have no columns of. */
export const vectorColumns: AnyColumns = {
  vector: whole(
    'vector<float, 3>',
    fc.tuple(fc.constantFrom(0, 1, -128), fc.constantFrom(0, -0, 2 ** -149), fc.constantFrom(0.5, -1.25)).map((numbers) => Float32Array.from(numbers)),
  ),
}

/** Columns of every kind. */
export const cellColumns: AnyColumns = { ...plain, ...collections, ...composed }

/** Columns with one value a partition. */
export const staticColumns: AnyColumns = { owner: scalar('text'), balance: scalar('decimal'), members: set('text'), history: list('int') }

/** Columns that an index can be on, by groups: a table bears no more than ten. */
export const indexedColumns: readonly AnyColumns[] = [
  pick(['ascii', 'text', 'uuid', 'timeuuid', 'boolean', 'inet', 'time', 'date']),
  pick(['int', 'decimal', 'double', 'float', 'varint', 'bigint', 'timestamp', 'smallint', 'tinyint']),
  { set: set('text'), decimals: set('decimal'), numbers: list('double'), list: list('text'), addresses: set('inet'), days: set('date'), counts: list('int') },
]

function pick(names: readonly AnyScalar[]): AnyColumns {
  return Object.fromEntries(names.map((name) => [name, { ...scalar(name), value: one(name) }]))
}
