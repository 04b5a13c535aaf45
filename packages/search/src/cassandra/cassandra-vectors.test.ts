import { sqlite } from '@hanse/data'
import { afterAll, describe, expect, it } from 'vitest'
import { vectorIndexConformance } from '../testing/index.ts'
import { cassandraVectors } from './cassandra-vectors.ts'

describe('the vector index on tables of @hanse/data, embedded', () => {
  const vectors = cassandraVectors({ engine: sqlite({ file: ':memory:' }) })
  let count = 0
  const indexName = (): string => `i${++count}`
  afterAll(() => vectors.close())

  for (const one of vectorIndexConformance)
    it(`${one.name}`, async () => {
      expect(await one.run({ vectors, indexName })).toBeUndefined()
    })
})
