import type { AbortOptions, Closable } from '@hanse/core'
import type { AttributeSpec, WriteOutcome } from '../index/attributes.ts'
import type { Metric } from '../index/definition.ts'
import type { AttributeValue, Filter } from '../index/filter.ts'

/** What a vector index may be able to do beyond the port's core. */
export const vectorCapabilities = ['exact', 'multi-process'] as const

/** One of {@link vectorCapabilities}. `exact`: equals a full scan whenever asked without a filter, too. */
export type VectorCapability = (typeof vectorCapabilities)[number]

/** A vector index as engines see it. */
export interface VectorSpec {
  readonly name: string
  readonly dimensions: number
  readonly metric: Metric
  /** The model that makes the vectors; vectors of different models are never compared. */
  readonly model: string
  readonly attributes: readonly AttributeSpec[]
}

/** A vector with what is needed to filter it and to know whether it must be made anew. */
export interface VectorEntry {
  readonly id: string
  readonly vector: Float32Array
  /** Identifies the text that was embedded. */
  readonly contentHash: string
  readonly attributes: ReadonlyMap<string, readonly AttributeValue[]>
}

/** A change to one vector; versions work as in `EngineWrite`. */
export type VectorWrite =
  | { readonly kind: 'index'; readonly entry: VectorEntry; readonly version?: number }
  | { readonly kind: 'delete'; readonly id: string; readonly version?: number }

/** A search for the nearest vectors. */
export interface VectorQuery {
  readonly vector: Float32Array
  /** At most this many hits; the answer holds min(limit, documents that pass), at any selectivity of the filter. */
  readonly limit: number
  readonly filter: Filter
  /** Documents that are never given back. */
  readonly excludeIds: readonly string[]
  /** The least score; hits below are dropped. */
  readonly minScore?: number
}

/** One vector found. */
export interface VectorHit {
  readonly id: string
  /**
   * In [0, 1], greater is better. For `cosine`: (1 + similarity) / 2. For `dot`: (1 + s / (1 + |s|)) / 2 of the inner product s.
   */
  readonly score: number
  /** The metric itself: the cosine in [-1, 1], or the inner product. */
  readonly similarity: number
}

/** A stored vector. */
export interface StoredVector {
  readonly id: string
  /** As it was written; for `cosine` scaled to length 1. */
  readonly vector: Float32Array
  readonly contentHash: string
  readonly version: number
}

/**
 * What vector indexes implement. Idempotency, ordering, atomicity, abort and errors are as for `SearchEngine`.
 * Hits come by falling score; ties are broken by id, rising. Writes that have resolved are found by the next search of the same process.
 *
 * Prove an implementation with `vectorIndexConformance` of `@hanse/search/testing`.
 */
export interface VectorIndex extends Closable {
  /** What this index can do beyond the core. */
  readonly capabilities: ReadonlySet<VectorCapability>
  /**
   * Makes the index when it is missing; otherwise checks that it equals the spec.
   * @throws HanseError `DIMENSION_MISMATCH`, `MODEL_MISMATCH` or `INDEX_MISMATCH`
   */
  prepare(index: VectorSpec, options?: AbortOptions): Promise<void>
  /**
   * Applies changes and says what became of each, in order.
   * @throws HanseError `DIMENSION_MISMATCH` before anything is written when a vector has another length; `INVALID_DOCUMENT` for one that is not finite or, under `cosine`, zero
   */
  write(index: string, writes: readonly VectorWrite[], options?: AbortOptions): Promise<readonly WriteOutcome[]>
  /** Finds the nearest vectors. */
  search(index: string, query: VectorQuery, options?: AbortOptions): Promise<readonly VectorHit[]>
  /** The stored vectors of these ids, in their order; `undefined` where there is none. */
  read(index: string, ids: readonly string[], options?: AbortOptions): Promise<readonly (StoredVector | undefined)[]>
  /** Exchanges two prepared indexes in one atomic step. */
  swap(index: string, other: string, options?: AbortOptions): Promise<void>
  /** Removes an index and all it holds; nothing happens when there is none. */
  drop(index: string, options?: AbortOptions): Promise<void>
}
