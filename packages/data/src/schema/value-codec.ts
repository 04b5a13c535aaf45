import { invalidArgument } from '@hanse/core'
import type { CqlType } from './cql-type.ts'
import { isStringScalar, scalarCodecs } from './scalar-codecs.ts'

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[]

/** What a CQL type knows about its values. Compiled once a column. */
export interface ValueCodec {
  /**
   * The canonical form of a value: sets sorted and distinct, maps in key order, ids in lower case, bytes copied.
   *
   * @param subject - names the column in the message
   * @throws HanseError `INVALID_ARGUMENT` for a value that is not exactly of the type
   */
  normalize(value: unknown, subject: string): unknown
  /** Orders two canonical values as Cassandra does. */
  compare(a: unknown, b: unknown): number
  /** A canonical value as JSON, without loss. */
  toJson(value: unknown): Json
  /** The canonical value of what `toJson` made. */
  fromJson(json: Json): unknown
}

/** Compiles the codec of a type. */
export function compileCodec(type: CqlType): ValueCodec {
  switch (type.kind) {
    case 'scalar':
      return scalarCodecs[type.name]
    case 'list':
      return listCodec(compileCodec(type.of))
    case 'set':
      return setCodec(compileCodec(type.of))
    case 'map':
      return mapCodec(compileCodec(type.key), compileCodec(type.value), type.key.kind === 'scalar' && isStringScalar(type.key.name))
    case 'tuple':
      return tupleCodec(type.items.map(compileCodec))
    case 'vector':
      return vectorCodec(type.dimensions)
    case 'udt':
      return userTypeCodec(
        type.name,
        Object.entries(type.fields).map(([field, of]) => [field, compileCodec(of)]),
      )
  }
}

/** The entries of a map value, whichever form it has. */
export function mapEntries(value: unknown): [unknown, unknown][] {
  return value instanceof Map ? [...value] : Object.entries(value as object)
}

function listCodec(element: ValueCodec): ValueCodec {
  return {
    normalize: (value, subject) => asArray(value, subject, 'a list').map((item) => element.normalize(item, elementOf(subject))),
    compare: (a, b) => compareEach(a as readonly unknown[], b as readonly unknown[], element),
    toJson: (value) => (value as readonly unknown[]).map((item) => element.toJson(item)),
    fromJson: (json) => (json as readonly Json[]).map((item) => element.fromJson(item)),
  }
}

function setCodec(element: ValueCodec): ValueCodec {
  const list = listCodec(element)
  return {
    ...list,
    normalize(value, subject) {
      const items = value instanceof Set ? [...value] : asArray(value, subject, 'a set as an array')
      const sorted = items.map((item) => element.normalize(item, elementOf(subject))).toSorted((a, b) => element.compare(a, b))
      return sorted.filter((item, index) => index === 0 || element.compare(sorted[index - 1], item) !== 0)
    },
  }
}

function mapCodec(key: ValueCodec, of: ValueCodec, stringKeys: boolean): ValueCodec {
  const make = (entries: readonly (readonly [unknown, unknown])[]): unknown =>
    stringKeys ? Object.fromEntries(entries as readonly (readonly [string, unknown])[]) : new Map(entries)
  return {
    normalize(value, subject) {
      const fits = stringKeys ? isPlainObject(value) : value instanceof Map
      if (!fits) throw invalidArgument(subject, stringKeys ? 'a map as a plain object' : 'a Map', value)
      const entries = mapEntries(value).map(([k, v]): [unknown, unknown] => [
        key.normalize(k, `a key of ${subject}`),
        of.normalize(v, `entry '${String(k)}' of ${subject}`),
      ])
      return make(distinctByKey(entries, key))
    },
    compare(a, b) {
      const pair: Pick<ValueCodec, 'compare'> = { compare: (x, y) => compareEntries(x, y, key, of) }
      return compareEach(mapEntries(a), mapEntries(b), pair)
    },
    toJson: (value) => mapEntries(value).map(([k, v]) => [key.toJson(k), of.toJson(v)]),
    fromJson: (json) => make((json as readonly (readonly [Json, Json])[]).map(([k, v]) => [key.fromJson(k), of.fromJson(v)])),
  }
}

function compareEntries(a: unknown, b: unknown, key: ValueCodec, of: ValueCodec): number {
  const [keyA, valueA] = a as readonly [unknown, unknown]
  const [keyB, valueB] = b as readonly [unknown, unknown]
  return key.compare(keyA, keyB) || of.compare(valueA, valueB)
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map) && !(value instanceof Uint8Array)
}

function distinctByKey(entries: readonly [unknown, unknown][], key: ValueCodec): [unknown, unknown][] {
  const sorted = entries.toSorted(([a], [b]) => key.compare(a, b))
  return sorted.filter(([k], index) => index === sorted.length - 1 || key.compare(sorted[index + 1]?.[0], k) !== 0)
}

function tupleCodec(items: readonly ValueCodec[]): ValueCodec {
  return {
    normalize(value, subject) {
      const values = asArray(value, subject, `a tuple of ${items.length}`)
      if (values.length !== items.length) throw invalidArgument(subject, `a tuple of ${items.length}`, value)
      return items.map((item, index) => nullOr(values[index], (present) => item.normalize(present, `item ${index} of ${subject}`)))
    },
    compare: (a, b) => compareParts(a as readonly unknown[], b as readonly unknown[], items),
    toJson: (value) => items.map((item, index) => nullOr((value as readonly unknown[])[index], (v) => item.toJson(v))),
    fromJson: (json) => items.map((item, index) => nullOr((json as readonly Json[])[index], (v) => item.fromJson(v))),
  }
}

function userTypeCodec(name: string, fields: readonly (readonly [string, ValueCodec])[]): ValueCodec {
  const known = new Set(fields.map(([field]) => field))
  return {
    normalize(value, subject) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidArgument(subject, `an object of type '${name}'`, value)
      const given = value as Readonly<Record<string, unknown>>
      const stranger = Object.keys(given).find((field) => !known.has(field))
      if (stranger !== undefined) throw invalidArgument(subject, `an object of type '${name}' (fields ${[...known].join(', ')})`, value)
      return Object.fromEntries(fields.map(([field, of]) => [field, nullOr(given[field], (v) => of.normalize(v, `field '${field}' of ${subject}`))]))
    },
    compare: (a, b) =>
      compareParts(
        Object.values(a as object),
        Object.values(b as object),
        fields.map(([, of]) => of),
      ),
    toJson: (value) => fields.map(([field, of]) => nullOr((value as Readonly<Record<string, unknown>>)[field], (v) => of.toJson(v))),
    fromJson: (json) => Object.fromEntries(fields.map(([field, of], index) => [field, nullOr((json as readonly Json[])[index], (v) => of.fromJson(v))])),
  }
}

function vectorCodec(dimensions: number): ValueCodec {
  return {
    normalize(value, subject) {
      const expected = `a Float32Array of ${dimensions} finite numbers`
      if (!(value instanceof Float32Array)) throw invalidArgument(subject, expected, value)
      if (value.length !== dimensions || !value.every(Number.isFinite)) throw invalidArgument(subject, expected, `${value.length} numbers`)
      return value.slice()
    },
    compare: (a, b) => compareEach(Array.from(a as Float32Array), Array.from(b as Float32Array), { compare: (x, y) => Number(x) - Number(y) }),
    // JSON has no negative zero; as a text it comes back.
    toJson: (value) => Array.from(value as Float32Array, (number) => (Object.is(number, -0) ? '-0' : number)),
    fromJson: (json) => Float32Array.from(json as readonly number[]),
  }
}

/** Compares part by part; an absent part comes first. */
function compareParts(a: readonly unknown[], b: readonly unknown[], codecs: readonly ValueCodec[]): number {
  for (const [index, codec] of codecs.entries()) {
    const [x, y] = [a[index] ?? null, b[index] ?? null]
    const order = x === null || y === null ? Number(x !== null) - Number(y !== null) : codec.compare(x, y)
    if (order !== 0) return order
  }
  return 0
}

function nullOr<T>(value: unknown, then: (value: never) => T): T | null {
  return value === undefined || value === null ? null : then(value as never)
}

function asArray(value: unknown, subject: string, expected: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(subject, expected, value)
  return value
}

function elementOf(subject: string): string {
  return `an element of ${subject}`
}

function compareEach(a: readonly unknown[], b: readonly unknown[], element: Pick<ValueCodec, 'compare'>): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = element.compare(a[index], b[index])
    if (order !== 0) return order
  }
  return a.length - b.length
}
