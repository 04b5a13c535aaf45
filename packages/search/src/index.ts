export { createSearch } from './create-search.ts'
export type { AnyIndexDefinition, CreateSearchOptions, Search, SearchControl } from './create-search.ts'
export { cachedEmbedder } from './embed/cached-embedder.ts'
export type { CachedEmbedderOptions } from './embed/cached-embedder.ts'
export type { Embedder } from './embed/embedder.ts'
export { ngramEmbedder } from './embed/ngram-embedder.ts'
export type { NgramEmbedderOptions } from './embed/ngram-embedder.ts'
export { embedded } from './embedded/embedded-engine.ts'
export type { EmbeddedEngine, EmbeddedOptions } from './embedded/embedded-engine.ts'
export { evaluate } from './evaluate/evaluate.ts'
export type { EvaluateOptions, Evaluation, Judgment, QueryEvaluation } from './evaluate/evaluate.ts'
export { searchErrorCodes } from './errors.ts'
export type { SearchErrorCode } from './errors.ts'
export { reciprocalRankFusion } from './hybrid/reciprocal-rank-fusion.ts'
export type { FusedHit } from './hybrid/reciprocal-rank-fusion.ts'
export type { TypedIndex } from './index-client.ts'
export type { AttributeSpec, AttributeType, WriteOutcome } from './index/attributes.ts'
export { defineIndex } from './index/definition.ts'
export type { DefineIndexFor, IndexDefinition, IndexOptions, Metric, ResolvedIndexOptions, VectorOptions } from './index/definition.ts'
export type { DocumentOf, EmbeddingView, FieldFor, FieldsFor, FieldValue, IdName } from './index/document.ts'
export { boolean, date, keyword, money, number, stored, text } from './index/fields.ts'
export type {
  BooleanField,
  BooleanOptions,
  DateField,
  Field,
  FieldOptions,
  Fields,
  Given,
  KeywordField,
  KeywordOptions,
  MoneyField,
  MoneyOptions,
  NumberField,
  NumberOptions,
  StoredField,
  TextField,
  TextOptions,
} from './index/fields.ts'
export type { AttributeValue, Filter } from './index/filter.ts'
export type { Condition, FilterableName, Presence, Range, Unlike, Where } from './index/where.ts'
export type { BulkOptions, BulkResult } from './ingest/bulk.ts'
export type {
  DeliveredEvent,
  DeliveryContext,
  EventMapping,
  EventSource,
  IndexChange,
  IndexFromOptions,
  IndexSubscription,
  SourceEvent,
} from './ingest/index-from.ts'
export type { IndexWriteOptions } from './ingest/index-writer.ts'
export type { ReindexOptions, ReindexResult } from './ingest/reindex.ts'
export type { SearchIndex, SimilarHit, SimilarOptions, SuggestOptions, Suggestion, VersionedWriteOptions } from './search-index.ts'
export type {
  FacetBuckets,
  FacetName,
  RangeBucket,
  SearchedName,
  SearchHit,
  SearchMode,
  SearchOptions,
  SearchResult,
  SortableName,
  SortOrder,
  ValueBucket,
} from './search-types.ts'
export type { HighlightPart } from './text/highlight.ts'
export type { Language } from './text/languages.ts'
export { searchCapabilities } from './text/search-engine.ts'
export type {
  BoostedField,
  EngineDocument,
  EngineFacet,
  EngineFacetCounts,
  EngineHit,
  EngineQuery,
  EngineResult,
  EngineSort,
  EngineWrite,
  IndexSpec,
  QueryWord,
  SearchCapability,
  SearchEngine,
  StoredDocument,
  TextQuery,
  TextSpec,
  Total,
  WordAlternative,
  WriteOptions,
} from './text/search-engine.ts'
export { vectorCapabilities } from './vector/vector-index.ts'
export type { StoredVector, VectorCapability, VectorEntry, VectorHit, VectorIndex, VectorQuery, VectorSpec, VectorWrite } from './vector/vector-index.ts'
