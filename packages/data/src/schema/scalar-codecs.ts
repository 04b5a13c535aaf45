import { invalidArgument } from '@hanse/core'
import { compareDecimals, isDecimal, normalizeDecimal } from './decimal.ts'
import { normalizeDuration } from './duration.ts'
import { inetBytes, normalizeInet } from './inet.ts'
import { isUuid, sortableTimeuuid, sortableUuid, uuidVersion } from './uuid-order.ts'
import type { ScalarName } from './value-of.ts'
import type { Json, ValueCodec } from './value-codec.ts'

const stringScalars: ReadonlySet<ScalarName> = new Set<ScalarName>([
  'ascii',
  'text',
  'varchar',
  'uuid',
  'timeuuid',
  'decimal',
  'date',
  'time',
  'duration',
  'inet',
])

/** Whether values of a scalar are JavaScript strings. */
export function isStringScalar(name: ScalarName): boolean {
  return stringScalars.has(name)
}

/** Makes a codec from "the canonical value, or `undefined` when it is none" and an order. */
function scalar<T>(
  expected: string,
  canonical: (value: unknown) => T | undefined,
  compare: (a: T, b: T) => number,
  json?: { readonly to: (value: T) => Json; readonly from: (json: Json) => T },
): ValueCodec {
  return {
    normalize(value, subject) {
      const result = canonical(value)
      if (result === undefined) throw invalidArgument(subject, expected, value)
      return result
    },
    compare: (a, b) => compare(a as T, b as T),
    toJson: (value) => (json === undefined ? (value as Json) : json.to(value as T)),
    fromJson: (value) => (json === undefined ? value : json.from(value)),
  }
}

function ofString(check: (value: string) => string | undefined): (value: unknown) => string | undefined {
  return (value) => (typeof value === 'string' ? check(value) : undefined)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

const surrogate = /[\ud800-\udfff]/

/** By bytes of UTF-8, which differs from JavaScript's own order only where surrogates are in play. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  if (surrogate.test(a) || surrogate.test(b)) return compareBytes(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

function comparePlain(a: string | number | bigint, b: string | number | bigint): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** By value, with NaN behind every number. */
function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b === 0 || a === b ? 0 : a < b ? -1 : 1
}

function wholeNumber(bits: 8 | 16 | 32): ValueCodec {
  const limit = 2 ** (bits - 1)
  return scalar(
    `a whole number from ${-limit} to ${limit - 1}`,
    (value) => (Number.isInteger(value) && (value as number) >= -limit && (value as number) < limit ? (value as number) + 0 : undefined),
    comparePlain,
  )
}

function bigInteger(expected: string, fits: (value: bigint) => boolean): ValueCodec {
  return scalar(expected, (value) => (typeof value === 'bigint' && fits(value) ? value : undefined), comparePlain, {
    to: String,
    from: (json) => BigInt(json as string),
  })
}

const int64 = bigInteger('a bigint of 64 bits, such as 42n', (value) => BigInt.asIntN(64, value) === value)

function floating(expected: string, round: (value: number) => number): ValueCodec {
  // A negative zero is stored as zero: engines differ on it, and nobody means it.
  return scalar(expected, (value) => (typeof value === 'number' ? round(value) + 0 : undefined), compareFloats, {
    to: (value) => (Number.isFinite(value) ? value : String(value)),
    from: Number,
  })
}

const text = scalar(
  'a string of well-formed Unicode',
  ofString((value) => (value.isWellFormed() ? value : undefined)),
  compareText,
)

const isoDate = /^(\d{4})-(\d\d)-(\d\d)$/

function normalizeDate(value: string): string | undefined {
  if (!isoDate.test(value) || value < '0001') return undefined
  const parsed = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value) ? value : undefined
}

const isoTime = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/

function normalizeTime(value: string): string | undefined {
  const match = isoTime.exec(value)
  if (match === null) return undefined
  const [, hours, minutes, seconds = '00', fraction = ''] = match
  const nanos = fraction.replace(/0+$/, '')
  return `${hours}:${minutes}:${seconds}${nanos === '' ? '' : `.${nanos}`}`
}

function normalizeTimestamp(value: unknown): Date | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? new Date(value.getTime()) : undefined
}

/** The codec of each scalar type. */
export const scalarCodecs: Readonly<Record<ScalarName, ValueCodec>> = {
  text,
  varchar: text,
  ascii: scalar(
    'a string of ASCII characters',
    ofString((value) => (/^\p{ASCII}*$/u.test(value) ? value : undefined)),
    compareText,
  ),
  uuid: scalar(
    'a UUID of 36 characters',
    ofString((value) => (isUuid(value) ? value.toLowerCase() : undefined)),
    (a, b) => comparePlain(sortableUuid(a), sortableUuid(b)),
  ),
  timeuuid: scalar(
    "a UUID of version 1 (declare the column as 'uuid' for any other version)",
    ofString((value) => (isUuid(value) && uuidVersion(value) === '1' ? value.toLowerCase() : undefined)),
    (a, b) => comparePlain(sortableTimeuuid(a), sortableTimeuuid(b)),
  ),
  decimal: scalar(
    "an exact decimal as a string, such as '19.98'",
    ofString((value) => (isDecimal(value) ? normalizeDecimal(value) : undefined)),
    compareDecimals,
  ),
  date: scalar("a date as a string, such as '2026-01-31'", ofString(normalizeDate), comparePlain),
  time: scalar("a time of day as a string, such as '13:45:00.5'", ofString(normalizeTime), comparePlain),
  duration: scalar("a duration as a string, such as '1mo2d3h'", ofString(normalizeDuration), comparePlain),
  inet: scalar('an IP address as a string', ofString(normalizeInet), (a, b) => compareBytes(inetBytes(a), inetBytes(b))),
  int: wholeNumber(32),
  smallint: wholeNumber(16),
  tinyint: wholeNumber(8),
  float: floating('a number', Math.fround),
  double: floating('a number', (value) => value),
  bigint: int64,
  counter: int64,
  varint: bigInteger('a bigint, such as 42n', () => true),
  boolean: scalar(
    'true or false',
    (value) => (typeof value === 'boolean' ? value : undefined),
    (a, b) => Number(a) - Number(b),
  ),
  timestamp: scalar('a valid Date', normalizeTimestamp, (a, b) => a.getTime() - b.getTime(), {
    to: (value) => value.getTime(),
    from: (json) => new Date(json as number),
  }),
  blob: scalar('a Uint8Array', (value) => (value instanceof Uint8Array ? new Uint8Array(value) : undefined), compareBytes, {
    to: (value) => Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'),
    from: (json) => new Uint8Array(Buffer.from(json as string, 'base64')),
  }),
}
