import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventTransportConformance } from '../testing/index.ts'
import { embedded } from './embedded.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-bus-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('has a suite of at least 40 cases with names of their own', () => {
  const names = eventTransportConformance.map((each) => each.name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(40)
})

describe.each(['memory', 'file'] as const)('the embedded transport (%s)', (kind) => {
  const { capabilities } = embedded({ file: kind === 'memory' ? ':memory:' : 'x.db' })
  for (const testCase of eventTransportConformance) {
    const requires = testCase.requires ?? []
    const fits = requires.every((capability) => capabilities.includes(capability))
    it.skipIf(!fits)(`${testCase.name}${fits ? '' : ` (needs ${requires.join(', ')})`}`, { timeout: 20_000 }, async () => {
      const file = kind === 'memory' ? ':memory:' : join(folder, 'bus.db')
      await expect(testCase.run({ transport: embedded({ file }), reopen: () => embedded({ file }) })).resolves.toBeUndefined()
    })
  }
})
