import { generateId } from '@hanse/core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { searchEngineConformance, vectorIndexConformance } from '../testing/index.ts'
import { elasticsearch } from './elasticsearch-engine.ts'
import type { ElasticsearchEngine } from './elasticsearch-engine.ts'
import { dropIndexes } from './drop-indexes.fixture.ts'

const { elasticsearch: server } = inject('engines')

describe.skipIf(server === undefined).each([1, 3])('the Elasticsearch engine, shards: %i (needs elasticsearch)', (shards) => {
  const indexPrefix = `c${generateId().slice(0, 13)}-`
  const node = server?.node ?? 'http://127.0.0.1:9'
  let engine: ElasticsearchEngine
  let count = 0
  const indexName = (): string => `i${++count}`
  beforeAll(() => {
    engine = elasticsearch({ node, indexPrefix, shards, replicas: 0, refresh: 'immediate' })
  })
  afterAll(async () => {
    await engine.close()
    await dropIndexes(node, indexPrefix)
  })

  for (const one of searchEngineConformance)
    it(`${one.name}`, async ({ skip }) => {
      skip(!(one.requires ?? []).every((capability) => engine.capabilities.has(capability)), `requires ${one.requires?.join(', ')}`)
      expect(await one.run({ engine, indexName })).toBeUndefined()
    })
  for (const one of vectorIndexConformance)
    it(`${one.name}`, async ({ skip }) => {
      skip(!(one.requires ?? []).every((capability) => engine.vectors.capabilities.has(capability)), `requires ${one.requires?.join(', ')}`)
      expect(await one.run({ vectors: engine.vectors, indexName })).toBeUndefined()
    })
})
