import { generateId } from '@hanse/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { embedded } from '../embedded/embedded-engine.ts'
import { dropIndexes } from './drop-indexes.fixture.ts'
import { elasticsearch } from './elasticsearch-engine.ts'
import type { ElasticsearchEngine } from './elasticsearch-engine.ts'
import { apply, ask, openNotes, sequences } from './same-answers.fixture.ts'

const { elasticsearch: server } = inject('engines')
const node = server?.node ?? 'http://127.0.0.1:9'
const indexPrefix = `s${generateId().slice(0, 13)}-`

describe.skipIf(server === undefined)('the same documents on the embedded engine and on Elasticsearch (needs elasticsearch)', () => {
  let engine: ElasticsearchEngine
  let count = 0
  beforeAll(() => {
    engine = elasticsearch({ node, indexPrefix, replicas: 0, refresh: 'immediate' })
  })
  afterAll(async () => {
    await engine.close()
    await dropIndexes(node, indexPrefix)
  })

  it('give the same answers to the same questions: hits, order, totals, facets, pages, highlights, suggestions, scores of vectors, errors', async () => {
    await fc.assert(
      fc.asyncProperty(sequences(24), async ({ changes, questions }) => {
        const name = `notes-${++count}`
        await using local = embedded({ file: ':memory:' })
        const here = openNotes(local, name)
        const there = openNotes(engine, name)
        for (const change of changes) expect(await apply(there, change)).toEqual(await apply(here, change))
        await there.bulk([], { refresh: true })
        for (const question of questions) {
          const [expected, found] = await Promise.all([ask(here, question), ask(there, question)])
          expect(found, JSON.stringify(question)).toEqual(expected)
        }
        await Promise.all([engine.drop(name), engine.vectors.drop(name)])
      }),
      { seed: 77, numRuns: 40, interruptAfterTimeLimit: 30_000 },
    )
  })
})
