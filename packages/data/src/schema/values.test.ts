import { HanseError } from '@hanse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnStorage } from '../sqlite/column-storage.ts'
import { createDatabase, sqlite, table } from '../index.ts'
import { formatCqlType, parseCqlType } from './cql-type.ts'
import { compareDecimals, isDecimal, normalizeDecimal, stripDecimal } from './decimal.ts'
import { scalarCodecs } from './scalar-codecs.ts'
import { compileCodec } from './value-codec.ts'
import type { Json } from './value-codec.ts'
import type { ScalarName } from './value-of.ts'

const decimalText = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.option(fc.stringMatching(/^\d{1,20}$/)))
  .map(([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}`)

describe('CQL type strings', () => {
  it('are read whatever their blanks and case, and written one way (seed-requirement 54)', () => {
    const types = { profile: { bio: 'text' } }
    const same = (text: string) => formatCqlType(parseCqlType(text, types, 'it'))
    expect(same(' MAP<text,frozen < list<varchar> >> ')).toBe('map<text, frozen<list<text>>>')
    expect(same('frozen<profile>')).toBe('frozen<profile>')
    expect(same('tuple<int,text>')).toBe('frozen<tuple<int, text>>')
    expect(same('vector<float,384>')).toBe('vector<float, 384>')
  })

  it('are refused with the reason, never taken for text (seed-requirements 41 and 54)', () => {
    const reason = (type: string) => () => table('users', { fields: { id: 'uuid', a: type as 'text' }, key: ['id'] })
    expect(reason('frozen<address_type>')).toThrow(
      "field 'a' of table 'users' must have a CQL type; 'frozen<address_type>' names 'address_type', which is neither a CQL type nor declared in 'types'.",
    )
    expect(reason('list<list<int>>')).toThrow(/wrap the inner one in frozen/)
    expect(reason('map<text>')).toThrow(/has '>' where ',' was expected/)
    expect(reason('text,')).toThrow(/behind its end/)
    expect(reason('list<text')).toThrow(/ends too early/)
    expect(reason('vector<float, 0>')).toThrow(/1 to 8192/)
    expect(reason('')).toThrow(/must have a CQL type/)
  })

  it('name the broken rule of a table', () => {
    const fields = { id: 'uuid', a: 'int', c: 'counter' } as const
    expect(() => table('Users', { fields: { id: 'uuid' }, key: ['id'] })).toThrow(/name of a table must be lower case/)
    expect(() => table('users', { fields, key: ['id'] })).toThrow("table 'users' mixes counters with 'a'")
    expect(() => table('users', { fields: { id: 'uuid', a: 'int' }, key: ['id'], static: ['a'] })).toThrow(/static columns but no clustering/)
    expect(() => table('users', { fields: { id: 'list<int>' }, key: ['id'] })).toThrow(/plain ordered type/)
    expect(() => table('users', { fields: { id: 'uuid', hanse_marker: 'int' }, key: ['id'] })).toThrow(/not starting with 'hanse_'/)
    expect(() => table('users', { fields: { id: 'uuid' }, key: ['id'], ttlSeconds: 0.5 })).toThrow(/whole number of seconds/)
  })
})

describe('money (seed-requirement 59)', () => {
  it('accepts exactly the strict decimals and keeps them to the digit', () => {
    fc.assert(
      fc.property(decimalText, (text) => {
        expect(isDecimal(text)).toBe(true)
        const kept = normalizeDecimal(text)
        expect(kept === text || kept === text.slice(1)).toBe(true)
        expect(compareDecimals(kept, stripDecimal(kept))).toBe(0)
      }),
      { numRuns: 5_000 },
    )
  })

  it('gives any other text or value an error, never another number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.anything()), (value) => {
        const strict = typeof value === 'string' && /^-?(0|[1-9][0-9]*)([.][0-9]+)?$/.test(value)
        const outcome = normalized(value)
        expect(outcome.ok).toBe(strict)
        expect(strict ? [value, String(value).slice(1)] : ['INVALID_ARGUMENT']).toContain(outcome.result)
      }),
      { numRuns: 10_000 },
    )
  })

  it('comes back exact from the store, beside 64-bit and unbounded integers', async () => {
    const exact = table('exact', { fields: { id: 'int', total: 'decimal', minor: 'bigint', big: 'varint' }, key: ['id'] })
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { exact } })
    await fc.assert(
      fc.asyncProperty(decimalText, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt(), async (total, minor, big) => {
        await db.exact.insert({ id: 1, total, minor, big })
        expect(await db.exact.get({ id: 1 })).toEqual({ id: 1, total: normalizeDecimal(total), minor, big })
      }),
      { numRuns: 2_000 },
    )
  })
})

/** What the decimal codec makes of a value, or the code of its error. */
function normalized(value: unknown): { readonly ok: boolean; readonly result: unknown } {
  try {
    return { ok: true, result: scalarCodecs.decimal.normalize(value, 'it') }
  } catch (error) {
    return { ok: false, result: HanseError.isInstance(error) ? error.code : error }
  }
}

const uuid = fc.uuid()
const samples: Partial<Record<ScalarName, fc.Arbitrary<unknown>>> = {
  decimal: decimalText.map((text) => stripDecimal(normalizeDecimal(text))),
  varint: fc.bigInt(),
  uuid,
  timeuuid: uuid.map((text) => `${text.slice(0, 14)}1${text.slice(15)}`),
  inet: fc.oneof(
    fc.ipV4(),
    fc.ipV6().map((text) => scalarCodecs.inet.normalize(text, 'it')),
  ),
}

describe('clustering columns kept as bytes', () => {
  it.each(Object.entries(samples))('%s: bytes sort as the values do, and turn back into them', (name, arbitrary) => {
    const codec = scalarCodecs[name as ScalarName]
    const declared = table('t', { fields: { id: 'int', value: name as 'text' }, key: [['id'], 'value'] })
    const column = declared.schema.byName.get('value')
    if (column === undefined) throw new Error('the column was declared')
    const storage = columnStorage(column)
    const bytes = (value: unknown) => Buffer.from(storage.toSql(value) as Uint8Array)
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        expect(Math.sign(Buffer.compare(bytes(a), bytes(b)))).toBe(Math.sign(codec.compare(a, b)))
        expect(storage.fromSql(bytes(a))).toEqual(a)
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('a vector as JSON', () => {
  it('comes back bit for bit, its negative zeros included', () => {
    const codec = compileCodec({ kind: 'vector', dimensions: 4 })
    const vector = Float32Array.of(-0, 0, 1e-45, -3.4028234663852886e38)
    expect(codec.fromJson(JSON.parse(JSON.stringify(codec.toJson(vector))) as Json)).toEqual(vector)
  })
})
