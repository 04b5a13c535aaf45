import { collectionCases } from './collection-cases.ts'
import { conditionalCases } from './conditional-cases.ts'
import type { DataEngineCase } from './harness.ts'
import { indexCases } from './index-cases.ts'
import { rowCases } from './row-cases.ts'
import { scanCases } from './scan-cases.ts'
import { sliceCases } from './slice-cases.ts'
import { ttlCases } from './ttl-cases.ts'
import { typeCases } from './type-cases.ts'

/**
 * What every `DataEngine` must do, as data: run the cases with any test runner.
 *
 * Cases work on the tables of `harness.run` and keep apart by their partitions, so they may run side by side and again on the same store.
 *
 * @example
 * ```ts
 * for (const testCase of dataEngineConformance) it(testCase.name, () => testCase.run(harness))
 * ```
 */
export const dataEngineConformance: readonly DataEngineCase[] = [
  ...rowCases,
  ...sliceCases,
  ...scanCases,
  ...indexCases,
  ...typeCases,
  ...collectionCases,
  ...conditionalCases,
  ...ttlCases,
]
