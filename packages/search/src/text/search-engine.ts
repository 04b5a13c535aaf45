import type { AbortOptions, Closable } from '@hanse/core'
import type { AttributeSpec, WriteOutcome } from '../index/attributes.ts'
import type { AttributeValue, Filter } from '../index/filter.ts'
import type { VectorIndex } from '../vector/vector-index.ts'

/** What a search engine may be able to do beyond the port's core. */
export const searchCapabilities = ['multi-process', 'immediate-refresh', 'vectors'] as const

/**
 * One of {@link searchCapabilities}. `immediate-refresh`: a write that has resolved is found by the next search, asked for or not.
 * `vectors`: `SearchEngine.vectors` is there.
 */
export type SearchCapability = (typeof searchCapabilities)[number]

/** A field whose tokens are searched. */
export interface TextSpec {
  readonly name: string
  /** Language of its tokens; part of what must not differ from the stored index. */
  readonly language: string
}

/** An index as engines see it: plain data, equal for equal definitions. */
export interface IndexSpec {
  readonly name: string
  readonly texts: readonly TextSpec[]
  readonly attributes: readonly AttributeSpec[]
}

/** A document as engines store it. */
export interface EngineDocument {
  readonly id: string
  /** The tokens of each text field, in order, one for each field of the spec that has any. */
  readonly tokens: ReadonlyMap<string, readonly string[]>
  /** The values of each attribute that has any. */
  readonly attributes: ReadonlyMap<string, readonly AttributeValue[]>
  /** The document itself, opaque to the engine and given back unchanged. */
  readonly source: string
}

/**
 * A change to one document. With a `version`, the change applies when it is newer than what is stored, or as new and what is stored is no deletion;
 * otherwise it is stale and changes nothing. Without one it always applies and takes the next version.
 * A deletion leaves its version behind, so that a late older write does not bring the document back.
 */
export type EngineWrite =
  | { readonly kind: 'index'; readonly document: EngineDocument; readonly version?: number }
  | { readonly kind: 'delete'; readonly id: string; readonly version?: number }

/** Options of {@link SearchEngine.write}. */
export interface WriteOptions extends AbortOptions {
  /**
   * Whether to resolve only when searches see the change. Together with no change at all: when they see every write of this engine that has resolved.
   * @defaultValue false
   */
  readonly refresh?: boolean
}

/** A field that is searched, and how much a match in it counts. */
export interface BoostedField {
  readonly name: string
  readonly boost: number
}

/** One way to meet a word of a query: all these tokens, in any of the named fields. */
export interface WordAlternative {
  readonly tokens: readonly string[]
  /** The fields that are searched for these tokens. */
  readonly fields: readonly string[]
}

/** A word of a query; a document meets it by one of its alternatives. */
export interface QueryWord {
  readonly alternatives: readonly WordAlternative[]
  /** A token that begins with this counts, too; for the word that is still being typed. */
  readonly prefix?: string
  /** Tokens within `edits` of this count when nothing else is found. */
  readonly fuzzy?: { readonly token: string; readonly edits: 1 | 2 }
}

/** The text part of a query. Ranking is BM25 with field boosts. */
export interface TextQuery {
  readonly words: readonly QueryWord[]
  readonly fields: readonly BoostedField[]
  /** Whether a document must meet all words or any. */
  readonly match: 'all' | 'any'
}

/** A key that results are sorted by; a document without a value comes last either way. Ties are broken by id, rising. */
export type EngineSort = { readonly by: 'relevance' } | { readonly by: 'field'; readonly field: string; readonly order: 'asc' | 'desc' }

/** Counts that are asked for, over the documents that match the text and pass `filter`, which replaces that of the query. */
export type EngineFacet =
  | { readonly kind: 'values'; readonly field: string; readonly filter: Filter; readonly limit: number }
  | { readonly kind: 'ranges'; readonly field: string; readonly filter: Filter; readonly bounds: readonly AttributeValue[] }

/** One search. */
export interface EngineQuery {
  /** Without it every document matches, with score 0. */
  readonly text?: TextQuery
  /** Documents that match whether or not they meet the text, with the least score where they do not; for hybrid search. */
  readonly orIds?: readonly string[]
  readonly filter: Filter
  readonly sort: readonly EngineSort[]
  /** At most this many hits; 0 asks for the counts only. */
  readonly limit: number
  /** Continues behind the last hit of an earlier page of the same query. */
  readonly after?: string
  readonly facets: readonly EngineFacet[]
}

/** One document found. */
export interface EngineHit {
  readonly id: string
  readonly source: string
  /** The engine's relevance: greater is better, 0 or more, comparable within one result only. */
  readonly relevance: number
}

/** How many documents match: exactly, or at least. */
export interface Total {
  readonly value: number
  readonly relation: 'eq' | 'gte'
}

/** Counts of one facet: `values` by falling count, then by value; `ranges` in the order of the bounds, one more than these. */
export type EngineFacetCounts =
  | { readonly kind: 'values'; readonly values: readonly { readonly value: string; readonly count: number }[] }
  | { readonly kind: 'ranges'; readonly counts: readonly number[] }

/** The answer to a search. */
export interface EngineResult {
  readonly hits: readonly EngineHit[]
  readonly total: Total
  /** Counts in the order in which they were asked for. */
  readonly facets: readonly EngineFacetCounts[]
  /** Where the next page starts; absent when this is the last one. */
  readonly next?: string
  /** Index tokens that stood in for misspelt words. */
  readonly corrections: readonly string[]
  /** Whether time-outs or lost shards left something out. */
  readonly partial: boolean
}

/** A document as it is stored. */
export interface StoredDocument {
  readonly id: string
  readonly source: string
  readonly version: number
}

/**
 * What full-text engines implement. Text arrives as tokens: analysis happened before, once, so that engines agree.
 *
 * - Idempotency: every method may be repeated. Writes converge by version, see {@link EngineWrite}.
 * - Ordering: writes to one document in one call apply in the order given; concurrent calls apply in any order.
 * - Atomicity: a document is written whole or not at all; a call may be applied in part when it rejects.
 * - Abort: rejects with the signal's reason; what was sent may still be applied.
 * - Errors: {@link searchErrorCodes}; `UNKNOWN_INDEX` for an index that was not prepared; a driver's error is the cause.
 *
 * Prove an implementation with `searchEngineConformance` of `@hanse/search/testing`.
 */
export interface SearchEngine extends Closable {
  /** What this engine can do beyond the core. */
  readonly capabilities: ReadonlySet<SearchCapability>
  /** The vector index that shares this engine's storage, where it has one. */
  readonly vectors?: VectorIndex
  /**
   * Makes the index when it is missing, by one of any number of callers at once; otherwise checks that it equals the spec.
   * @throws HanseError `INDEX_MISMATCH` that says what differs
   */
  prepare(index: IndexSpec, options?: AbortOptions): Promise<void>
  /** Applies changes and says what became of each, in order; one that fails does not stop the others. */
  write(index: string, writes: readonly EngineWrite[], options?: WriteOptions): Promise<readonly WriteOutcome[]>
  /**
   * Finds documents. Misspelt words are forgiven only where nothing is found without that.
   * @throws HanseError `INVALID_CURSOR` when `after` is not from this query
   */
  search(index: string, query: EngineQuery, options?: AbortOptions): Promise<EngineResult>
  /** The stored documents with these ids, in their order; `undefined` for those that are missing or deleted. */
  read(index: string, ids: readonly string[], options?: AbortOptions): Promise<readonly (StoredDocument | undefined)[]>
  /** Exchanges two prepared indexes in one atomic step; the same call again takes it back. */
  swap(index: string, other: string, options?: AbortOptions): Promise<void>
  /** Removes an index and all it holds; nothing happens when there is none. */
  drop(index: string, options?: AbortOptions): Promise<void>
}
