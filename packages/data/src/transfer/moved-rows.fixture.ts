import fc from 'fast-check'
import type { Database } from '../database.ts'
import type { Row } from '../schema/row.ts'
import type { allKinds, kinds } from './transfer.fixture.ts'

/** A database with the tables of {@link kinds}. */
export type Kinds = Database<typeof kinds>

const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const bytes = fc.uint8Array({ maxLength: 12 })
const timestamp = fc.integer({ min: -62_000_000_000_000, max: 8_000_000_000_000 }).map((ms) => new Date(ms))
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.option(fc.stringMatching(/^\d{1,9}$/)))
  .map(([whole, part]) => `${whole}${part === null ? '' : `.${part}`}`)
const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'))
const small = fc.array(text, { maxLength: 3 })
const id = fc.uuid()

/** Rows of the table with every column type; few partitions, so that some share one. */
export const anyRow = fc.record(
  {
    id: fc.constantFrom('0197a2b4-0000-7000-8000-000000000001', '0197a2b4-0000-7000-8000-000000000002', '0197a2b4-0000-7000-8000-000000000003'),
    at: timestamp,
    c_ascii: fc.string({ maxLength: 8, unit: 'grapheme-ascii' }),
    c_text: text,
    c_uuid: id,
    c_timeuuid: fc.uuid({ version: 1 }),
    c_decimal: decimal,
    c_date: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
    c_time: fc.tuple(two(23), two(59), two(59), fc.stringMatching(/^\d{1,9}$/)).map(([h, m, s, part]) => `${h}:${m}:${s}.${part}`),
    c_duration: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(10 ** 9)).map(([months, days, nanos]) => `${months}mo${days}d${nanos}ns`),
    c_inet: fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((address) => !address.includes('.')),
    ),
    c_int: fc.integer(),
    c_smallint: fc.integer({ min: -32_768, max: 32_767 }),
    c_tinyint: fc.integer({ min: -128, max: 127 }),
    c_float: fc.float(),
    c_double: fc.double(),
    c_bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    c_varint: fc.bigInt(),
    c_boolean: fc.boolean(),
    c_blob: bytes,
    c_vector: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }).map((numbers) => Float32Array.from(numbers)),
    c_list: small,
    c_set: fc.array(fc.bigInt(), { maxLength: 3 }),
    c_map: fc.dictionary(text, bytes, { maxKeys: 3 }),
    c_by_number: fc.array(fc.tuple(fc.integer(), text), { maxLength: 3 }).map((entries) => new Map(entries)),
    c_frozen_set: small,
    c_tuple: fc.tuple(fc.option(text), fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
    c_profile: fc.record({ bio: fc.option(text), links: fc.option(small), spent: fc.option(decimal) }),
    c_note: text,
    c_tags: small,
  },
  { requiredKeys: ['id', 'at'] },
)

/** Fills the tables whose rows are managed by conditions, and leaves one partition without rows. */
export async function fillManaged(db: Kinds, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const product = `product ${index}`
    await db.stock.updateStatic({ product }).set({ stocked: index, version: 1 }).if({ version: null })
    if (index > 0) await db.stock.insertIfAbsent({ product, order_id: 'a', quantity: index })
    await db.members.insertIfAbsent({ id: `0197a2b4-0000-7000-8000-${String(index).padStart(12, '0')}`, email: `m${index}@example.com`, name: 'Ada' })
  }
}

/** Everything that the tables hold, in one order on every engine. */
export async function contents(db: Kinds) {
  const [values, notes, members, stock, counts] = await Promise.all([
    db.values.scan(),
    db.values.scanStatic(),
    db.members.scan(),
    db.stock.scan(),
    db.stock.scanStatic(),
  ])
  return {
    values: values.toSorted((a, b) => (a.id === b.id ? a.at.getTime() - b.at.getTime() : order(a.id, b.id))),
    notes: notes.toSorted((a, b) => order(a.id, b.id)),
    members: members.toSorted((a, b) => order(a.id, b.id)),
    stock: stock.toSorted((a, b) => order(a.product, b.product)),
    counts: counts.toSorted((a, b) => order(a.product, b.product)),
  } satisfies Record<string, readonly Partial<Row<(typeof allKinds)[number]>>[]>
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
