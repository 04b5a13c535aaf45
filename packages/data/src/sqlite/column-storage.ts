import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { inetBytes, inetText } from '../schema/inet.ts'
import type { ColumnSchema } from '../schema/table-schema.ts'
import { sortableTimeuuid, sortableUuid, timeuuidFromSortable, uuidFromSortable } from '../schema/uuid-order.ts'
import type { ScalarName } from '../schema/value-of.ts'
import type { Json, ValueCodec } from '../schema/value-codec.ts'
import { decimalFromBytes, decimalToBytes } from './key-bytes.ts'

/** How a column is kept in SQLite. A null stays a null and never comes here. */
export interface ColumnStorage {
  readonly declared: 'TEXT' | 'INTEGER' | 'REAL' | 'BLOB'
  /** A canonical value as SQLite takes it. */
  toSql(value: unknown): SQLInputValue
  /** What SQLite gave, as a canonical value. */
  fromSql(value: SQLOutputValue): unknown
  /** Whether 64-bit integers must be read as bigint. */
  readonly wide?: boolean
}

const text: ColumnStorage = { declared: 'TEXT', toSql: (value) => value as string, fromSql: (value) => value }
const integer: ColumnStorage = { declared: 'INTEGER', toSql: (value) => value as number, fromSql: Number }
const wideInteger: ColumnStorage = { declared: 'INTEGER', toSql: (value) => value as bigint, fromSql: (value) => value, wide: true }
// SQLite turns NaN into NULL, so it is kept as a text.
const real: ColumnStorage = { declared: 'REAL', toSql: (value) => (Number.isNaN(value) ? 'NaN' : (value as number)), fromSql: Number }
const bytes: ColumnStorage = { declared: 'BLOB', toSql: (value) => value as Uint8Array, fromSql: (value) => value }
const boolean: ColumnStorage = { declared: 'INTEGER', toSql: (value) => (value === true ? 1 : 0), fromSql: (value) => Number(value) === 1 }
const timestamp: ColumnStorage = { declared: 'INTEGER', toSql: (value) => (value as Date).getTime(), fromSql: (value) => new Date(Number(value)) }
const bigText: ColumnStorage = { declared: 'TEXT', toSql: String, fromSql: (value) => BigInt(value as string) }

const vector: ColumnStorage = {
  declared: 'BLOB',
  toSql: (value) => new Uint8Array((value as Float32Array).buffer.slice(0)),
  fromSql: (value) => new Float32Array((value as Uint8Array).slice().buffer),
}

const scalars: Readonly<Record<ScalarName, ColumnStorage>> = {
  text,
  ascii: text,
  varchar: text,
  uuid: text,
  timeuuid: text,
  decimal: text,
  date: text,
  time: text,
  duration: text,
  inet: text,
  int: integer,
  smallint: integer,
  tinyint: integer,
  float: real,
  double: real,
  bigint: wideInteger,
  counter: wideInteger,
  varint: bigText,
  boolean,
  timestamp,
  blob: bytes,
}

/** Types whose plain form would not sort as Cassandra sorts them: as clustering columns they are kept as bytes that do. */
const ordered: Partial<Readonly<Record<ScalarName, ColumnStorage>>> = {
  uuid: hexStorage(sortableUuid, uuidFromSortable),
  timeuuid: hexStorage(sortableTimeuuid, timeuuidFromSortable),
  decimal: { declared: 'BLOB', toSql: (value) => decimalToBytes(value as string), fromSql: (value) => decimalFromBytes(value as Uint8Array) },
  varint: { declared: 'BLOB', toSql: (value) => decimalToBytes(String(value)), fromSql: (value) => BigInt(decimalFromBytes(value as Uint8Array)) },
  inet: { declared: 'BLOB', toSql: (value) => inetBytes(value as string), fromSql: (value) => inetText(value as Uint8Array) },
}

function hexStorage(toHex: (uuid: string) => string, fromHex: (hex: string) => string): ColumnStorage {
  return {
    declared: 'BLOB',
    toSql: (value) => Buffer.from(toHex(value as string), 'hex'),
    fromSql: (value) => fromHex(Buffer.from(value as Uint8Array).toString('hex')),
  }
}

function jsonStorage(codec: ValueCodec): ColumnStorage {
  return {
    declared: 'TEXT',
    toSql: (value) => JSON.stringify(codec.toJson(value)),
    fromSql: (value) => codec.fromJson(JSON.parse(value as string) as Json),
  }
}

/** How a column is kept; unfrozen collections are kept by `Collection`. */
export function columnStorage(column: ColumnSchema): ColumnStorage {
  const { type, role, codec } = column
  if (type.kind === 'vector') return vector
  if (type.kind !== 'scalar') return jsonStorage(codec)
  return scalarStorage(type.name, role === 'clustering')
}

/** How a scalar is kept. */
export function scalarStorage(name: ScalarName, clustering: boolean): ColumnStorage {
  return (clustering ? ordered[name] : undefined) ?? scalars[name]
}
