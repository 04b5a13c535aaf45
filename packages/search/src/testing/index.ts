export type { SearchEngineCase, SearchEngineHarness, VectorIndexCase, VectorIndexHarness } from './harness.ts'
export { searchEngineConformance } from './search-engine-conformance.ts'
export { vectorIndexConformance } from './vector-index-conformance.ts'
