import { describe } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { BooleanField, DateField, Field, Fields, KeywordField, MoneyField, NumberField } from './fields.ts'
import { everything } from './filter.ts'
import type { AttributeValue, Filter } from './filter.ts'
import { encodeValue, mismatch } from './values.ts'

/** Bounds of a range; those that are given must all hold. */
export interface Range<Value> {
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
}

/** Whether a document has a value for the field. */
export interface Presence {
  readonly exists: boolean
}

/** The opposite of a value, or of any of several; a document without the field passes. */
export interface Unlike<Value> {
  readonly not: Value | readonly Value[]
}

type Equals<Value> = Value | readonly Value[] | Unlike<Value> | Presence

/** What may be asked of one field. An array means any of its values. */
export type Condition<F extends Field> = F extends KeywordField
  ? Equals<string>
  : F extends NumberField
    ? Equals<number> | Range<number>
    : F extends MoneyField
      ? Equals<string> | Range<string>
      : F extends DateField
        ? Range<Date | string> | Presence
        : F extends BooleanField
          ? boolean | Presence
          : never

/** The names of the fields that may be filtered. */
export type FilterableName<F extends Fields> = { [K in Extract<keyof F, string>]: F[K]['kind'] extends 'text' | 'stored' ? never : K }[Extract<keyof F, string>]

/** Which documents may be found: values of one field are alternatives, fields must all hold. */
export type Where<F extends Fields> = { readonly [K in FilterableName<F>]?: Condition<F[K]> | undefined }

const mostValues = 1000
const rangeKeys = ['gt', 'gte', 'lt', 'lte'] as const

/** One filter for each field of a `where`, so that a facet can leave its own out. */
export type FieldFilters = ReadonlyMap<string, Filter>

/**
 * Compiles a `where`, which may come straight from a request.
 * @throws HanseError `INVALID_QUERY` for an undeclared field, a field that cannot be filtered, or a value that does not fit
 */
export function compileWhere(index: string, fields: Fields, where: Readonly<Record<string, unknown>> = {}): FieldFilters {
  const compiled = new Map<string, Filter>()
  for (const [name, condition] of Object.entries(where)) {
    if (condition === undefined) continue
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined || field.kind === 'text' || field.kind === 'stored') throw notFilterable(index, name, fields)
    compiled.set(name, compileCondition({ index, name, field }, condition))
  }
  for (const name of compiled.keys()) requireCurrency(index, name, fields[name], compiled)
  return compiled
}

/** All filters of a `where` together, except that of one field. */
export function combine(filters: FieldFilters, except?: string): Filter {
  const kept = [...filters].filter(([name]) => name !== except).map(([, filter]) => filter)
  return kept.length === 0 ? everything : { kind: 'all', of: kept }
}

interface Place {
  readonly index: string
  readonly name: string
  readonly field: Field
}

function compileCondition(place: Place, condition: unknown): Filter {
  if (!isConditionObject(condition)) return oneOf(place, condition)
  const parts: Filter[] = []
  for (const [key, value] of Object.entries(condition)) {
    if (value === undefined || (rangeKeys as readonly string[]).includes(key)) continue
    if (key === 'not') parts.push({ kind: 'not', of: oneOf(place, value) })
    else if (key === 'exists' && typeof value === 'boolean') parts.push(exists(place.name, value))
    else throw invalid(place, `takes a value, an array, or an object with gt, gte, lt, lte, not or exists; got ${describe(condition)}.`)
  }
  const range = compileRange(place, condition)
  return { kind: 'all', of: range === undefined ? parts : [...parts, range] }
}

function isConditionObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function exists(field: string, wanted: boolean): Filter {
  const present: Filter = { kind: 'exists', field }
  return wanted ? present : { kind: 'not', of: present }
}

function oneOf(place: Place, value: unknown): Filter {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.length > mostValues) throw invalid(place, `takes at most ${mostValues} values; got ${values.length}.`)
  return { kind: 'in', field: place.name, values: values.map((one) => encode(place, one)) }
}

function compileRange(place: Place, condition: Readonly<Record<string, unknown>>): Filter | undefined {
  const bounds = rangeKeys.filter((key) => condition[key] !== undefined)
  if (bounds.length === 0) return undefined
  if (place.field.kind === 'keyword' || place.field.kind === 'boolean') throw invalid(place, `is a ${place.field.kind} field and takes no range.`)
  return { kind: 'range', field: place.name, ...Object.fromEntries(bounds.map((key) => [key, encode(place, condition[key])])) }
}

function encode(place: Place, value: unknown): AttributeValue {
  const encoded = encodeValue(place.field, value)
  if (encoded === undefined) throw invalid(place, mismatch(place.field, value))
  return encoded
}

function invalid(place: Place, problem: string): Error {
  return searchError('INVALID_QUERY', `the filter on '${place.name}' of index '${place.index}' ${problem}`, { details: { field: place.name } })
}

function notFilterable(index: string, name: string, fields: Fields): Error {
  const known = Object.entries(fields).filter(([, field]) => field.kind !== 'text' && field.kind !== 'stored')
  return searchError(
    'INVALID_QUERY',
    `index '${index}' has no field '${name}' to filter by; it has ${known.map(([key]) => `'${key}'`).join(', ') || 'none'}.`,
    {
      details: { field: name },
    },
  )
}

function requireCurrency(index: string, name: string, field: Field | undefined, compiled: FieldFilters): void {
  if (field?.kind !== 'money' || field.currencyField === undefined || compiled.has(field.currencyField)) return
  throw searchError(
    'INVALID_QUERY',
    `the filter on the amount '${name}' of index '${index}' needs one on its currency; add '${field.currencyField}' to the filter.`,
    {
      details: { field: name },
    },
  )
}
