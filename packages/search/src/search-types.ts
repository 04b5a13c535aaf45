import type { AbortOptions } from '@hanse/core'
import type { BooleanField, Fields, KeywordField, MoneyField, NumberField } from './index/fields.ts'
import type { Where } from './index/where.ts'
import type { HighlightPart } from './text/highlight.ts'
import type { Total } from './text/search-engine.ts'

/** The names of the fields that may be sorted by: single values. */
export type SortableName<F extends Fields> = {
  [K in Extract<keyof F, string>]: F[K]['kind'] extends 'text' | 'stored' ? never : F[K] extends KeywordField<true> ? never : K
}[Extract<keyof F, string>]

/** The names of the fields that may be counted. */
export type FacetName<F extends Fields> = {
  [K in Extract<keyof F, string>]: F[K] extends KeywordField | BooleanField | NumberField | MoneyField ? K : never
}[Extract<keyof F, string>]

/** The names of the fields whose words are searched. */
export type SearchedName<F extends Fields> = {
  [K in Extract<keyof F, string>]: F[K]['kind'] extends 'text' | 'keyword' ? K : never
}[Extract<keyof F, string>]

/** A field to sort by; `'-price'` falls, `'price'` rises. `'relevance'` puts the best match first. */
export type SortOrder<F extends Fields> = 'relevance' | SortableName<F> | `-${SortableName<F>}`

/** How documents are found: by words, by nearness of their vectors, or by both, fused by rank. */
export type SearchMode = 'text' | 'vector' | 'hybrid'

/** Options of a search. */
export interface SearchOptions<F extends Fields, Facet extends FacetName<F> = FacetName<F>> extends AbortOptions {
  /** Values of one field are alternatives, fields must all hold. */
  readonly where?: Where<F>
  /**
   * `vector` and `hybrid` need an index with a vector and an embedder; without text they list everything, as `text` does.
   * @defaultValue 'text'
   */
  readonly mode?: SearchMode
  /**
   * Sort keys; ties are broken by id, a missing value comes last.
   * @defaultValue 'relevance'
   */
  readonly sort?: SortOrder<F> | readonly SortOrder<F>[]
  /**
   * Hits on a page, 1 to 1000.
   * @defaultValue 20
   */
  readonly limit?: number
  /** `next` of the page before, for the same query. */
  readonly cursor?: string | undefined
  /**
   * Fields whose counts are wanted. A filter on a field does not narrow the counts of that field itself.
   * @defaultValue none
   */
  readonly facets?: readonly Facet[]
  /**
   * Most values that a facet lists, 1 to 1000.
   * @defaultValue 50
   */
  readonly facetLimit?: number
  /**
   * Whether a document must have all words of the text or any.
   * @defaultValue 'all'
   */
  readonly match?: 'all' | 'any'
  /**
   * Whether misspelt words are forgiven where nothing is found otherwise.
   * @defaultValue true
   */
  readonly typos?: boolean
  /**
   * Whether the last word may be unfinished.
   * @defaultValue true
   */
  readonly prefix?: boolean
  /**
   * Fields to mark matches in.
   * @defaultValue none
   */
  readonly highlight?: readonly SearchedName<F>[]
  /**
   * The least vector score, 0 to 1, for `vector` and the vector part of `hybrid`.
   * @defaultValue none
   */
  readonly threshold?: number
}

/** A document found by a search. */
export interface SearchHit<Doc extends object> {
  readonly id: string
  /**
   * In [0, 1], greater is better, comparable within one result. Text: r / (1 + r) of the engine's relevance r.
   * Vector: the scale of `VectorHit.score`. Hybrid: the fused rank score over the greatest possible.
   */
  readonly score: number
  /** The raw metric, where the vector part found the document. */
  readonly similarity?: number
  readonly document: Doc
  /** Marked texts of the fields that were asked for and matched. */
  readonly highlights?: Readonly<Record<string, readonly HighlightPart[]>>
}

/** A value and how many documents have it. */
export interface ValueBucket {
  readonly value: string
  readonly count: number
}

/** A range, `from` included and `to` not, and how many documents lie in it. */
export interface RangeBucket {
  readonly from?: string
  readonly to?: string
  readonly count: number
}

/** The counts of one facet: values for keywords and booleans, ranges for numbers and amounts. */
export type FacetBuckets<F extends Fields, Name extends keyof F> = readonly (F[Name] extends NumberField | MoneyField ? RangeBucket : ValueBucket)[]

/** What a search found. */
export interface SearchResult<Doc extends object, F extends Fields, Facet extends FacetName<F>> {
  readonly hits: readonly SearchHit<Doc>[]
  readonly total: Total
  /** The counts that were asked for. */
  readonly facets: { readonly [K in Facet]: FacetBuckets<F, K> }
  /** The cursor of the next page; absent on the last one. */
  readonly next?: string
  /** Whether time-outs or lost shards left something out. */
  readonly partial: boolean
}
