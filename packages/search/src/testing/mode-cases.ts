import assert from 'node:assert/strict'
import { createSearch } from '../create-search.ts'
import { ngramEmbedder } from '../embed/ngram-embedder.ts'
import { defineIndex } from '../index/definition.ts'
import { keyword, number, text } from '../index/fields.ts'
import { idsOf } from './catalogue.ts'
import type { SearchEngineCase, SearchEngineHarness } from './harness.ts'

async function openShelf(harness: SearchEngineHarness) {
  const definition = defineIndex(harness.indexName(), {
    id: 'id',
    fields: { title: text(), shelf: keyword({ facet: true }), pages: number() },
    vector: { from: ['title'], dimensions: 64 },
  })
  const { shelf } = createSearch({ engine: harness.engine, embedder: ngramEmbedder({ dimensions: 64 }), indexes: { shelf: definition } })
  await shelf.bulk(
    [
      { id: 'a', title: 'coffee machine', shelf: 'kitchen', pages: 10 },
      { id: 'b', title: 'coffee machines for beginners', shelf: 'kitchen', pages: 30 },
      { id: 'c', title: 'coffeemachine', shelf: 'office', pages: 20 },
      { id: 'd', title: 'garden chair', shelf: 'garden', pages: 5 },
    ],
    { refresh: true },
  )
  return shelf
}

/** Searches by nearness, and by words and nearness together. */
export const modeCases: readonly SearchEngineCase[] = [
  {
    name: 'vector mode ranks by nearness under a filter, and says the similarity',
    requires: ['vectors'],
    async run(harness) {
      const shelf = await openShelf(harness)
      const { hits } = await shelf.search('coffee machine', { mode: 'vector', where: { shelf: ['office', 'garden'] } })
      assert.deepEqual(idsOf({ hits }), ['c', 'd'])
      for (const { score, similarity } of hits) assert.ok(Math.abs(score - (1 + (similarity ?? NaN)) / 2) < 1e-6)
    },
  },
  {
    name: 'hybrid mode finds what words find and what nearness finds, each once, and its pages go on',
    requires: ['vectors'],
    async run(harness) {
      const shelf = await openShelf(harness)
      const whole = idsOf(await shelf.search('coffee machine', { mode: 'hybrid' }))
      assert.deepEqual([whole[0], whole.toSorted()], ['a', ['a', 'b', 'c', 'd']])
      const first = await shelf.search('coffee machine', { mode: 'hybrid', limit: 3 })
      const second = await shelf.search('coffee machine', { mode: 'hybrid', limit: 3, cursor: first.next })
      assert.deepEqual([...idsOf(first), ...idsOf(second)], whole)
    },
  },
  {
    name: 'hybrid mode sorts by a field and counts facets over both kinds of match',
    requires: ['vectors'],
    async run(harness) {
      const shelf = await openShelf(harness)
      const { hits, facets } = await shelf.search('coffee machine', { mode: 'hybrid', threshold: 0.6, sort: 'pages', facets: ['shelf'] })
      assert.deepEqual(idsOf({ hits }), ['a', 'c', 'b'])
      assert.deepEqual(facets.shelf, [
        { value: 'kitchen', count: 2 },
        { value: 'office', count: 1 },
      ])
    },
  },
  {
    name: 'similar never gives the document itself, and follows its changes (seed-requirements 70, 71)',
    requires: ['vectors'],
    async run(harness) {
      const shelf = await openShelf(harness)
      assert.equal(
        (await shelf.similar({ to: 'd', limit: 3 })).some(({ id }) => id === 'd'),
        false,
      )
      await shelf.index({ id: 'c', title: 'garden chairs', shelf: 'garden', pages: 1 })
      assert.equal((await shelf.similar({ to: 'd', limit: 1 }))[0]?.id, 'c')
      await shelf.delete('c')
      assert.equal(
        (await shelf.similar({ to: 'd', limit: 5 })).some(({ id }) => id === 'c'),
        false,
      )
    },
  },
  {
    name: 'reindex exchanges text and vectors',
    requires: ['vectors'],
    async run(harness) {
      const shelf = await openShelf(harness)
      await shelf.reindex(() => [{ id: 'x', title: 'garden bench', shelf: 'garden', pages: 1 }])
      assert.deepEqual(idsOf(await shelf.search('bench', { mode: 'hybrid' })), ['x'])
      assert.deepEqual(
        (await shelf.similar({ to: { text: 'coffee' } })).map(({ id }) => id),
        ['x'],
      )
    },
  },
]
