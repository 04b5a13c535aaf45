import { engineCases } from './engine-cases.ts'
import { filterCases } from './filter-cases.ts'
import type { SearchEngineCase } from './harness.ts'
import { modeCases } from './mode-cases.ts'
import { pageCases } from './page-cases.ts'
import { textCases } from './text-cases.ts'
import { writeCases } from './write-cases.ts'

/**
 * What every `SearchEngine` must show, as data for any test runner.
 *
 * @example
 * ```ts
 * describe.each(searchEngineConformance.map((one) => [one.name, one] as const))('%s', (_, one) => {
 *   it('holds', () => one.run({ engine, indexName: () => `i${++count}` }))
 * })
 * ```
 */
export const searchEngineConformance: readonly SearchEngineCase[] = [...textCases, ...filterCases, ...pageCases, ...writeCases, ...engineCases, ...modeCases]
