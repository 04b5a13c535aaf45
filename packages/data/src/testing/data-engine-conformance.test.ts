import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createManualClock } from '@hanse/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlite } from '../index.ts'
import { dataEngineConformance } from './index.ts'
import type { DataEngineHarness, DataEngineTrait } from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-conformance-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('has at least 80 cases with names of their own', () => {
  expect(dataEngineConformance.length).toBeGreaterThanOrEqual(80)
  expect(new Set(dataEngineConformance.map(({ name }) => name)).size).toBe(dataEngineConformance.length)
})

const kinds: readonly { readonly kind: string; readonly file: () => string; readonly traits: readonly DataEngineTrait[] }[] = [
  { kind: 'a database in memory', file: () => ':memory:', traits: ['indexes', 'vectors'] },
  { kind: 'a file', file: () => join(folder, 'suite.db'), traits: ['shared-store', 'indexes', 'vectors'] },
]

describe.each(kinds)('the embedded engine on $kind keeps the port', ({ file, traits }) => {
  const clock = createManualClock()
  const harness: DataEngineHarness = { createEngine: () => sqlite({ file: file(), clock }), passTime: (ms) => clock.advance(ms), run: 'suite' }
  for (const testCase of dataEngineConformance) {
    const fits = testCase.requires?.every((trait) => traits.includes(trait)) ?? true
    it.skipIf(!fits)(`${testCase.name}${fits ? '' : ` (needs ${testCase.requires?.join(', ')})`}`, async () => {
      await expect(testCase.run(harness)).resolves.toBeUndefined()
    })
  }
})
