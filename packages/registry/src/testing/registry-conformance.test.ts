import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { registryConformance } from './registry-conformance.ts'

describe('a registry on the embedded engine', { timeout: 60_000 }, () => {
  it.each(registryConformance)('$name', async (testCase) => {
    const folder = await mkdtemp(join(tmpdir(), 'hanse-registry-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const open = () => createDatabase({ engine: sqlite({ file: join(folder, 'registry.db'), durability: 'normal' }), tables: {} })
    await expect(testCase.run({ open })).resolves.toBeUndefined()
  })
})
