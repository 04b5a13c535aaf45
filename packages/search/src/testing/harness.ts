import type { ConformanceCase } from '@hanse/core/testing'
import type { SearchCapability, SearchEngine } from '../text/search-engine.ts'
import type { VectorCapability, VectorIndex } from '../vector/vector-index.ts'

/** What a case of `searchEngineConformance` runs on. */
export interface SearchEngineHarness {
  /** An open engine; cases neither close it nor rely on its being empty. */
  readonly engine: SearchEngine
  /** An index name that was not given before. */
  indexName(): string
}

/** What a case of `vectorIndexConformance` runs on. */
export interface VectorIndexHarness {
  /** An open vector index; cases neither close it nor rely on its being empty. */
  readonly vectors: VectorIndex
  /** An index name that was not given before. */
  indexName(): string
}

/** A case of `searchEngineConformance`. */
export type SearchEngineCase = ConformanceCase<SearchEngineHarness, SearchCapability>

/** A case of `vectorIndexConformance`. */
export type VectorIndexCase = ConformanceCase<VectorIndexHarness, VectorCapability>
