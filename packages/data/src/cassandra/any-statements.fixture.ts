import fc from 'fast-check'
import type { Database } from '../database.ts'
import { addToSet, append, prepend, putEntries, removeEntries, removeFromSet } from '../query/changes.ts'
import type { NewRow } from '../schema/row.ts'
import { table } from '../schema/table.ts'

/** Values of every plain type, those most that are easily taken for one another. */
const scalars = {
  ascii: ['', 'a', 'B', '~', ' ', '\u0000'],
  text: ['', 'a', 'B', 'ä', '\u0000', 'a\u0000b', '\u{1F600}', '\uFFFF', '\u{10FFFF}', '\u00E9', 'e\u0301'],
  uuid: [
    '58e0a7d7-eebc-11d8-9669-0800200c9a66',
    '00000000-0000-4000-8000-000000000001',
    'ffffffff-0000-4000-8000-000000000000',
    '0197a2b4-0000-7000-8000-000000000001',
  ],
  decimal: ['0', '0.00', '1.50', '1.5', '-1000', `0.${'0'.repeat(29)}1`, '9'.repeat(400), '99999999999999999999999.99', '-0.000001'],
  date: ['1970-01-01', '2026-11-23', '0001-01-01', '9999-12-31', '1969-12-31'],
  time: ['00:00:00', '23:59:59.999999999', '10:00:00.5'],
  duration: ['1mo2d3ns', '0s', '-1h', '12y', '1ns'],
  inet: ['127.0.0.1', '::1', '::ffff:1.2.3.4', 'fe80::1', '0.0.0.0', '::'],
  int: [0, 1, -1, 2_147_483_647, -2_147_483_648],
  smallint: [0, 32_767, -32_768],
  tinyint: [0, 127, -128],
  float: [0, -0, 0.5, Number.NaN, Infinity, -Infinity, 2 ** -149, 3.402_823_466_385_288_6e38],
  double: [0, -0, 0.1, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE],
  bigint: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
  varint: [0n, -1n, 127n, 128n, -128n, -129n, 2n ** 100n, -(2n ** 100n)],
  boolean: [true, false],
  timestamp: [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date(1_700_000_000_123)],
  blob: [[], [0], [255], [0, 0], [127], [128]].map((bytes) => Uint8Array.from(bytes)),
} as const

/** The types that a clustering column may have. */
export const clusteringTypes = Object.keys(scalars).filter((type) => type !== 'duration')

/** A table whose rows are clustered by a column of any type, with a cell of every type. The column's own type is one for all, so that one program fits. */
export function fuzzedTable(type: string, order: 'asc' | 'desc') {
  return table(`same_${type}_${order}`, {
    fields: {
      id: 'uuid',
      ck: type as 'text',
      n: 'int',
      ascii: 'ascii',
      text: 'text',
      uuid: 'uuid',
      decimal: 'decimal',
      date: 'date',
      time: 'time',
      duration: 'duration',
      inet: 'inet',
      int: 'int',
      smallint: 'smallint',
      tinyint: 'tinyint',
      float: 'float',
      double: 'double',
      bigint: 'bigint',
      varint: 'varint',
      boolean: 'boolean',
      timestamp: 'timestamp',
      blob: 'blob',
      list: 'list<text>',
      numbers: 'list<double>',
      set: 'set<text>',
      decimals: 'set<decimal>',
      blobs: 'set<blob>',
      map: 'map<text, int>',
      by_number: 'map<int, decimal>',
      by_uuid: 'map<uuid, text>',
      frozen_list: 'frozen<list<int>>',
      frozen_set: 'frozen<set<text>>',
      frozen_map: 'frozen<map<text, text>>',
      tuple: 'tuple<int, text, decimal>',
      address: 'frozen<address>',
      vector: 'vector<float, 3>',
      owner: 'text',
      members: 'set<text>',
      history: 'list<int>',
    },
    key: [['id'], 'ck', 'n'],
    order: { ck: order },
    static: ['owner', 'members', 'history'],
    types: { address: { street: 'text', no: 'int', tags: 'set<text>' } },
  })
}

type Fuzzed = ReturnType<typeof fuzzedTable>
/** A database with one such table. */
export type FuzzedDatabase = Database<{ readonly things: Fuzzed }>
type Row = NewRow<Fuzzed['definition']>

/** A statement on one of two partitions, and how to tell of it. */
export interface FuzzedStatement {
  readonly told: string
  readonly run: (db: FuzzedDatabase, ids: readonly string[]) => PromiseLike<unknown>
}

const one = <Type extends keyof typeof scalars>(type: Type) => fc.constantFrom<(typeof scalars)[Type][number]>(...scalars[type])
const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 3 })
const record = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) => fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true })
const texts = some(one('text'))

const cellValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...Object.fromEntries(Object.entries(scalars).map(([type, values]) => [type, fc.constantFrom<unknown>(...values)])),
  list: texts,
  numbers: some(one('double')),
  set: texts,
  decimals: some(one('decimal')),
  blobs: some(one('blob')),
  map: record(one('text'), one('int')),
  by_number: some(fc.tuple(one('int'), one('decimal'))).map((entries) => new Map(entries)),
  by_uuid: record(one('uuid'), one('text')),
  frozen_list: some(one('int')),
  frozen_set: texts,
  frozen_map: record(one('text'), one('text')),
  tuple: fc.tuple(fc.option(one('int')), fc.option(one('text')), fc.option(one('decimal'))),
  address: fc.record({ street: fc.option(one('text')), no: fc.option(one('int')), tags: fc.option(texts) }),
  vector: fc.tuple(one('tinyint'), one('tinyint'), fc.constantFrom(0.5, -1.25)).map((numbers) => Float32Array.from(numbers)),
}
const partition = fc.constantFrom(0, 0, 1)
/** Values for up to five cells, some null. That each fits its column cannot be shown; the database checks it. */
const cells = fc
  .subarray(Object.keys(cellValues), { maxLength: 5 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fc.option(cellValues[name] ?? fc.constant(null), { freq: 6 })])), { noNullPrototype: true }),
  )
  .map((values) => values as Partial<Row>)
const elementChange = fc.oneof(
  texts.map((values) => ({ list: append(values) })),
  texts.map((values) => ({ list: prepend(values) })),
  texts.map((values) => ({ set: addToSet(values) })),
  texts.map((values) => ({ set: removeFromSet(values) })),
  some(one('decimal')).map((values) => ({ decimals: addToSet(values) })),
  some(one('decimal')).map((values) => ({ decimals: removeFromSet(values) })),
  record(one('text'), one('int')).map((values) => ({ map: putEntries(values) })),
  texts.map((values) => ({ map: removeEntries(values) })),
)
const staticChange = fc.oneof(
  fc.option(one('text')).map((owner) => ({ owner })),
  texts.map((values) => ({ members: addToSet(values) })),
  fc.option(texts).map((members) => ({ members })),
  some(one('int')).map((values) => ({ history: append(values) })),
)
const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const comparable = ['text', 'int', 'decimal', 'double', 'float', 'boolean', 'blob', 'varint', 'bigint', 'timestamp', 'inet', 'date', 'time'] as const
/** A column, how it compares, and with what; the types of the value fit, but not visibly. */
const comparison = fc.constantFrom(...comparable).chain((column) => fc.tuple(fc.constant(column as 'text'), operator, one(column as 'text')))

/** Every kind of statement on a table that is clustered by `type`. */
export function fuzzedStatement(type: string): fc.Arbitrary<FuzzedStatement> {
  const ck = (cellValues[type] ?? fc.constant(null)) as fc.Arbitrary<string>
  const place = fc.record({ at: partition, ck, n: fc.constantFrom(1, 2) }, { noNullPrototype: true })
  const keyOf = ({ at, ck: value, n }: { at: number; ck: string; n: number }, ids: readonly string[]) => ({ id: ids[at] ?? '', ck: value, n })
  const bound = fc.tuple(fc.constantFrom('<', '<=', '>', '>='), ck)
  const range = fc.tuple(fc.tuple(fc.constantFrom('<', '<='), ck), fc.tuple(fc.constantFrom('>', '>='), ck))
  const bounds = fc.oneof(fc.constant([]), fc.tuple(bound), range, fc.tuple(bound, bound))
  const columns = fc.option(fc.subarray(['id', 'ck', 'n', 'owner', 'text', 'list'], { minLength: 1 }), { nil: undefined })
  /** A statement of what `given` gives, told by its name and that. */
  const say = <T>(name: string, given: fc.Arbitrary<T>, run: (value: T, db: FuzzedDatabase, ids: readonly string[]) => PromiseLike<unknown>) =>
    given.map((value): FuzzedStatement => ({ told: `${name} ${fc.stringify(value)}`, run: (db, ids) => run(value, db, ids) }))
  return fc.oneof(
    { weight: 6, arbitrary: say('insert', fc.tuple(place, cells), ([to, values], db, ids) => db.things.insert({ ...keyOf(to, ids), ...values })) },
    {
      weight: 2,
      arbitrary: say('insertIfAbsent', fc.tuple(place, cells), ([to, values], db, ids) => db.things.insertIfAbsent({ ...keyOf(to, ids), ...values })),
    },
    {
      weight: 4,
      arbitrary: say('update', fc.tuple(place, fc.oneof(cells, elementChange)), ([to, values], db, ids) => db.things.update(keyOf(to, ids)).set(values)),
    },
    {
      weight: 4,
      arbitrary: say('update if', fc.tuple(place, fc.oneof(cells, elementChange), comparison), ([to, values, asked], db, ids) =>
        db.things
          .update(keyOf(to, ids))
          .set(values)
          .if(...asked),
      ),
    },
    {
      weight: 1,
      arbitrary: say('update if null', fc.tuple(place, cells), ([to, values], db, ids) => db.things.update(keyOf(to, ids)).set(values).if({ text: null })),
    },
    {
      weight: 1,
      arbitrary: say('update if exists', fc.tuple(place, cells), ([to, values], db, ids) => db.things.update(keyOf(to, ids)).set(values).ifExists()),
    },
    {
      weight: 2,
      arbitrary: say('updateStatic', fc.tuple(partition, staticChange), ([at, values], db, ids) => db.things.updateStatic({ id: ids[at] ?? '' }).set(values)),
    },
    {
      weight: 1,
      arbitrary: say('updateStatic if', fc.tuple(partition, staticChange, operator, one('text')), ([at, values, how, owner], db, ids) =>
        db.things
          .updateStatic({ id: ids[at] ?? '' })
          .set(values)
          .if('owner', how, owner),
      ),
    },
    { weight: 2, arbitrary: say('delete', place, (to, db, ids) => db.things.delete(keyOf(to, ids))) },
    { weight: 1, arbitrary: say('delete if', fc.tuple(place, comparison), ([to, asked], db, ids) => db.things.delete(keyOf(to, ids)).if(...asked)) },
    { weight: 1, arbitrary: say('delete of a prefix', fc.tuple(partition, ck), ([at, value], db, ids) => db.things.delete({ id: ids[at] ?? '', ck: value })) },
    {
      weight: 1,
      arbitrary: say('delete of a range', fc.tuple(partition, bounds), ([at, within], db, ids) =>
        [...within].reduce((query, [how, value]) => query.where('ck', how, value), db.things.delete({ id: ids[at] ?? '' })),
      ),
    },
    {
      weight: 2,
      arbitrary: say('atomically', fc.tuple(place, cells, place, cells, partition, staticChange), ([to, values, also, others, at, shared], db, ids) =>
        db.atomically([
          db.things.insert({ ...keyOf(to, ids), ...values }),
          db.things.update(keyOf(also, ids)).set(others),
          db.things.updateStatic({ id: ids[at] ?? '' }).set(shared),
        ]),
      ),
    },
    { weight: 2, arbitrary: say('get', place, (to, db, ids) => db.things.get(keyOf(to, ids))) },
    { weight: 1, arbitrary: say('getStatic', partition, (at, db, ids) => db.things.getStatic({ id: ids[at] ?? '' })) },
    {
      weight: 3,
      arbitrary: say(
        'select',
        fc.tuple(partition, bounds, fc.constantFrom('asc', 'desc'), fc.constantFrom(1, 2, 3, 100), columns),
        ([at, within, order, limit, names], db, ids) =>
          [...within]
            .reduce(
              (query, [how, value]) => query.where('ck', how, value),
              db.things.select({ id: ids[at] ?? '' }, names === undefined ? {} : { columns: names as ['id'] }),
            )
            .order(order)
            .limit(limit),
      ),
    },
    { weight: 1, arbitrary: say('pages', fc.tuple(partition, fc.constantFrom(1, 2)), ([at, limit], db, ids) => allPages(db, ids[at] ?? '', limit)) },
  )
}

/** All rows of a partition by pages; where the rows end with a full page, one engine knows that and another does not. */
async function allPages(db: FuzzedDatabase, id: string, limit: number): Promise<unknown> {
  const rows: unknown[] = []
  let token: string | null = null
  do {
    const page: Awaited<ReturnType<ReturnType<FuzzedDatabase['things']['select']>['page']>> = await db.things.select({ id }).limit(limit).page(token)
    rows.push(...page.rows)
    token = page.next
  } while (token !== null)
  return rows
}
