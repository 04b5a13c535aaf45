import assert from 'node:assert/strict'
import { createSearch } from '../create-search.ts'
import { defineIndex } from '../index/definition.ts'
import { keyword, text } from '../index/fields.ts'
import { filledCatalogue, idsOf, openCatalogue, products } from './catalogue.ts'
import type { Product } from './catalogue.ts'
import type { SearchEngineCase } from './harness.ts'

const lamp: Product = { id: 'x', name: 'lamp', category: 'c', price: '1' }

/** Writes, versions and the life of an index. */
export const writeCases: readonly SearchEngineCase[] = [
  {
    name: 'a document that is written again is replaced whole',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      await catalogue.index({ id: 'p1', name: 'Juicer', category: 'kitchen', price: '5' }, { refresh: true })
      assert.deepEqual(idsOf(await catalogue.search('coffee')), [])
      assert.deepEqual(idsOf(await catalogue.search('juicer')), ['p1'])
      assert.deepEqual(idsOf(await catalogue.search('', { where: { tags: 'steel' } })), ['p4'])
      assert.equal(await catalogue.count({ rating: 4.5 }), 0)
    },
  },
  {
    name: 'a deleted document is found no more, and may come back',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      assert.equal(await catalogue.delete('p1', { refresh: true }), 'applied')
      assert.deepEqual([idsOf(await catalogue.search('coffee')), await catalogue.get('p1'), await catalogue.count()], [[], undefined, 5])
      assert.equal(await catalogue.index({ ...lamp, id: 'p1' }, { refresh: true }), 'applied')
      assert.deepEqual(idsOf(await catalogue.search('lamp')), ['p1'])
    },
  },
  {
    name: 'deleting what is not there is no error',
    async run(harness) {
      assert.equal(await openCatalogue(harness).delete('nobody'), 'applied')
    },
  },
  {
    name: 'a late older write changes nothing (seed-requirement 63)',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      await catalogue.index({ ...lamp, name: 'new' }, { version: 5 })
      assert.equal(await catalogue.index({ ...lamp, name: 'old' }, { version: 4, refresh: true }), 'stale')
      assert.equal((await catalogue.get('x'))?.name, 'new')
    },
  },
  {
    name: 'the same write may be repeated (seed-requirement 63)',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      for (let time = 0; time < 3; time++) assert.equal(await catalogue.index(lamp, { version: 5, refresh: true }), 'applied')
      assert.deepEqual([await catalogue.count(), idsOf(await catalogue.search('lamp'))], [1, ['x']])
    },
  },
  {
    name: 'a deletion leaves its version behind: a late write does not bring the document back (seed-requirement 63)',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      await catalogue.delete('x', { version: 7 })
      assert.equal(await catalogue.index(lamp, { version: 6 }), 'stale')
      assert.equal(await catalogue.index(lamp, { version: 7, refresh: true }), 'stale')
      assert.equal(await catalogue.get('x'), undefined)
      assert.equal(await catalogue.index(lamp, { version: 8, refresh: true }), 'applied')
      assert.equal(await catalogue.count(), 1)
    },
  },
  {
    name: 'any order of versioned writes ends the same (seed-requirement 63)',
    async run(harness) {
      const writes = [
        (c: ReturnType<typeof openCatalogue>) => c.index({ ...lamp, name: 'one' }, { version: 1 }),
        (c: ReturnType<typeof openCatalogue>) => c.delete('x', { version: 2 }),
        (c: ReturnType<typeof openCatalogue>) => c.index({ ...lamp, name: 'three' }, { version: 3 }),
      ]
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0],
        [2, 0, 1, 0, 2, 1],
      ]) {
        const catalogue = openCatalogue(harness)
        for (const i of order) await writes[i]?.(catalogue)
        assert.equal((await catalogue.get('x'))?.name, 'three', String(order))
      }
    },
  },
  {
    name: 'of several writes to one document in one batch the last counts',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      await catalogue.bulk([lamp, { ...lamp, name: 'second' }], { refresh: true })
      assert.deepEqual([(await catalogue.get('x'))?.name, await catalogue.count()], ['second', 1])
    },
  },
  {
    name: 'bulk says how many were applied and how many were stale, over batches',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      assert.deepEqual(await catalogue.bulk(products, { batchSize: 2, refresh: true }), { applied: 6, stale: 0 })
      assert.equal(await catalogue.count(), 6)
    },
  },
  {
    name: 'a document that does not fit is refused before its batch is written, and named',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      // As a document from outside may be, whatever its type says.
      const wrong = { ...lamp, id: 'y', price: 39.98 } as unknown as Product
      await assert.rejects(catalogue.bulk([lamp, wrong]), { code: 'INVALID_DOCUMENT', message: /'price' of document 'y'.*float/ })
      assert.equal(await catalogue.count(), 0)
    },
  },
  {
    name: 'ids may hold any characters',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const ids = ["a'b", 'a"b', 'ä/ö?&%', '日本', ' x ']
      await catalogue.bulk(
        ids.map((id) => ({ ...lamp, id })),
        { refresh: true },
      )
      for (const id of ids) assert.equal((await catalogue.get(id))?.id, id)
    },
  },
  {
    name: 'an aborted call rejects with the reason, untouched',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      const reason = new Error('enough')
      const signal = AbortSignal.abort(reason)
      await assert.rejects(catalogue.search('x', { signal }), (error) => error === reason)
      await assert.rejects(catalogue.index(lamp, { signal }), (error) => error === reason)
    },
  },
  {
    name: 'an index whose definition differs is refused, and what differs is said (seed-requirement 113)',
    async run(harness) {
      const name = harness.indexName()
      const before = defineIndex(name, { id: 'id', fields: { title: text(), brand: keyword() } })
      const after = defineIndex(name, { id: 'id', fields: { title: text({ language: 'german' }), brand: keyword({ many: true }), extra: keyword() } })
      await createSearch({ engine: harness.engine, indexes: { before } }).prepare()
      await createSearch({ engine: harness.engine, indexes: { before } }).prepare()
      await assert.rejects(createSearch({ engine: harness.engine, indexes: { after } }).prepare(), {
        code: 'INDEX_MISMATCH',
        message: /title.*brand.*extra/,
      })
    },
  },
  {
    name: 'twenty callers that prepare one index at once make it once (seed-requirement 113)',
    async run(harness) {
      const name = harness.indexName()
      const definition = defineIndex(name, { id: 'id', fields: { title: text() } })
      await Promise.all(Array.from({ length: 20 }, () => createSearch({ engine: harness.engine, indexes: { definition } }).prepare()))
      assert.equal(await createSearch({ engine: harness.engine, indexes: { definition } }).definition.count(), 0)
    },
  },
  {
    name: 'a search of an index that was not prepared is UNKNOWN_INDEX',
    async run(harness) {
      const query = { filter: { kind: 'all', of: [] }, sort: [], limit: 1, facets: [] } as const
      await assert.rejects(harness.engine.search(harness.indexName(), query), { code: 'UNKNOWN_INDEX' })
    },
  },
  {
    name: 'indexes do not see each other',
    async run(harness) {
      const one = await filledCatalogue(harness)
      const two = openCatalogue(harness)
      await two.index(lamp, { refresh: true })
      assert.deepEqual([await one.count(), await two.count(), idsOf(await two.search('coffee', { typos: false }))], [6, 1, []])
    },
  },
  {
    name: 'reindex exchanges the whole index in one step and can be rolled back (seed-requirements 63, 116)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      const result = await catalogue.reindex(() => [lamp], { refresh: true })
      assert.deepEqual([result.before, result.after, result.applied], [6, 1, 1])
      assert.deepEqual([idsOf(await catalogue.search('')), idsOf(await catalogue.search('coffee'))], [['x'], []])
      await result.rollback()
      assert.deepEqual([await catalogue.count(), idsOf(await catalogue.search('coffee'))], [6, ['p1']])
      await result.discard()
      assert.equal(await catalogue.count(), 6)
    },
  },
  {
    name: 'writes during a reindex are in both, and the newer version wins over the backfill (seed-requirement 63)',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      await catalogue.index({ ...lamp, name: 'first' })
      async function* source(): AsyncGenerator<Product> {
        await catalogue.index({ ...lamp, name: 'live' }, { version: 9 })
        await catalogue.index({ ...lamp, id: 'y', name: 'new' }, { version: 1 })
        yield { ...lamp, id: 'z' }
      }
      await catalogue.reindex(source, { refresh: true })
      assert.deepEqual(idsOf(await catalogue.search('')), ['x', 'y', 'z'])
      assert.equal((await catalogue.get('x'))?.name, 'live')
    },
  },
  {
    name: 'a reindex that its check refuses leaves the live index alone (seed-requirement 63)',
    async run(harness) {
      const catalogue = await filledCatalogue(harness)
      await assert.rejects(
        catalogue.reindex(() => [lamp], { refresh: true, verify: ({ before, after }) => after >= before }),
        { code: 'REINDEX_FAILED' },
      )
      assert.equal(await catalogue.count(), 6)
      await catalogue.index(lamp, { refresh: true })
      assert.equal(await catalogue.count(), 7)
    },
  },
  {
    name: 'random operations agree with a plain list of documents',
    async run(harness) {
      const catalogue = openCatalogue(harness)
      const model = new Map<string, Product>()
      let state = 7
      const next = (limit: number): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1) % limit
      for (let step = 0; step < 120; step++) {
        const id = `d${next(15)}`
        if (next(4) === 0) {
          model.delete(id)
          await catalogue.delete(id)
        } else {
          const product: Product = {
            id,
            name: `lamp ${next(3)}`,
            category: `c${next(3)}`,
            price: `${next(50)}.${next(10)}`,
            tags: [`t${next(3)}`, `t${next(3)}`],
          }
          model.set(id, product)
          await catalogue.index(product)
        }
      }
      await catalogue.index({ ...lamp, id: 'last', name: 'other' }, { refresh: true })
      for (let c = 0; c < 3; c++) {
        const inCategory = [...model.values()].filter(({ category }) => category === `c${c}`)
        assert.deepEqual(idsOf(await catalogue.search('lamp', { where: { category: `c${c}` } })).toSorted(), inCategory.map(({ id }) => id).toSorted())
        assert.equal(await catalogue.count({ category: `c${c}`, tags: 't1' }), inCategory.filter(({ tags }) => tags?.includes('t1')).length)
        assert.equal(await catalogue.count({ price: { lt: '25' }, category: `c${c}` }), inCategory.filter(({ price }) => Number(price) < 25).length)
      }
    },
  },
]
