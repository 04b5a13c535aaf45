import assert from 'node:assert/strict'
import { filledCatalogue, idsOf, openCatalogue, products } from './catalogue.ts'
import type { SearchEngineCase } from './harness.ts'

/** Filters, facets and totals. */
export const filterCases: readonly SearchEngineCase[] = [
  {
    name: 'values of one field are alternatives, fields must all hold',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { category: ['kitchen', 'sport'] } })), ['p1', 'p2', 'p5'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { category: ['kitchen', 'sport'], tags: 'steel' } })), ['p1'])
    },
  },
  {
    name: 'no values match nothing',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('', { where: { category: [] } })), [])
    },
  },
  {
    name: 'keywords are compared as a whole and exactly',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { brand: 'Hagen & Söhne' } })), ['p3', 'p4'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { brand: 'hagen & söhne' } })), [])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { brand: 'Hagen' } })), [])
    },
  },
  {
    name: 'one matching value of many is enough',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('', { where: { tags: ['soft', 'steel'] } })), ['p1', 'p3', 'p4'])
    },
  },
  {
    name: 'not keeps documents without the field',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { brand: { not: 'Nordwind' } } })), ['p3', 'p4', 'p5', 'p6'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { tags: { not: ['hot', 'soft'] } } })), ['p5', 'p6'])
    },
  },
  {
    name: 'exists tells documents with and without a value apart',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { rating: { exists: false } } })), ['p4'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { tags: { exists: true } } })), ['p1', 'p2', 'p3', 'p4'])
    },
  },
  {
    name: 'ranges include and exclude their bounds, and leave out documents without a value',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { rating: { gte: 4 } } })), ['p1', 'p3', 'p5'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { rating: { gt: 4, lt: 5 } } })), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { rating: { lte: 3 } } })), ['p2', 'p6'])
    },
  },
  {
    name: 'amounts are compared exactly, not as text and not as floats (seed-requirement 59)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { price: { lt: '100' } } })), ['p1', 'p2', 'p5', 'p6'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { price: '100' } })), ['p4'])
      const big = openCatalogue(harness)
      const rest = { name: 'x', category: 'c' }
      await big.bulk(
        [
          { id: 'a', price: '9007199254740993.01', ...rest },
          { id: 'b', price: '9007199254740993.02', ...rest },
          { id: 'c', price: '-0.01', ...rest },
        ],
        { refresh: true },
      )
      assert.deepEqual(idsOf(await big.search('', { where: { price: { gt: '9007199254740993.01' } } })), ['b'])
      assert.deepEqual(idsOf(await big.search('', { sort: '-price' })), ['b', 'a', 'c'])
      assert.deepEqual(idsOf(await big.search('', { where: { price: { lt: '0' } } })), ['c'])
    },
  },
  {
    name: 'all bounds of a range hold, two on one side included',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { rating: { gt: 3, gte: 1 } } })), ['p1', 'p3', 'p5'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { rating: { gt: 1, gte: 3 } } })), ['p1', 'p2', 'p3', 'p5'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { price: { lt: '50', lte: '1200' } } })), ['p2', 'p6'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { price: { lt: '1200', lte: '50', gte: '40' } } })), ['p5', 'p6'])
    },
  },
  {
    name: 'keywords that look like numbers stay the texts that they are, alone and among several',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const codes = ['007', '7', '7.0', ' 7', '1e3', '1000']
      await catalogue.bulk(
        codes.map((code, i) => ({ id: `d${i}`, name: 'x', category: code, tags: [code], price: '1' })),
        { refresh: true },
      )
      for (const [i, code] of codes.entries()) {
        assert.deepEqual(idsOf(await catalogue.search('', { where: { tags: code } })), [`d${i}`], code)
        assert.deepEqual(idsOf(await catalogue.search('', { where: { category: code } })), [`d${i}`], code)
      }
      await catalogue.index({ id: 'all', name: 'x', category: 'c', tags: codes, price: '1' }, { refresh: true })
      const { facets } = await catalogue.search('', { facets: ['tags'] })
      assert.deepEqual(
        facets.tags,
        codes.toSorted().map((value) => ({ value, count: 2 })),
      )
    },
  },
  {
    name: 'moments are compared to the millisecond, from dates and from text',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { released: { gte: new Date('2024-03-01T00:00:00Z') } } })), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { released: { gt: '2024-03-01T01:00:00+01:00' } } })), [])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { released: { lt: '2024-01-01' } } })), ['p4'])
    },
  },
  {
    name: 'booleans filter',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('', { where: { active: true } })), ['p1', 'p2', 'p5'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { active: false } })), ['p3'])
    },
  },
  {
    name: 'filters narrow a text search',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('machine', { where: { price: { lt: '50' } } })), ['p2'])
    },
  },
  {
    name: 'facets count values, most first (seed-requirement 67)',
    async run(harness) {
      const { facets } = await (await filledCatalogue(harness)).search('', { facets: ['category', 'tags', 'active'] })
      assert.deepEqual(facets.category, [
        { value: 'living', count: 3 },
        { value: 'kitchen', count: 2 },
        { value: 'sport', count: 1 },
      ])
      assert.deepEqual(facets.tags, [
        { value: 'hot', count: 2 },
        { value: 'soft', count: 2 },
        { value: 'steel', count: 2 },
      ])
      assert.deepEqual(facets.active, [
        { value: 'true', count: 3 },
        { value: 'false', count: 1 },
      ])
    },
  },
  {
    name: 'facets count ranges, empty ones included, lower bound in (seed-requirements 59, 67)',
    async run(harness) {
      const { facets } = await (await filledCatalogue(harness)).search('', { facets: ['price', 'rating'] })
      assert.deepEqual(facets.price, [
        { to: '10', count: 1 },
        { from: '10', to: '50', count: 1 },
        { from: '50', to: '100', count: 2 },
        { from: '100', count: 2 },
      ])
      assert.deepEqual(facets.rating, [
        { to: '2', count: 1 },
        { from: '2', to: '4', count: 1 },
        { from: '4', count: 3 },
      ])
    },
  },
  {
    name: "a field's own filter does not narrow its counts, the others' do",
    async run(harness) {
      const { facets, total } = await (
        await filledCatalogue(harness)
      ).search('', { where: { category: 'kitchen', active: true }, facets: ['category', 'brand'] })
      assert.deepEqual(facets.category, [
        { value: 'kitchen', count: 2 },
        { value: 'sport', count: 1 },
      ])
      assert.deepEqual(facets.brand, [{ value: 'Nordwind', count: 2 }])
      assert.deepEqual(total, { value: 2, relation: 'eq' })
    },
  },
  {
    name: 'facets count what the text matches, beyond the page',
    async run(harness) {
      const { facets, hits } = await (await filledCatalogue(harness)).search('machine', { limit: 1, facets: ['category'] })
      assert.deepEqual([hits.length, facets.category], [1, [{ value: 'kitchen', count: 2 }]])
    },
  },
  {
    name: 'a facet lists at most as many values as asked for',
    async run(harness) {
      const { facets } = await (await filledCatalogue(harness)).search('', { facets: ['category'], facetLimit: 1 })
      assert.deepEqual(facets.category, [{ value: 'living', count: 3 }])
    },
  },
  {
    name: 'the total is exact (seed-requirement 67)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual((await catalogue.search('', { limit: 2 })).total, { value: 6, relation: 'eq' })
      assert.deepEqual((await catalogue.search('machine', { limit: 1 })).total, { value: 2, relation: 'eq' })
      assert.equal(await catalogue.count({ category: 'living' }), 3)
    },
  },
  {
    name: 'documents come back as they were given, dates and unsearched properties included',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual((await catalogue.search('coffee')).hits[0]?.document, products[0])
      assert.deepEqual(await catalogue.get('p1'), products[0])
      assert.equal(await catalogue.get('nobody'), undefined)
    },
  },
]
