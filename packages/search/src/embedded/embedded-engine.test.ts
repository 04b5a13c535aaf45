import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { searchEngineConformance, vectorIndexConformance } from '../testing/index.ts'
import { embedded } from './embedded-engine.ts'
import type { EmbeddedEngine } from './embedded-engine.ts'

it('has suites of at least 95 cases together, with names of their own', () => {
  const names = [...searchEngineConformance, ...vectorIndexConformance].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(95)
})

describe.each(['memory', 'file'])('the embedded engine (%s)', (kind) => {
  let folder: string
  let engine: EmbeddedEngine
  let count = 0
  const indexName = (): string => `i${++count}`
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hanse-'))
    engine = embedded({ file: kind === 'memory' ? ':memory:' : join(folder, 'search.db'), durability: 'normal' })
  })
  afterAll(async () => {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const one of searchEngineConformance) it(`${one.name}`, async () => expect(await one.run({ engine, indexName })).toBeUndefined())
  for (const one of vectorIndexConformance) it(`${one.name}`, async () => expect(await one.run({ vectors: engine.vectors, indexName })).toBeUndefined())
})
