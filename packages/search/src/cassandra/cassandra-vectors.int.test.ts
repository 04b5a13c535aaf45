import { generateId } from '@hanse/core'
import { cassandra } from '@hanse/data/cassandra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { VectorIndex } from '../index.ts'
import { vectorIndexConformance } from '../testing/index.ts'
import { cassandraVectors } from './cassandra-vectors.ts'

const { cassandra: server } = inject('engines')

describe.skipIf(server === undefined)('the vector index on Cassandra (needs cassandra)', () => {
  const keyspace = `v${generateId().replaceAll('-', '').slice(0, 20)}`
  const createVectors = (): VectorIndex => {
    if (server === undefined) throw new Error('no server')
    return cassandraVectors({ engine: cassandra({ ...server, keyspace, replication: { [server.localDataCenter]: 1 } }) })
  }
  let vectors: VectorIndex
  let count = 0
  const indexName = (): string => `i${++count}`
  beforeAll(() => {
    vectors = createVectors()
  })
  afterAll(() => vectors.close())

  for (const one of vectorIndexConformance)
    it(`${one.name}`, async () => {
      expect(await one.run({ vectors, indexName })).toBeUndefined()
    })
})
