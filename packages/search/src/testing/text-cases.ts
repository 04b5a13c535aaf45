import assert from 'node:assert/strict'
import { createSearch } from '../create-search.ts'
import { defineIndex } from '../index/definition.ts'
import { keyword } from '../index/fields.ts'
import { filledCatalogue, idsOf, openCatalogue } from './catalogue.ts'
import type { SearchEngineCase } from './harness.ts'

/** How words are found. */
export const textCases: readonly SearchEngineCase[] = [
  {
    name: 'an empty text finds every document that passes the filters, by id (seed-requirement 65)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('')), ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'])
      assert.deepEqual(idsOf(await catalogue.search('  ', { where: { category: 'kitchen' } })), ['p1', 'p2'])
    },
  },
  {
    name: 'a text of signs alone finds nothing',
    async run(harness) {
      const result = await (await filledCatalogue(harness)).search('!?"*:(')
      assert.deepEqual([idsOf(result), result.total], [[], { value: 0, relation: 'eq' }])
    },
  },
  {
    name: 'a match in a boosted field comes before one in another',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('machine')), ['p1', 'p2'])
    },
  },
  {
    name: 'a document must have all words, or any when asked',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('coffee machine')), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('coffee kettle')), [])
      assert.deepEqual(idsOf(await catalogue.search('coffee kettle', { match: 'any' })).toSorted(), ['p1', 'p2'])
    },
  },
  {
    name: 'words may stand in different fields',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('nordwind brews')), ['p1'])
    },
  },
  {
    name: 'inflected words find each other by their stem (seed-requirement 115)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('machines', { prefix: false })), ['p1', 'p2'])
      assert.deepEqual(idsOf(await catalogue.search('shoe runs', { prefix: false })), ['p5'])
    },
  },
  {
    name: 'case and diacritics do not matter, in either direction',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('CAFE')), ['p4'])
      assert.deepEqual(idsOf(await catalogue.search('cofféé')), ['p1'])
    },
  },
  {
    name: 'a character that stands for several words, or for signs around a number, is found by each and by itself',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const rest = { category: 'c', price: '1' }
      await catalogue.bulk(
        [
          { id: 'a', name: '⑴ ½ cup', ...rest },
          { id: 'b', name: 'ﷺ', ...rest },
          { id: 'c', name: 'عليه', ...rest },
        ],
        { refresh: true },
      )
      const found = async (text: string): Promise<string[]> => idsOf(await catalogue.search(text, { prefix: false, typos: false }))
      assert.deepEqual([await found('1'), await found('⑴'), await found('(1)'), await found('½'), await found('2')], [['a'], ['a'], ['a'], ['a'], ['a']])
      assert.deepEqual([await found('ﷺ'), (await found('عليه')).toSorted(), await found('الله عليه')], [['b'], ['b', 'c'], ['b']])
    },
  },
  {
    name: 'a keyword that is searchable is found by its words',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('sohne')).toSorted(), ['p3', 'p4'])
    },
  },
  {
    name: 'synonyms find each other, phrases included (seed-requirement 115)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('sofa')), ['p3'])
      assert.deepEqual(idsOf(await catalogue.search('red settee bench')), ['p3'])
      assert.deepEqual(idsOf(await catalogue.search('tv stand')), ['p6'])
    },
  },
  {
    name: 'one typo is forgiven from four letters, two from eight where the first letter is right',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('cofee')), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('ktetle')), ['p2'])
      assert.deepEqual(idsOf(await catalogue.search('televsiom')), ['p6'])
      assert.deepEqual(idsOf(await catalogue.search('xelevision')), ['p6'])
      assert.deepEqual(idsOf(await catalogue.search('xelevisiom')), [])
      assert.deepEqual(idsOf(await catalogue.search('cofee machne')), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('rod')), [])
    },
  },
  {
    name: 'typos are not forgiven when that is switched off',
    async run(harness) {
      assert.deepEqual(idsOf(await (await filledCatalogue(harness)).search('cofee', { typos: false })), [])
    },
  },
  {
    name: 'what is found as typed is not joined by what is merely similar',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const rest = { category: 'c', price: '1' }
      await catalogue.bulk(
        [
          { id: 'a', name: 'table', ...rest },
          { id: 'b', name: 'cable', ...rest },
        ],
        { refresh: true },
      )
      assert.deepEqual(idsOf(await catalogue.search('table')), ['a'])
      assert.deepEqual(idsOf(await catalogue.search('gable')).toSorted(), ['a', 'b'])
    },
  },
  {
    name: 'the last word may be unfinished, unless a space follows or that is switched off',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(idsOf(await catalogue.search('coff')), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('coff', { prefix: false, typos: false })), [])
      assert.deepEqual(idsOf(await catalogue.search('te ', { typos: false })), [])
    },
  },
  {
    name: 'a whole word comes before one that merely begins so',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const rest = { category: 'c', price: '1' }
      await catalogue.bulk(
        [
          { id: 'a', name: 'lamplight', ...rest },
          { id: 'b', name: 'lamp', ...rest },
          { id: 'c', name: 'other', ...rest },
        ],
        { refresh: true },
      )
      assert.deepEqual(idsOf(await catalogue.search('lamp')), ['b', 'a'])
    },
  },
  {
    name: 'the syntax of an engine has no meaning in a text',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      for (const text of ['coffee" OR "kettle', 'name:coffee', 'coffee*', '(coffee', 'NEAR(coffee machine)', 'coffee -machine', "coffee'; drop table"])
        assert.ok(Array.isArray((await catalogue.search(text)).hits), text)
      assert.deepEqual(idsOf(await catalogue.search('coffee OR kettle')), [])
    },
  },
  {
    name: 'a text finds nothing in an index without a field to search',
    async run(harness) {
      const plain = defineIndex(harness.indexName(), { id: 'id', fields: { brand: keyword() } })
      const { plain: index } = createSearch({ engine: harness.engine, indexes: { plain } })
      await index.index({ id: 'a', brand: 'x' }, { refresh: true })
      assert.deepEqual([idsOf(await index.search('x')), idsOf(await index.search(''))], [[], ['a']])
    },
  },
  {
    name: 'scores lie in [0, 1] and fall',
    async run(harness) {
      const { hits } = await (await filledCatalogue(harness)).search('machine')
      assert.ok(hits.every(({ score }) => score > 0 && score <= 1))
      assert.ok((hits[0]?.score ?? 0) >= (hits[1]?.score ?? 1))
    },
  },
  {
    name: 'highlighting marks what matched, without markup, corrections and stems included (seed-requirement 115)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      const { hits } = await catalogue.search('cofee', { highlight: ['name', 'description'] })
      assert.deepEqual(hits[0]?.highlights?.['name'], [
        { text: 'Coffee', match: true },
        { text: ' machine', match: false },
      ])
      assert.equal(hits[0]?.highlights?.['description']?.map(({ text }) => text).join(''), 'Brews coffee for twelve people')
    },
  },
  {
    name: 'suggest completes what is being typed, each value once (seed-requirement 115)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.deepEqual(
        (await catalogue.suggest('re')).map(({ text }) => text),
        ['Red couch'],
      )
      assert.deepEqual(
        (await catalogue.suggest('coffee ma')).map(({ text }) => text),
        ['Coffee machine'],
      )
      assert.deepEqual(
        (await catalogue.suggest('hag', { field: 'brand' })).map(({ text }) => text),
        ['Hagen & Söhne'],
      )
      assert.deepEqual(await catalogue.suggest(''), [])
    },
  },
]
