export { dataEngineConformance } from './data-engine-conformance.ts'
export type { DataEngineCase, DataEngineHarness, DataEngineTrait } from './harness.ts'
