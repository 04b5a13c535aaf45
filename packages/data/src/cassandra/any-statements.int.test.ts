import { generateId } from '@hanse/core'
import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import { sqlite } from '../sqlite/sqlite.ts'
import { cassandra } from './index.ts'
import { clusteringTypes, fuzzedStatement, fuzzedTable } from './any-statements.fixture.ts'
import type { FuzzedDatabase } from './any-statements.fixture.ts'

const { cassandra: server } = inject('engines')
const keyspace = `same${generateId().replaceAll('-', '').slice(0, 20)}`

/** What a call gives, or the code of its error: the words may differ from engine to engine. */
async function answerOf(call: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return { value: await call() }
  } catch (error) {
    return { code: (error as { readonly code?: unknown }).code }
  }
}

describe.skipIf(server === undefined)('the embedded engine and Cassandra (needs cassandra)', () => {
  const sequences = clusteringTypes.map((type, index) => [type, index % 2 === 0 ? 'asc' : 'desc'] as const)

  it.each(sequences)('give the same answers to any statements on rows by %s, %s', async (type, order) => {
    if (server === undefined) return
    const { localDataCenter } = server
    const tables = { things: fuzzedTable(type, order) }
    await using embedded: FuzzedDatabase = createDatabase({ engine: sqlite({ file: ':memory:' }), tables, schema: 'create' })
    const engine = cassandra({ ...server, keyspace, replication: { [localDataCenter]: 1 } })
    await using cluster: FuzzedDatabase = createDatabase({ engine, tables, schema: 'create' })
    await Promise.all([embedded.start(), cluster.start()])
    const property = fc.asyncProperty(fc.array(fuzzedStatement(type), { minLength: 10, maxLength: 25, size: 'max' }), async (statements) => {
      const ids = [generateId(), generateId()]
      const contents = (db: FuzzedDatabase) => answerOf(() => Promise.all(ids.map((id) => db.things.select({ id }))))
      for (const [index, { run }] of statements.entries()) {
        const [expected, answer] = [await answerOf(() => run(embedded, ids)), await answerOf(() => run(cluster, ids))]
        const told = `after ${statements
          .slice(0, index + 1)
          .map(({ told: text }) => text)
          .join('\n')}`
        expect(answer, told).toStrictEqual(expected)
        const [kept, held] = [await contents(embedded), await contents(cluster)]
        expect(held, told).toStrictEqual(kept)
      }
    })
    await fc.assert(property, { seed: 106_521, numRuns: 20 })
  })
})
