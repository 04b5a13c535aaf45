import { types } from 'cassandra-driver'
import { HanseError } from '@hanse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileDecode } from '../cassandra/decode.ts'
import { compileEncode } from '../cassandra/encode.ts'
import { scalarCodecs } from './scalar-codecs.ts'
import type { Json } from './value-codec.ts'

// 100,000 inputs together.
const numRuns = 20_000
const digitCharacters = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
const column = "column 'total' of table 'orders'"

/** Text that looks like a number to somebody: signs, exponents, blanks, separators, digits of other scripts, ends of lines. */
const nearlyNumber = fc.string({
  unit: fc.constantFrom(...digitCharacters, '.', '-', '+', 'e', 'E', ',', '_', ' ', '\n', '\0', 'x', '٣', '５', '−', 'n'),
  maxLength: 12,
})
const wellKnown = fc.constantFrom(
  '1e5',
  '1E+3',
  'abc',
  '',
  '.',
  '-',
  '-0',
  '+1',
  '01',
  '1.',
  '.5',
  '1,5',
  '0x10',
  'NaN',
  'Infinity',
  ' 1',
  '1\n',
  '1_000',
  '--1',
)
const otherKind = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withTypedArray: true }),
)
const digits = fc.string({ unit: fc.constantFrom(...digitCharacters), minLength: 1, maxLength: 40 })
const sign = fc.constantFrom('', '-')
const decimalText = fc
  .tuple(
    sign,
    fc.oneof(
      fc.constant('0'),
      digits.map((text) => text.replace(/^0+(?=\d)/, '')),
    ),
    fc.option(digits),
  )
  .map(([minus, whole, fraction]) => `${minus}${whole}${fraction === null ? '' : `.${fraction}`}`)
/** Amounts as shops write them, up to what no double can hold. */
const moneyText = fc
  .tuple(sign, fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 99 }))
  .map(([minus, units, cents]) => `${minus}${units}.${String(cents).padStart(2, '0')}`)
const around = (bits: bigint) => fc.bigInt({ min: -2n, max: 2n }).chain((by) => sign.map((minus) => (minus === '' ? 1n : -1n) * 2n ** bits + by))
const wholeNumber = fc.oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), around(63n), around(53n), around(31n), around(7n))

type ExactName = 'decimal' | 'varint' | 'bigint' | 'counter'
type Outcome = { readonly value: unknown } | { readonly error: unknown }

function normalized(name: ExactName, input: unknown): Outcome {
  try {
    return { value: scalarCodecs[name].normalize(input, column) }
  } catch (error) {
    return { error }
  }
}

/** The way through JSON, as page tokens and events take it, and the way through the bytes of Cassandra's protocol and the driver. */
function roundTrips(name: ExactName, value: unknown): readonly unknown[] {
  const codec = scalarCodecs[name]
  const json = codec.fromJson(JSON.parse(JSON.stringify(codec.toJson(value))) as Json)
  const bytes = compileEncode({ kind: 'scalar', name })(value)
  return [json, compileDecode({ kind: 'scalar', name })(readByDriver(name, bytes) as never)]
}

function readByDriver(name: ExactName, bytes: Buffer): unknown {
  if (name === 'decimal') return types.BigDecimal.fromBuffer(bytes)
  return name === 'varint' ? BigInt(types.Integer.fromBuffer(bytes).toString()) : bytes.readBigInt64BE()
}

function expectExactOrRefused(name: ExactName, input: unknown, exact: unknown): void {
  const outcome = normalized(name, input)
  if (exact === undefined) return expectRefused(outcome)
  expect(outcome).toEqual({ value: exact })
  expect(roundTrips(name, exact)).toEqual([exact, exact])
}

/** The error names the column and what it takes. */
function expectRefused(outcome: Outcome): void {
  if (!('error' in outcome)) throw new Error(`taken, though it is not exact: ${String(outcome.value)}`)
  expect(HanseError.isInstance(outcome.error) && outcome.error.code).toBe('INVALID_ARGUMENT')
  expect(String(outcome.error)).toMatch(/column 'total' of table 'orders' must be an? (exact decimal|bigint)/)
}

/** The oracle, in other words than the codec's: the text that must come back, or nothing when the input is no decimal. */
function exactDecimal(input: unknown): string | undefined {
  if (typeof input !== 'string') return undefined
  const unsigned = input.startsWith('-') ? input.slice(1) : input
  const [whole = '', fraction, ...more] = unsigned.split('.')
  const isDigits = (text: string): boolean =>
    text !== '' && Array.from(text).every((character) => character >= '0' && character <= '9' && character.length === 1)
  if (more.length > 0 || !isDigits(whole) || (whole.length > 1 && whole.startsWith('0')) || (fraction !== undefined && !isDigits(fraction))) return undefined
  return Array.from(unsigned).every((character) => character === '0' || character === '.') ? unsigned : input
}

function exactInteger(input: unknown, bits: bigint | undefined): bigint | undefined {
  if (typeof input !== 'bigint') return undefined
  return bits === undefined || (input >= -(2n ** (bits - 1n)) && input < 2n ** (bits - 1n)) ? input : undefined
}

describe('exact numbers, 100,000 inputs: back to the digit or a clear error (seed-requirement 59)', () => {
  it.each([
    ['decimal', decimalText],
    ['money', moneyText],
  ])('%s texts', (_, valid) => {
    const inputs = fc.oneof({ weight: 6, arbitrary: valid }, { weight: 3, arbitrary: nearlyNumber }, wellKnown, otherKind)
    fc.assert(
      fc.property(inputs, (input) => expectExactOrRefused('decimal', input, exactDecimal(input))),
      { numRuns },
    )
  })

  it.each([
    ['varint', undefined],
    ['bigint', 64n],
    ['counter', 64n],
  ] as const)('%s', (name, bits) => {
    const inputs = fc.oneof({ weight: 6, arbitrary: wholeNumber }, { weight: 2, arbitrary: nearlyNumber }, wellKnown, otherKind)
    fc.assert(
      fc.property(inputs, (input) => expectExactOrRefused(name, input, exactInteger(input, bits))),
      { numRuns },
    )
  })
})
