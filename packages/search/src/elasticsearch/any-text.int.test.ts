import { generateId } from '@hanse/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSearch, defineIndex, keyword, ngramEmbedder, text } from '../index.ts'
import { splitWords } from '../text/analyze.ts'
import { dropIndexes } from './drop-indexes.fixture.ts'
import { elasticsearch } from './elasticsearch-engine.ts'

const { elasticsearch: server } = inject('engines')
const node = server?.node ?? 'http://127.0.0.1:9'
const indexPrefix = `t${generateId().slice(0, 13)}-`
const notes = defineIndex('notes', { id: 'id', fields: { title: text(), tag: keyword({ facet: true }) }, vector: { from: ['title'], dimensions: 64 } })
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '*', '?', '(', ')', ':', '-', '^', '{', '}', '+', '\\', '/', '~', ' ', 'a', 'AND', 'OR', "'", '%', '\0') }),
)

describe.skipIf(server === undefined)('any text on Elasticsearch (needs elasticsearch)', () => {
  const open = () =>
    createSearch({
      engine: elasticsearch({ node, indexPrefix, replicas: 0, refresh: 'immediate' }),
      embedder: ngramEmbedder({ dimensions: 64 }),
      indexes: { notes },
    })
  let search: ReturnType<typeof open>
  beforeAll(() => {
    search = open()
  })
  afterAll(async () => {
    await search.close()
    await dropIndexes(node, indexPrefix)
  })

  it('can be searched for, suggested from and filtered by, in every mode, without an error', async () => {
    await search.notes.bulk([{ id: '1', title: 'a lamp near or and not', tag: 'x' }], { refresh: true })
    await fc.assert(
      fc.asyncProperty(anyText, fc.constantFrom('text', 'vector', 'hybrid'), async (value, mode) => {
        const { hits } = await search.notes.search(value, { mode, match: 'any', highlight: ['title'], facets: ['tag'] })
        expect(hits.length).toBeLessThanOrEqual(1)
        await search.notes.suggest(value)
        expect(await search.notes.count({ tag: { not: value.isWellFormed() ? value : 'x' } })).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('can be indexed, is found by each of its words and comes back the same', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (title) => {
        await search.notes.index({ id: '1', title, tag: 'x' }, { refresh: true })
        expect(await search.notes.get('1')).toEqual({ id: '1', title, tag: 'x' })
        for (const { start, end } of splitWords(title).slice(0, 3)) {
          const word = title.slice(start, end)
          const { total } = await search.notes.search(word, { prefix: false, typos: false })
          expect({ word, found: total.value }).toEqual({ word, found: 1 })
        }
      }),
    )
  })
})
