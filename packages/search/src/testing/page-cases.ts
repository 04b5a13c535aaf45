import assert from 'node:assert/strict'
import { filledCatalogue, idsOf, openCatalogue } from './catalogue.ts'
import type { Product } from './catalogue.ts'
import type { SearchEngineCase } from './harness.ts'

type Catalogue = ReturnType<typeof openCatalogue>

/** Sorting and pages. */
export const pageCases: readonly SearchEngineCase[] = [
  {
    name: 'sorting by a field rises, or falls with a minus; a missing value comes last either way',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { sort: 'price' })), ['p2', 'p6', 'p5', 'p1', 'p4', 'p3'])
      assert.deepEqual(idsOf(await catalogue.search('', { sort: '-rating' })), ['p3', 'p1', 'p5', 'p2', 'p6', 'p4'])
      assert.deepEqual(idsOf(await catalogue.search('', { sort: 'rating' })), ['p6', 'p2', 'p5', 'p1', 'p3', 'p4'])
    },
  },
  {
    name: 'keywords sort by their characters, moments by time',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { sort: ['category', '-price'] })), ['p1', 'p2', 'p3', 'p4', 'p6', 'p5'])
      assert.deepEqual(idsOf(await catalogue.search('', { sort: 'released', limit: 2 })), ['p4', 'p1'])
    },
  },
  {
    name: 'ties break by id (seed-requirement 114)',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const rest = { name: 'same', category: 'c', price: '1' }
      await catalogue.bulk(
        [
          { id: 'b', ...rest },
          { id: 'c', ...rest },
          { id: 'a', ...rest },
        ],
        { refresh: true },
      )
      assert.deepEqual(idsOf(await catalogue.search('same')), ['a', 'b', 'c'])
      assert.deepEqual(idsOf(await catalogue.search('', { sort: '-price' })), ['a', 'b', 'c'])
    },
  },
  {
    name: 'pages by relevance neither repeat nor skip (seed-requirements 66, 114)',
    async run(harness) {
      const catalogue = await pagedCatalogue(harness)
      const whole = idsOf(await catalogue.search('lamp', { limit: 1000 }))
      assert.equal(whole.length, 50)
      assert.deepEqual(await allPages(catalogue, 'lamp', {}), whole)
    },
  },
  {
    name: 'pages by fields, with missing values and amounts, neither repeat nor skip (seed-requirements 66, 114)',
    async run(harness) {
      const catalogue = await pagedCatalogue(harness)
      for (const sort of ['rating', '-rating', 'price', '-price', 'brand'] as const) {
        const whole = idsOf(await catalogue.search('', { sort, limit: 1000 }))
        assert.deepEqual(await allPages(catalogue, '', { sort }), whole, sort)
      }
    },
  },
  {
    name: 'pages of a misspelt text go on with its corrections',
    async run(harness) {
      const catalogue = await pagedCatalogue(harness)
      assert.equal(new Set(await allPages(catalogue, 'lapm', {})).size, 50)
    },
  },
  {
    name: 'a page before a deleted document goes on behind it',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      const first = await catalogue.search('', { limit: 2 })
      await catalogue.delete('p2', { refresh: true })
      assert.deepEqual(idsOf(await catalogue.search('', { limit: 2, cursor: first.next })), ['p3', 'p4'])
    },
  },
  {
    name: 'the last page has no cursor',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.equal((await catalogue.search('', { limit: 6 })).next, undefined)
      assert.equal((await catalogue.search('nothing at all')).next, undefined)
    },
  },
  {
    name: 'a forged cursor, or one of another query, is INVALID_CURSOR (seed-requirement 66)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      const { next = '' } = await catalogue.search('', { limit: 2 })
      for (const cursor of ['', 'nonsense', `${next}x`, next.slice(0, -4)])
        await assert.rejects(catalogue.search('', { limit: 2, cursor }), { code: 'INVALID_CURSOR' }, JSON.stringify(cursor))
      await assert.rejects(catalogue.search('', { limit: 2, cursor: next, sort: 'price' }), { code: 'INVALID_CURSOR' })
      await assert.rejects(catalogue.search('', { limit: 2, cursor: next, where: { category: 'living' } }), { code: 'INVALID_CURSOR' })
    },
  },
]

async function pagedCatalogue(harness: Parameters<typeof openCatalogue>[0]): Promise<Catalogue> {
  const catalogue = openCatalogue(harness)
  const rows = Array.from({ length: 50 }, (_, i): Product => {
    const optional = i % 5 === 0 ? {} : { rating: i % 7, brand: `b${i % 3}` }
    return { id: `x${(i * 37) % 50}`, name: `lamp ${'shade '.repeat(i % 4)}`, category: 'c', price: `${i % 9}.5`, ...optional }
  })
  await catalogue.bulk(rows, { refresh: true })
  return catalogue
}

async function allPages(catalogue: Catalogue, text: string, options: Parameters<Catalogue['search']>[1]): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await catalogue.search(text, { ...options, limit: 7, cursor })
    ids.push(...idsOf(page))
    cursor = page.next
  } while (cursor !== undefined && ids.length < 1000)
  return ids
}
