import { types } from 'cassandra-driver'
import type { CqlType } from '../schema/cql-type.ts'
import { normalizeDuration } from '../schema/duration.ts'
import { inetText } from '../schema/inet.ts'
import { isStringScalar } from '../schema/scalar-codecs.ts'
import type { ScalarName } from '../schema/value-of.ts'

/** Makes the canonical value of what the driver read; never called with null. */
export type Decode = (value: never) => unknown

/** Compiles how values of a type come out of the driver, whose client is opened with {@link driverEncoding}. */
export function compileDecode(type: CqlType): Decode {
  switch (type.kind) {
    case 'scalar':
      return scalarDecoders[type.name]
    case 'list':
      return sequenceDecoder(compileDecode(type.of))
    case 'set':
      return sequenceDecoder(compileDecode(type.of))
    case 'map':
      return mapDecoder(compileDecode(type.key), compileDecode(type.value), type.key.kind === 'scalar' && isStringScalar(type.key.name))
    case 'tuple': {
      const parts = type.items.map(compileDecode)
      return (value: { readonly elements: readonly unknown[] }) => parts.map((part, index) => nullOr(part, value.elements[index]))
    }
    case 'udt': {
      const fields = Object.entries(type.fields).map(([name, of]) => [name, compileDecode(of)] as const)
      return (value: Readonly<Record<string, unknown>>) => Object.fromEntries(fields.map(([name, of]) => [name, nullOr(of, value[name])]))
    }
    case 'vector':
      return (value: Iterable<number>) => (value instanceof Float32Array ? value : Float32Array.from(value))
  }
}

/** How the driver must read: nothing that loses digits, keys or kinds. */
export const driverEncoding = { map: Map, set: Set, useBigIntAsLong: true, useBigIntAsVarint: true, copyBuffer: true } as const

const same: Decode = (value) => value
const text: Decode = (value) => String(value)

const scalarDecoders: Readonly<Record<ScalarName, Decode>> = {
  text: same,
  varchar: same,
  ascii: same,
  uuid: text,
  timeuuid: text,
  decimal: decimalText,
  date: text,
  // The driver writes nanoseconds without trailing zeros, as the canonical form has them.
  time: text,
  duration: durationText,
  // The driver's own text leaves out groups of an address that has two runs of zeros.
  inet: (value: Inet) => inetText(value.getBuffer()),
  int: same,
  smallint: same,
  tinyint: same,
  float: same,
  double: same,
  bigint: same,
  counter: same,
  varint: same,
  boolean: same,
  timestamp: same,
  blob: (value: Uint8Array) => new Uint8Array(value),
}

/** The driver's own text goes by way of floats: it takes milliseconds for 300 digits, and never ends for a number from 2^1024 on. */
function decimalText(value: types.BigDecimal): string {
  const bytes = types.BigDecimal.toBuffer(value)
  const scale = bytes.readInt32BE(0)
  const unscaled = BigInt.asIntN((bytes.length - 4) * 8, BigInt(`0x${bytes.toString('hex', 4)}`))
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
  // Others may write a scale below zero, which stands for zeros behind the digits.
  if (scale <= 0) return unscaled === 0n ? '0' : `${sign}${digits}${'0'.repeat(-scale)}`
  const padded = digits.padStart(scale + 1, '0')
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

/** What the driver makes of an address. */
interface Inet {
  getBuffer(): Uint8Array
}

/** What the driver makes of a duration; its own text rounds months up to years. */
interface DriverDuration {
  readonly months: number
  readonly days: number
  readonly nanoseconds: { toString(): string }
}

function durationText(value: DriverDuration): string {
  const parts = [`${value.months}mo`, `${value.days}d`, `${value.nanoseconds.toString()}ns`]
  const negative = parts.some((part) => part.startsWith('-'))
  const text = parts.map((part) => part.replace('-', '')).join('')
  return normalizeDuration(negative ? `-${text}` : text) ?? text
}

function nullOr(decode: Decode, value: unknown): unknown {
  return value === null || value === undefined ? null : decode(value as never)
}

function sequenceDecoder(element: Decode): Decode {
  return (value: Iterable<never>) => Array.from(value, element)
}

function mapDecoder(key: Decode, of: Decode, stringKeys: boolean): Decode {
  return (value: ReadonlyMap<never, never>) => {
    const entries = Array.from(value, ([k, v]): [unknown, unknown] => [key(k), of(v)])
    return stringKeys ? Object.fromEntries(entries) : new Map(entries)
  }
}
