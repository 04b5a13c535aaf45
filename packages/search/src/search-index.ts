import type { AbortOptions } from '@hanse/core'
import type { Fields } from './index/fields.ts'
import type { Where } from './index/where.ts'
import type { BulkOptions, BulkResult } from './ingest/bulk.ts'
import type { EventSource, IndexFromOptions, IndexSubscription, SourceEvent } from './ingest/index-from.ts'
import type { IndexWriteOptions } from './ingest/index-writer.ts'
import type { ReindexOptions, ReindexResult } from './ingest/reindex.ts'
import type { FacetName, SearchedName, SearchHit, SearchOptions, SearchResult } from './search-types.ts'
import type { HighlightPart } from './text/highlight.ts'

/** What `similar` is asked for. */
export interface SimilarOptions<F extends Fields> extends AbortOptions {
  /** The id of an indexed document, which is itself never given back; or a text, or a vector. */
  readonly to: string | { readonly text: string } | { readonly vector: Float32Array }
  /**
   * Most hits, 1 to 1000.
   * @defaultValue 10
   */
  readonly limit?: number
  /**
   * The least score, 0 to 1, on the scale of `VectorHit.score`.
   * @defaultValue none
   */
  readonly threshold?: number
  /**
   * How much hits shall differ from each other, 0 to 1: 0 ranks by nearness alone. The hits are then picked from four times as many.
   * @defaultValue 0
   */
  readonly diversify?: number
  /** Which documents may be found. */
  readonly where?: Where<F>
}

/** A similar document. */
export interface SimilarHit<Doc extends object> extends SearchHit<Doc> {
  /** The raw metric: the cosine in [-1, 1], or the inner product. */
  readonly similarity: number
}

/** Options of `suggest`. */
export interface SuggestOptions<F extends Fields> extends AbortOptions {
  /**
   * The field whose values complete the text.
   * @defaultValue the first field that is searched
   */
  readonly field?: SearchedName<F>
  /**
   * Most suggestions, 1 to 100.
   * @defaultValue 8
   */
  readonly limit?: number
  /** Which documents may be suggested. */
  readonly where?: Where<F>
}

/** A completion of what was typed. */
export interface Suggestion {
  /** The value of the field. */
  readonly text: string
  /** The same, with what was typed marked. */
  readonly parts: readonly HighlightPart[]
  /** A document that has it. */
  readonly id: string
}

/** Options of writes to one document. */
export interface VersionedWriteOptions extends IndexWriteOptions {
  /**
   * A whole number that grows with every change of the document.
   * @defaultValue what the index's option `version` reads; without that, the write replaces whatever is there
   */
  readonly version?: number
}

/**
 * One index of a {@link Search}, typed to its documents.
 *
 * Writes are idempotent and converge by version: late and repeated ones change nothing, and a deletion leaves its version behind.
 */
export interface SearchIndex<Doc extends object, F extends Fields> {
  /**
   * Finds documents by text and filters. An empty text finds every document that passes the filters.
   * @throws HanseError `INVALID_QUERY`, `INVALID_CURSOR`
   */
  search<Facet extends FacetName<F> = never>(text: string, options?: SearchOptions<F, Facet>): Promise<SearchResult<Doc, F, Facet>>
  /**
   * Finds the documents nearest to another, to a text or to a vector. No embedder is called for a document or a vector.
   * @throws HanseError `UNKNOWN_DOCUMENT` when there is no vector for the id, `DIMENSION_MISMATCH`, `INVALID_QUERY`
   */
  similar(options: SimilarOptions<F>): Promise<readonly SimilarHit<Doc>[]>
  /** Completes a text while it is typed. */
  suggest(text: string, options?: SuggestOptions<F>): Promise<readonly Suggestion[]>
  /** The document with this id; `undefined` when there is none. */
  get(id: string, options?: AbortOptions): Promise<Doc | undefined>
  /** How many documents pass a filter. */
  count(where?: Where<F>, options?: AbortOptions): Promise<number>
  /**
   * Writes one document, its vector included. Answers `stale` when something newer is there.
   * @throws HanseError `INVALID_DOCUMENT` before anything is written
   */
  index(document: Doc, options?: VersionedWriteOptions): Promise<'applied' | 'stale'>
  /** Deletes one document; `applied` also when there was none. */
  delete(id: string, options?: VersionedWriteOptions): Promise<'applied' | 'stale'>
  /**
   * Writes many documents in batches, one after the other, reading the source no faster than it writes.
   * @throws HanseError `INVALID_DOCUMENT` (nothing of that batch was written, batches before it were), `WRITE_FAILED`
   */
  bulk(documents: Iterable<Doc> | AsyncIterable<Doc>, options?: BulkOptions): Promise<BulkResult>
  /**
   * Keeps the index in step with events. An event is acknowledged when its write is done; one that fails is the bus's to retry.
   * Events of other processes that share the group are theirs.
   */
  indexFrom<const Events extends readonly SourceEvent[]>(
    source: EventSource<Events[number]>,
    options: IndexFromOptions<Doc, Events>,
  ): Promise<IndexSubscription>
  /**
   * Rebuilds the index beside the live one and exchanges the two in one step; searches go on throughout.
   * Writes of this object during the rebuild go to both.
   * @throws HanseError `REINDEX_FAILED` when the check of the new index does not hold; the live one is untouched
   */
  reindex(source: () => Iterable<Doc> | AsyncIterable<Doc>, options?: ReindexOptions): Promise<ReindexResult>
}
