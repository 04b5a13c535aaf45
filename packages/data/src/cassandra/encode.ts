import { types } from 'cassandra-driver'
import type { CqlType } from '../schema/cql-type.ts'
import { inetBytes } from '../schema/inet.ts'
import type { ScalarName } from '../schema/value-of.ts'
import { mapEntries } from '../schema/value-codec.ts'
import { encodeVector } from './vector-codec.ts'

/** Writes a canonical value in the bytes of the native protocol. The driver passes bytes on as they are. */
export type Encode = (value: unknown) => Buffer

/**
 * Compiles how values of a type are written (native protocol, version 3 and later). Our own, because the driver's codecs take what is not
 * a value of the type (`'abc'` for a decimal becomes 0) and are slow for vectors.
 */
export function compileEncode(type: CqlType): Encode {
  switch (type.kind) {
    case 'scalar':
      return scalarEncoders[type.name]
    case 'list':
    case 'set':
      return sequenceEncoder(compileEncode(type.of))
    case 'map':
      return mapEncoder(compileEncode(type.key), compileEncode(type.value))
    case 'tuple':
      return partsEncoder(type.items.map(compileEncode), (value) => value as readonly unknown[])
    case 'udt': {
      const names = Object.keys(type.fields)
      return partsEncoder(Object.values(type.fields).map(compileEncode), (value) => names.map((name) => (value as Readonly<Record<string, unknown>>)[name]))
    }
    case 'vector':
      return (value) => encodeVector(value as Float32Array)
  }
}

function sized(write: (bytes: Buffer) => void, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  write(bytes)
  return bytes
}

const int32 = (value: number): Buffer => sized((bytes) => bytes.writeInt32BE(value), 4)
const int64 = (value: bigint): Buffer => sized((bytes) => bytes.writeBigInt64BE(value), 8)
const utf8 = (value: unknown): Buffer => Buffer.from(value as string)
const uuid = (value: unknown): Buffer => Buffer.from((value as string).replaceAll('-', ''), 'hex')

/** Two's complement, the highest byte first, as few bytes as hold the sign. */
export function encodeVarint(value: bigint): Buffer {
  const magnitude = value < 0n ? -value - 1n : value
  const size = Math.floor(magnitude.toString(2).length / 8) + 1
  const hex = BigInt.asUintN(size * 8, value).toString(16)
  return Buffer.from(hex.padStart(size * 2, '0'), 'hex')
}

function encodeDecimal(text: string): Buffer {
  const point = text.indexOf('.')
  const scale = point === -1 ? 0 : text.length - point - 1
  return Buffer.concat([int32(scale), encodeVarint(BigInt(text.replace('.', '')))])
}

const dayMs = 86_400_000

function encodeDate(text: string): Buffer {
  return sized((bytes) => bytes.writeUInt32BE(Date.parse(`${text}T00:00:00Z`) / dayMs + 2 ** 31), 4)
}

function encodeTime(text: string): Buffer {
  const [clock = '', fraction = ''] = text.split('.')
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
  return int64(BigInt((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')))
}

const scalarEncoders: Readonly<Record<ScalarName, Encode>> = {
  text: utf8,
  varchar: utf8,
  ascii: utf8,
  uuid,
  timeuuid: uuid,
  decimal: (value) => encodeDecimal(value as string),
  date: (value) => encodeDate(value as string),
  time: (value) => encodeTime(value as string),
  duration: (value) => types.Duration.fromString(value as string).toBuffer(),
  inet: (value) => Buffer.from(inetBytes(value as string)),
  int: (value) => int32(value as number),
  smallint: (value) => sized((bytes) => bytes.writeInt16BE(value as number), 2),
  tinyint: (value) => sized((bytes) => bytes.writeInt8(value as number), 1),
  float: (value) => sized((bytes) => bytes.writeFloatBE(value as number), 4),
  double: (value) => sized((bytes) => bytes.writeDoubleBE(value as number), 8),
  bigint: (value) => int64(value as bigint),
  counter: (value) => int64(value as bigint),
  varint: (value) => encodeVarint(value as bigint),
  boolean: (value) => Buffer.from([value === true ? 1 : 0]),
  timestamp: (value) => int64(BigInt((value as Date).getTime())),
  blob: (value) => Buffer.from(value as Uint8Array),
}

const absent = int32(-1)

function withLength(bytes: Buffer): readonly Buffer[] {
  return [int32(bytes.length), bytes]
}

function sequenceEncoder(element: Encode): Encode {
  return (value) => {
    const items = value as readonly unknown[]
    return Buffer.concat([int32(items.length), ...items.flatMap((item) => withLength(element(item)))])
  }
}

function mapEncoder(key: Encode, of: Encode): Encode {
  return (value) => {
    const entries = mapEntries(value)
    return Buffer.concat([int32(entries.length), ...entries.flatMap(([k, v]) => [...withLength(key(k)), ...withLength(of(v))])])
  }
}

function partsEncoder(parts: readonly Encode[], valuesOf: (value: unknown) => readonly unknown[]): Encode {
  return (value) => {
    const values = valuesOf(value)
    return Buffer.concat(parts.flatMap((part, index) => (values[index] === null || values[index] === undefined ? [absent] : withLength(part(values[index])))))
  }
}
