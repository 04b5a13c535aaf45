import assert from 'node:assert/strict'
import { generateId } from '@hanse/core'
import { createDatabase } from '../database.ts'
import { table } from '../schema/table.ts'
import { dataCase } from './harness.ts'
import type { CaseContext, DataEngineCase } from './harness.ts'

/** One scalar value goes in and comes out the same. */
function roundTrip(column: string, values: readonly unknown[]): DataEngineCase {
  return dataCase(`${column.slice(2)} values come back as they were written`, async ({ db, id }) => {
    for (const value of values) {
      // The columns differ in type from case to case, which one call cannot show.
      await db.scalars.update({ id }).set({ [column]: value })
      const row = (await db.scalars.get({ id })) as Readonly<Record<string, unknown>> | undefined
      assert.deepEqual(row?.[column], value)
    }
  })
}

/** As {@link roundTrip}; in a table of its own, because a store may have no vectors at all. */
const vectors: DataEngineCase = {
  name: 'vector values come back as they were written',
  requires: ['vectors'],
  async run(harness) {
    const declared = table(`vectors_${harness.run}`, { fields: { id: 'uuid', vector: 'vector<float, 3>' }, key: ['id'] })
    await using db = createDatabase({ engine: await harness.createEngine(), tables: { vectors: declared }, schema: 'create' })
    const id = generateId()
    for (const vector of [Float32Array.of(1, -0.5, 0.25), Float32Array.of(0, -0, 3e-42)]) {
      await db.vectors.update({ id }).set({ vector })
      assert.deepEqual(await db.vectors.get({ id }), { id, vector })
    }
  },
}

/** Rows keyed by values of one type come in the given order. */
function ordering(type: string, ascending: readonly unknown[]): DataEngineCase {
  return dataCase(`${type} clustering columns sort as Cassandra sorts them`, async ({ harness, id }) => {
    const name = `order_${type}_${harness.run}`
    const declared = table(name, { fields: { id: 'uuid', value: type as 'text' }, key: [['id'], 'value'] })
    await using db = createDatabase({ engine: await harness.createEngine(), tables: { ordered: declared }, schema: 'create' })
    const shuffled = ascending.toReversed().toSorted((a, b) => String(b).length - String(a).length)
    for (const value of shuffled) await db.ordered.insert({ id, value: value as string })
    const values = (rows: readonly { readonly value: unknown }[]): unknown[] => rows.map((row) => row.value)
    assert.deepEqual(values(await db.ordered.select({ id })), ascending)
    assert.deepEqual(values(await db.ordered.select({ id }).order('desc')), ascending.toReversed())
    const middle = ascending[1] as string
    assert.deepEqual(values(await db.ordered.select({ id }).where('value', '>', middle)), ascending.slice(2))
    const { next } = await db.ordered.select({ id }).limit(1).page()
    assert.deepEqual(values((await db.ordered.select({ id }).limit(100).page(next)).rows), ascending.slice(1))
    for (const value of ascending) assert.deepEqual((await db.ordered.get({ id, value: value as string }))?.value, value)
  })
}

const ascendingUuids = [
  // Version 1 by time, whatever its bytes say; then version 4; then version 7.
  '58e0a7d7-eebc-11d8-9669-0800200c9a66',
  '00000001-0000-11f0-8000-000000000000',
  '00000000-0000-4000-8000-000000000001',
  'ffffffff-0000-4000-8000-000000000000',
  '0197a2b4-0000-7000-8000-000000000001',
]
const ascendingTimeuuids = [
  'ffffffff-0000-1100-8000-000000000000',
  '00000000-0001-1100-8000-000000000000',
  '58e0a7d7-eebc-11d8-8000-000000000000',
  // Each byte behind the time counts as signed.
  '58e0a7d7-eebc-11d8-9669-ff00200c9a66',
  '58e0a7d7-eebc-11d8-9669-0800200c9a66',
  '58e0a7d7-eebc-11d8-9669-7f00200c9a66',
]

async function writeTotal({ db, id }: CaseContext, total: unknown): Promise<void> {
  await db.rows.insert({ id, seq: 1, total: total as string })
}

/** Values of every type, and their order in keys. */
export const typeCases: readonly DataEngineCase[] = [
  roundTrip('c_text', ['plain', 'äöü 日本 🦩', 'with \u0000 inside', 'it\'s; -- "quoted"', ' spaced ']),
  roundTrip('c_ascii', ['plain', '~!@#']),
  roundTrip('c_uuid', ['0197a2b4-0000-7000-8000-000000000001', '00000000-0000-4000-8000-000000000000']),
  roundTrip('c_timeuuid', ['58e0a7d7-eebc-11d8-9669-0800200c9a66']),
  roundTrip('c_decimal', ['19.90', '0', '0.00', '-0.01', '1234567890123456789012345678901234567890.123456789', '100', '-1.000']),
  dataCase('a decimal of thousands of digits comes back to the digit', async ({ db, id }) => {
    // Short ones would hide a reader that goes by way of floats, which end at 309 digits.
    const total = `-${'123456789'.repeat(1_100)}.${'5'.repeat(80)}`
    await db.scalars.update({ id }).set({ c_decimal: total, c_varint: BigInt(total.split('.')[0] ?? '') })
    const row = await db.scalars.get({ id })
    assert.deepEqual([row?.c_decimal, String(row?.c_varint)], [total, total.split('.')[0]])
  }),
  roundTrip('c_date', ['2026-01-31', '1969-12-31', '0001-01-01', '9999-12-31', '2024-02-29']),
  roundTrip('c_time', ['00:00:00', '13:45:00.5', '23:59:59.999999999', '00:00:00.000000001']),
  roundTrip('c_duration', ['1y2mo3d4h5m6s7ms8us9ns', '12h', '0s', '-1mo2d', '5d']),
  roundTrip('c_inet', ['127.0.0.1', '::1', '2001:db8::ff00:42:8329', 'fe80::1']),
  roundTrip('c_int', [0, -1, 2147483647, -2147483648]),
  roundTrip('c_smallint', [0, 32767, -32768]),
  roundTrip('c_tinyint', [0, 127, -128]),
  roundTrip('c_float', [0, 1.5, -0.25, 3.4028234663852886e38, Number.POSITIVE_INFINITY, Number.NaN]),
  roundTrip('c_double', [0, 0.1, -1e-300, Number.MAX_VALUE, 5, Number.NEGATIVE_INFINITY, Number.NaN]),
  roundTrip('c_bigint', [0n, 9007199254740993n, 9223372036854775807n, -9223372036854775808n]),
  roundTrip('c_varint', [0n, -1n, 2n ** 200n, -(2n ** 200n)]),
  roundTrip('c_boolean', [true, false]),
  roundTrip('c_timestamp', [new Date(0), new Date(1_700_000_000_123), new Date(-1), new Date(8.64e15)]),
  roundTrip('c_blob', [Uint8Array.of(), Uint8Array.of(0, 255, 1), new Uint8Array(10_000).fill(7)]),
  vectors,

  ordering('int', [-2147483648, -1, 0, 1, 10, 9000]),
  ordering('bigint', [-9223372036854775808n, -1n, 0n, 9007199254740992n, 9007199254740993n]),
  ordering('text', ['', 'A', 'Z', 'a', 'aa', 'b', 'ä', '\uffee', '🦩']),
  ordering('uuid', ascendingUuids),
  ordering('timeuuid', ascendingTimeuuids),
  ordering('decimal', ['-1000', '-10.5', '-10', '-0.001', '0', '0.0001', '0.1', '0.11', '2', '10', '10.01', '123456789012345678901234567890']),
  ordering('varint', [-(2n ** 70n), -256n, -1n, 0n, 1n, 255n, 2n ** 70n]),
  ordering('blob', [Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0, 1), Uint8Array.of(1), Uint8Array.of(127), Uint8Array.of(128), Uint8Array.of(255)]),
  ordering('timestamp', [new Date(-1), new Date(0), new Date(1), new Date(1_700_000_000_000)]),
  ordering('date', ['0001-01-01', '1969-12-31', '2026-01-31', '9999-12-31']),
  ordering('time', ['00:00:00', '00:00:00.000000001', '10:00:00.45', '10:00:00.5', '23:59:59']),
  ordering('boolean', [false, true]),
  ordering('double', [Number.NEGATIVE_INFINITY, -1.5, 0, 1e-10, 2, 10]),
  ordering('inet', ['1.2.3.4', '9.0.0.0', '10.0.0.0', '200.0.0.1']),

  dataCase('a decimal in a key is compared by value', async ({ harness, id }) => {
    const declared = table(`order_decimal_${harness.run}`, { fields: { id: 'uuid', value: 'decimal' }, key: [['id'], 'value'] })
    await using db = createDatabase({ engine: await harness.createEngine(), tables: { ordered: declared }, schema: 'create' })
    await db.ordered.insert({ id, value: '1.50' })
    await db.ordered.insert({ id, value: '1.5' })
    assert.deepEqual(await db.ordered.select({ id }), [{ id, value: '1.5' }])
    assert.deepEqual(await db.ordered.get({ id, value: '1.500' }), { id, value: '1.5' })
  }),
  dataCase('a decimal in a partition key is compared by value', async ({ harness }) => {
    const declared = table(`by_decimal_${harness.run}`, { fields: { value: 'decimal', note: 'text' }, key: ['value'] })
    await using db = createDatabase({ engine: await harness.createEngine(), tables: { priced: declared }, schema: 'create' })
    await db.priced.insert({ value: '1.50', note: 'a' })
    assert.deepEqual(await db.priced.get({ value: '1.500' }), { value: '1.5', note: 'a' })
  }),
  dataCase('money that is not an exact decimal is refused before anything is written (seed-requirement 59)', async (context) => {
    for (const total of [39.98, '1e5', 'abc', '', '1.', '.5', '01', '+1', '1_000', 'NaN', 'Infinity', ' 1', '1,5', 10n, {}, []]) {
      await assert.rejects(writeTotal(context, total), { code: 'INVALID_ARGUMENT' })
    }
    assert.equal(await context.db.rows.get({ id: context.id, seq: 1 }), undefined)
  }),
  dataCase(
    'a value of another type, a vector of another dimension included, is refused before anything is written (seed-requirement 68)',
    async ({ db, id }) => {
      const wrong: readonly Readonly<Record<string, unknown>>[] = [
        { c_int: 1.5 },
        { c_int: '1' },
        { c_int: 2147483648 },
        { c_tinyint: 128 },
        { c_bigint: 1 },
        { c_bigint: 2n ** 63n },
        { c_text: 1 },
        { c_text: '\ud800' },
        { c_ascii: 'ä' },
        { c_uuid: 'x' },
        { c_timeuuid: '0197a2b4-0000-7000-8000-000000000001' },
        { c_date: '2026-02-30' },
        { c_time: '24:00:00' },
        { c_duration: '1 day' },
        { c_inet: '1.2.3' },
        { c_boolean: 1 },
        { c_timestamp: 0 },
        { c_timestamp: new Date(Number.NaN) },
        { c_blob: 'x' },
        { c_vector: Float32Array.of(1, 2) },
        { c_vector: [1, 2, 3] },
        { c_vector: Float32Array.of(1, Number.NaN, 3) },
        { c_double: '1' },
      ]
      for (const values of wrong) {
        await assert.rejects(Promise.resolve(db.scalars.insert({ id, ...values })), { code: 'INVALID_ARGUMENT' }, Object.keys(values)[0] ?? '')
      }
      assert.equal(await db.scalars.get({ id }), undefined)
    },
  ),
]
