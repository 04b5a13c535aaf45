import { invalidArgument } from '@hanse/core'
import { isLanguage } from '../text/languages.ts'
import type { Language } from '../text/languages.ts'
import type { DocumentOf, EmbeddingView, FieldsFor, IdName } from './document.ts'
import type { Fields } from './fields.ts'

/** How similar two vectors are: `cosine` of their angle, or their inner product. */
export type Metric = 'cosine' | 'dot'

/** Declares that every document has a vector, embedded from its text on each write. */
export interface VectorOptions<Doc extends object> {
  /**
   * What is embedded: field names, joined by a line break, or a function of the document. Missing fields add nothing;
   * a document that gives no text has no vector and is found by text alone.
   */
  readonly from: readonly Extract<keyof Doc, string>[] | ((document: EmbeddingView<Doc>) => string)
  /** Length of the vectors, 1 to 4096; must equal that of the embedder. */
  readonly dimensions: number
  /** @defaultValue 'cosine' */
  readonly metric?: Metric
}

/** What {@link defineIndex} takes. */
export interface IndexOptions<Doc extends object, F extends Fields> {
  /** The property that identifies a document; a non-empty string of at most 256 characters. */
  readonly id: IdName<Doc>
  /** What is searched, filtered, sorted, counted and given back. */
  readonly fields: F
  /** @defaultValue none: the index is found by text alone */
  readonly vector?: VectorOptions<Doc>
  /**
   * Groups of words or phrases that mean the same: a query for one finds all. Applied to queries, so a change needs no reindexing.
   * @defaultValue none
   */
  readonly synonyms?: readonly (readonly string[])[]
  /**
   * Whose stemmer and stop words apply to text fields.
   * @defaultValue 'english'
   */
  readonly language?: Language
  /**
   * Reads the version of a document: a whole number that grows with every change, so that late and repeated writes converge.
   * @defaultValue none: each write without a version of its own replaces what is there
   */
  readonly version?: (document: Doc) => number
}

/** A declared index. Plain data, made by {@link defineIndex}. */
export interface IndexDefinition<Doc extends object = object, F extends Fields = Fields> {
  /** The name of the index in its engine. */
  readonly name: string
  /** What was declared, with every default filled in. */
  readonly options: ResolvedIndexOptions<Doc, F>
}

/** {@link IndexOptions} with defaults filled in. */
export interface ResolvedIndexOptions<Doc extends object, F extends Fields> {
  readonly id: string
  readonly fields: F
  readonly vector: Required<VectorOptions<Doc>> | undefined
  readonly synonyms: readonly (readonly string[])[]
  readonly language: Language
  readonly version: ((document: Doc) => number) | undefined
}

/** Declares an index for documents of the type `Doc`; made by `defineIndex<Doc>()`. */
export type DefineIndexFor<Doc extends object> = <const F extends FieldsFor<Doc> & Fields>(
  name: string,
  options: IndexOptions<Doc, F> & { readonly fields: { readonly [K in Exclude<keyof F, keyof Doc>]: never } },
) => IndexDefinition<Doc, F>

/**
 * Declares an index, typed to its documents: a query that names an undeclared field is a type error.
 *
 * `defineIndex('products', { … })` derives the document type from the fields; properties that are not searched are declared with {@link stored}.
 * `defineIndex<Product>()('products', { … })` checks the fields against a type of your own, which may have more properties; all of them are kept and given back.
 *
 * @throws HanseError `INVALID_ARGUMENT` for a name, id, field or vector option that cannot be
 * @example
 * ```ts
 * const products = defineIndex('products', {
 *   id: 'id',
 *   fields: { name: text({ boost: 2 }), brand: keyword({ facet: true }), price: money({ facet: [10, 50] }) },
 *   vector: { from: ['name'], dimensions: 384 },
 *   synonyms: [['sofa', 'couch']],
 * })
 * ```
 */
export function defineIndex<Doc extends object>(): DefineIndexFor<Doc>
export function defineIndex<const F extends Fields, const Id extends string>(
  name: string,
  options: Omit<IndexOptions<DocumentOf<F, NoInfer<Id>>, F>, 'id'> & { readonly id: Id },
): IndexDefinition<DocumentOf<F, Id>, F>
export function defineIndex(name?: string, options?: object): unknown {
  // The overloads have checked the options against the document type, which does not exist at run time.
  const define = (given: string, from: object): unknown => resolveDefinition(given, from as LooseOptions)
  return name === undefined || options === undefined ? define : define(name, options)
}

type LooseOptions = IndexOptions<Record<string, string>, Fields>

const namePattern = /^[a-z][a-z0-9_-]{0,62}$/
const fieldPattern = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

function resolveDefinition(name: string, options: LooseOptions): IndexDefinition<Record<string, string>> {
  const { id, fields, vector, synonyms = [], language = 'english', version } = options
  const subject = `index '${name}'`
  if (!namePattern.test(name)) throw invalidArgument('the name of an index', "1 to 63 of a-z, 0-9, '_' and '-', a letter first", name)
  if (typeof id !== 'string' || id === '') throw invalidArgument(`option 'id' of ${subject}`, 'the name of a property', id)
  if (!isLanguage(language)) throw invalidArgument(`option 'language' of ${subject}`, 'a known language', language)
  checkFields(subject, id, fields)
  if (vector !== undefined) checkVector(subject, vector, fields)
  const resolvedVector = vector === undefined ? undefined : { metric: 'cosine' as const, ...vector }
  return { name, options: { id, fields, vector: resolvedVector, synonyms, language, version } }
}

function checkFields(subject: string, id: string, fields: Fields): void {
  if (Object.keys(fields).length === 0) throw invalidArgument(`option 'fields' of ${subject}`, 'at least one field', fields)
  for (const [field, declared] of Object.entries(fields)) {
    if (!fieldPattern.test(field) || field === id)
      throw invalidArgument(`a field of ${subject}`, "letters, digits and '_', a letter first, and not the id", field)
    if (declared.kind !== 'money' || declared.currencyField === undefined) continue
    if (fields[declared.currencyField]?.kind !== 'keyword')
      throw invalidArgument(`option 'currencyField' of field '${field}' of ${subject}`, 'the name of a keyword field', declared.currencyField)
  }
}

function checkVector(subject: string, vector: VectorOptions<Record<string, string>>, fields: Fields): void {
  const { from, dimensions, metric = 'cosine' } = vector
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 4096)
    throw invalidArgument(`option 'vector.dimensions' of ${subject}`, 'a whole number from 1 to 4096', dimensions)
  if (metric !== 'cosine' && metric !== 'dot') throw invalidArgument(`option 'vector.metric' of ${subject}`, "'cosine' or 'dot'", metric)
  if (typeof from === 'function') return
  for (const field of from) if (fields[field] === undefined) throw invalidArgument(`option 'vector.from' of ${subject}`, 'declared fields', field)
}
