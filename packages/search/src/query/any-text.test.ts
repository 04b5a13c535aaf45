import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSearch, defineIndex, embedded, keyword, ngramEmbedder, text } from '../index.ts'
import { splitWords } from '../text/analyze.ts'

const notes = defineIndex('notes', { id: 'id', fields: { title: text(), tag: keyword({ facet: true }) }, vector: { from: ['title'], dimensions: 64 } })
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '*', '(', ')', ':', '-', '^', '{', '}', '+', ' ', 'a', 'NEAR', 'OR', "'", '%', '\0') }),
)

describe('any text', () => {
  it('can be searched for, suggested from and filtered by, in every mode, without an error', async () => {
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder({ dimensions: 64 }), indexes: { notes } })
    await search.notes.bulk([{ id: '1', title: 'a lamp near or and not', tag: 'x' }])
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
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder({ dimensions: 64 }), indexes: { notes } })
    await fc.assert(
      fc.asyncProperty(anyText, async (title) => {
        await search.notes.index({ id: 'n', title, tag: 'x' })
        expect(await search.notes.get('n')).toEqual({ id: 'n', title, tag: 'x' })
        for (const { start, end } of splitWords(title).slice(0, 3)) {
          const word = title.slice(start, end)
          const { total } = await search.notes.search(word, { prefix: false, typos: false })
          expect({ word, found: total.value }).toEqual({ word, found: 1 })
        }
      }),
    )
  })
})
