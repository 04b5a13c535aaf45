import { invalidArgument } from '@hanse/core'
import { isLanguage } from '../text/languages.ts'
import type { Language } from '../text/languages.ts'
import { parseDecimal } from './decimal.ts'

/** Searched as words: analysed once by this package, so that every engine sees the same tokens. */
export interface TextField<Optional extends boolean = boolean> {
  readonly kind: 'text'
  /** How much a match in this field counts, relative to the others. */
  readonly boost: number
  /** Whose stemmer and stop words apply; `undefined` takes the index's own. */
  readonly language: Language | undefined
  /** Whether a document may lack the field. */
  readonly optional: Optional
}

/** Compared as a whole: filters, facets, sorting. */
export interface KeywordField<Many extends boolean = boolean, Optional extends boolean = boolean> {
  readonly kind: 'keyword'
  /** Whether the field holds an array of values. */
  readonly many: Many
  /** Whether counts by value may be asked for. */
  readonly facet: boolean
  /** Whether its words are searched, too. */
  readonly searchable: boolean
  /** How much a match of its words counts. */
  readonly boost: number
  /** Whether a document may lack the field. */
  readonly optional: Optional
}

/** A finite number: filters, ranges, range facets, sorting. */
export interface NumberField<Optional extends boolean = boolean> {
  readonly kind: 'number'
  /** Bounds of the buckets that a facet counts, rising. */
  readonly buckets: readonly number[]
  /** Whether a document may lack the field. */
  readonly optional: Optional
}

/** An exact decimal amount, as a string. Compared, sorted and counted without floats. */
export interface MoneyField<Optional extends boolean = boolean> {
  readonly kind: 'money'
  /** Digits after the point that are kept; an amount with more is refused. */
  readonly decimals: number
  /** Bounds of the buckets that a facet counts, rising, as decimal strings. */
  readonly buckets: readonly string[]
  /** The keyword field that holds the currency; a filter on the amount must then name one. */
  readonly currencyField: string | undefined
  /** Whether a document may lack the field. */
  readonly optional: Optional
}

/** A moment, kept to the millisecond. */
export interface DateField<Optional extends boolean = boolean> {
  readonly kind: 'date'
  /** Whether a document may lack the field. */
  readonly optional: Optional
}

/** True or false. */
export interface BooleanField<Optional extends boolean = boolean> {
  readonly kind: 'boolean'
  /** Whether counts by value may be asked for. */
  readonly facet: boolean
  /** Whether a document may lack the field. */
  readonly optional: Optional
}

/** Kept with the document and given back; neither searched nor filtered. */
export interface StoredField<Value = unknown, Optional extends boolean = boolean> {
  readonly kind: 'stored'
  /** Whether a document may lack the field. */
  readonly optional: Optional
  /** Carries the type only; never set. */
  readonly value?: Value
}

/** Any declared field. */
export type Field = TextField | KeywordField | NumberField | MoneyField | DateField | BooleanField | StoredField

/** `true` for `true` and `false` for all else; also keeps a field's own type from being inferred from where it is used. */
export type Given<Flag extends boolean> = [Flag] extends [true] ? true : false

/** Fields by name. */
export type Fields = Readonly<Record<string, Field>>

/** Options that every field takes. */
export interface FieldOptions<Optional extends boolean = boolean> {
  /**
   * Whether a document may lack the field (`undefined` or `null`). A missing value matches no filter and sorts last.
   * @defaultValue false
   */
  readonly optional?: Optional
}

/** Options of {@link text}. */
export interface TextOptions<Optional extends boolean> extends FieldOptions<Optional> {
  /**
   * How much a match in this field counts; greater than 0.
   * @defaultValue 1
   */
  readonly boost?: number
  /**
   * Whose stemmer and stop words apply.
   * @defaultValue the index's `language`
   */
  readonly language?: Language
}

/** Declares a field that is searched by its words. */
export function text<Optional extends boolean = false>(options: TextOptions<Optional> = {}): TextField<Given<Optional>> {
  const { boost = 1, language, optional } = options
  if (language !== undefined && !isLanguage(language)) throw invalidArgument("option 'language' of text()", 'a known language', language)
  return { kind: 'text', boost: positive(boost, "option 'boost' of text()"), language, optional: flag(optional) }
}

/** Options of {@link keyword}. */
export interface KeywordOptions<Many extends boolean, Optional extends boolean> extends FieldOptions<Optional> {
  /**
   * Whether counts by value may be asked for.
   * @defaultValue false
   */
  readonly facet?: boolean
  /**
   * Whether the field holds an array of values; such a field cannot be sorted by.
   * @defaultValue false
   */
  readonly many?: Many
  /**
   * Whether the words of its values are searched, too (without stemming).
   * @defaultValue false
   */
  readonly searchable?: boolean
  /**
   * How much a match of its words counts; greater than 0.
   * @defaultValue 1
   */
  readonly boost?: number
}

/** Declares a field whose values are compared as a whole. */
export function keyword<Many extends boolean = false, Optional extends boolean = false>(
  options: KeywordOptions<Many, Optional> = {},
): KeywordField<Given<Many>, Given<Optional>> {
  const { facet = false, searchable = false, boost = 1, optional } = options
  const many = flag(options.many)
  return { kind: 'keyword', many, facet, searchable, boost: positive(boost, "option 'boost' of keyword()"), optional: flag(optional) }
}

/** Options of {@link number}. */
export interface NumberOptions<Optional extends boolean> extends FieldOptions<Optional> {
  /**
   * Rising bounds of the buckets that a facet counts: `[10, 50]` gives below 10, 10 to below 50, and 50 and more.
   * @defaultValue none: the field has no facet
   */
  readonly facet?: readonly number[]
}

/** Declares a numeric field. */
export function number<Optional extends boolean = false>(options: NumberOptions<Optional> = {}): NumberField<Given<Optional>> {
  const { facet = [], optional } = options
  if (!facet.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (facet[i - 1] ?? bound))))
    throw invalidArgument("option 'facet' of number()", 'rising finite numbers', JSON.stringify(facet))
  return { kind: 'number', buckets: facet, optional: flag(optional) }
}

/** Options of {@link money}. */
export interface MoneyOptions<Optional extends boolean> extends FieldOptions<Optional> {
  /**
   * Rising bounds of the buckets that a facet counts: decimal strings, or whole numbers.
   * @defaultValue none: the field has no facet
   */
  readonly facet?: readonly (string | number)[]
  /**
   * Digits after the point, 0 to 9; an amount with more is refused. Amounts keep 18 digits in all.
   * @defaultValue 2
   */
  readonly decimals?: number
  /**
   * The keyword field of the same document that holds the currency. When given, a filter on the amount without one on the currency is refused.
   * @defaultValue none: all amounts of the index are of one currency
   */
  readonly currencyField?: string
}

/** Declares an exact decimal amount, written as a string such as `'19.99'`. */
export function money<Optional extends boolean = false>(options: MoneyOptions<Optional> = {}): MoneyField<Given<Optional>> {
  const { facet = [], decimals = 2, currencyField, optional } = options
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 9) throw invalidArgument("option 'decimals' of money()", 'a whole number from 0 to 9', decimals)
  const bounds = facet.map((bound) => (typeof bound === 'number' && !Number.isSafeInteger(bound) ? '' : String(bound)))
  const scaled = bounds.map((bound) => parseDecimal(bound, decimals))
  if (!scaled.every((bound, i) => bound !== undefined && (i === 0 || bound > (scaled[i - 1] ?? bound))))
    throw invalidArgument("option 'facet' of money()", 'rising amounts: decimal strings or whole numbers', JSON.stringify(facet))
  return { kind: 'money', decimals, buckets: bounds, currencyField, optional: flag(optional) }
}

/** Declares a moment: a `Date`, or a string in ISO 8601. */
export function date<Optional extends boolean = false>(options: FieldOptions<Optional> = {}): DateField<Given<Optional>> {
  return { kind: 'date', optional: flag(options.optional) }
}

/** Options of {@link boolean}. */
export interface BooleanOptions<Optional extends boolean> extends FieldOptions<Optional> {
  /**
   * Whether counts by value may be asked for.
   * @defaultValue false
   */
  readonly facet?: boolean
}

/** Declares a field that is true or false. */
export function boolean<Optional extends boolean = false>(options: BooleanOptions<Optional> = {}): BooleanField<Given<Optional>> {
  return { kind: 'boolean', facet: options.facet ?? false, optional: flag(options.optional) }
}

/** Declares a field that is kept and given back with the hit, of any JSON-like type. */
export function stored<Value = unknown, Optional extends boolean = false>(options: FieldOptions<Optional> = {}): StoredField<Value, Given<Optional>> {
  return { kind: 'stored', optional: flag(options.optional) }
}

function positive(value: number, subject: string): number {
  if (!Number.isFinite(value) || value <= 0) throw invalidArgument(subject, 'a number greater than 0', value)
  return value
}

function flag<Flag extends boolean>(value: Flag | undefined): Given<Flag> {
  // Absent means false, which is also the default of the type parameter.
  return (value ?? false) as Given<Flag>
}
