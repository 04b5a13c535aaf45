import assert from 'node:assert/strict'
import type { AttributeValue } from '../index/filter.ts'
import { everything } from '../index/filter.ts'
import type { EngineDocument, EngineQuery, EngineWrite, IndexSpec, SearchEngine } from '../text/search-engine.ts'
import type { SearchEngineCase, SearchEngineHarness } from './harness.ts'

const attributes: IndexSpec['attributes'] = [
  { name: 'amount', type: 'integer', many: false },
  { name: 'weight', type: 'double', many: false },
  { name: 'shop_name', type: 'string', many: false },
]

interface Opened {
  readonly engine: SearchEngine
  readonly name: string
}

async function open(harness: SearchEngineHarness): Promise<Opened> {
  const name = harness.indexName()
  await harness.engine.prepare({ name, texts: [{ name: 'title', language: 'none@1' }], attributes })
  return { engine: harness.engine, name }
}

function put(id: string, values: Readonly<Record<string, AttributeValue>> = {}, version?: number): EngineWrite {
  const document: EngineDocument = {
    id,
    tokens: new Map([['title', ['word', id]]]),
    attributes: new Map(Object.entries(values).map(([field, value]) => [field, [value]])),
    source: `source of ${id}`,
  }
  return { kind: 'index', document, ...(version === undefined ? {} : { version }) }
}

async function statuses({ engine, name }: Opened, ...writes: readonly EngineWrite[]): Promise<string[]> {
  return (await engine.write(name, writes)).map(({ status }) => status)
}

const all: EngineQuery = { filter: everything, sort: [], limit: 1000, facets: [] }

async function pages({ engine, name }: Opened, query: EngineQuery, size: number): Promise<string[]> {
  const found: string[] = []
  let after: string | undefined
  do {
    const page = await engine.search(name, { ...query, limit: size, ...(after === undefined ? {} : { after }) })
    found.push(...page.hits.map(({ id }) => id))
    after = page.next
  } while (after !== undefined && found.length < 1000)
  return found
}

/** What the port promises below the level of a typed index. */
export const engineCases: readonly SearchEngineCase[] = [
  {
    name: 'a write without a version takes the next one, whatever is stored',
    async run(harness) {
      const index = await open(harness)
      assert.deepEqual(await statuses(index, put('a', {}, 5)), ['applied'])
      assert.deepEqual(await statuses(index, put('a')), ['applied'])
      assert.equal((await index.engine.read(index.name, ['a']))[0]?.version, 6)
      assert.deepEqual(await statuses(index, { kind: 'delete', id: 'a', version: 5 }), ['stale'])
      assert.deepEqual(await statuses(index, { kind: 'delete', id: 'a' }, put('a', {}, 7)), ['applied', 'stale'])
      assert.deepEqual(await statuses(index, put('a')), ['applied'])
      assert.equal((await index.engine.read(index.name, ['a']))[0]?.version, 8)
    },
  },
  {
    name: 'versions may be as great as whole numbers are exact, and 0',
    async run(harness) {
      const index = await open(harness)
      const greatest = Number.MAX_SAFE_INTEGER
      assert.deepEqual(await statuses(index, put('a', {}, 0), put('a', {}, 0), put('b', {}, greatest - 1)), ['applied', 'applied', 'applied'])
      assert.deepEqual(await statuses(index, { kind: 'delete', id: 'b', version: greatest - 1 }, put('b', {}, greatest - 1)), ['applied', 'stale'])
      assert.deepEqual(await statuses(index, put('b', {}, greatest)), ['applied'])
      assert.equal((await index.engine.read(index.name, ['b']))[0]?.version, greatest)
    },
  },
  {
    name: 'many writers of one document lose no write and end with the greatest version',
    async run(harness) {
      const index = await open(harness)
      const versions = Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) + 1)
      await Promise.all(versions.map((version) => statuses(index, put('a', { amount: BigInt(version) }, version))))
      assert.equal((await index.engine.read(index.name, ['a']))[0]?.version, 20)
      const outcomes = await Promise.all(versions.map(() => statuses(index, put('a'))))
      assert.ok(outcomes.every(([status]) => status === 'applied'))
      assert.equal((await index.engine.read(index.name, ['a']))[0]?.version, 40)
    },
  },
  {
    name: 'writes to one document in one call apply in order, with and without versions',
    async run(harness) {
      const index = await open(harness)
      await statuses(index, put('a', {}, 3))
      const outcome = await statuses(
        index,
        put('a', { amount: 1n }),
        put('b'),
        put('a', { amount: 2n }, 9),
        { kind: 'delete', id: 'b' },
        put('a', { amount: 3n }),
      )
      assert.deepEqual(outcome, ['applied', 'applied', 'applied', 'applied', 'applied'])
      assert.deepEqual(
        (await index.engine.read(index.name, ['a', 'b'])).map((one) => one?.version),
        [10, undefined],
      )
    },
  },
  {
    name: 'a write of nothing, with refresh, makes every earlier write visible',
    async run(harness) {
      const index = await open(harness)
      await statuses(index, put('a'), put('b'))
      assert.deepEqual(await index.engine.write(index.name, [], { refresh: true }), [])
      assert.equal((await index.engine.search(index.name, all)).total.value, 2)
    },
  },
  {
    name: 'reads see writes at once, in the order of the ids, each as often as asked for',
    async run(harness) {
      const index = await open(harness)
      await statuses(index, put('a'), put('b'))
      const read = await index.engine.read(index.name, ['b', 'nobody', 'a', 'b'])
      assert.deepEqual(
        read.map((one) => one?.source),
        ['source of b', undefined, 'source of a', 'source of b'],
      )
      assert.deepEqual(await index.engine.read(index.name, []), [])
    },
  },
  {
    name: 'ids of 256 characters of any script are kept apart',
    async run(harness) {
      const index = await open(harness)
      const ids = ['日'.repeat(256), `${'日'.repeat(255)}本`, 'x'.repeat(256)]
      await index.engine.write(
        index.name,
        ids.map((id) => put(id)),
        { refresh: true },
      )
      assert.deepEqual((await index.engine.search(index.name, all)).hits.map(({ id }) => id).toSorted(), ids.toSorted())
      assert.deepEqual(
        (await index.engine.read(index.name, ids)).map((one) => one?.id),
        ids,
      )
    },
  },
  {
    name: '64-bit integers are exact in filters, sorting, pages and range counts',
    async run(harness) {
      const index = await open(harness)
      const base = 9_007_199_254_740_992n
      const values = Array.from({ length: 12 }, (_, i) => base + BigInt((i * 5) % 12))
      const writes = values.map((amount, i) => put(`d${String(i).padStart(2, '0')}`, { amount }))
      await index.engine.write(index.name, [...writes, put('none')], { refresh: true })
      const rising = values.map((amount, i) => ({ amount, id: `d${String(i).padStart(2, '0')}` })).toSorted((a, b) => (a.amount < b.amount ? -1 : 1))
      const ids = rising.map(({ id }) => id)
      assert.deepEqual(await pages(index, { ...all, sort: [{ by: 'field', field: 'amount', order: 'asc' }] }, 5), [...ids, 'none'])
      assert.deepEqual(await pages(index, { ...all, sort: [{ by: 'field', field: 'amount', order: 'desc' }] }, 4), [...ids.toReversed(), 'none'])
      const exact = await index.engine.search(index.name, { ...all, filter: { kind: 'in', field: 'amount', values: [base + 1n] } })
      assert.deepEqual(
        exact.hits.map(({ id }) => id),
        [ids[1]],
      )
      const { facets } = await index.engine.search(index.name, {
        ...all,
        facets: [{ kind: 'ranges', field: 'amount', filter: everything, bounds: [base + 1n, base + 3n] }],
      })
      assert.deepEqual(facets, [{ kind: 'ranges', counts: [1, 2, 9] }])
    },
  },
  {
    name: 'pages go on through documents without a value, rising and falling',
    async run(harness) {
      const index = await open(harness)
      const values = [{ weight: 0.5 }, {}, { weight: -3 }, {}, { weight: 1e300 }, { weight: 0 }, {}]
      await index.engine.write(
        index.name,
        values.map((value, i) => put(`d${i}`, value)),
        { refresh: true },
      )
      const sorted = (order: 'asc' | 'desc'): EngineQuery => ({ ...all, sort: [{ by: 'field', field: 'weight', order }] })
      for (const size of [1, 2, 3]) {
        assert.deepEqual(await pages(index, sorted('asc'), size), ['d2', 'd5', 'd0', 'd4', 'd1', 'd3', 'd6'])
        assert.deepEqual(await pages(index, sorted('desc'), size), ['d4', 'd0', 'd5', 'd2', 'd1', 'd3', 'd6'])
      }
    },
  },
  {
    name: 'any, all, not and ids combine in filters',
    async run(harness) {
      const index = await open(harness)
      await index.engine.write(index.name, [put('a', { shop_name: 'x', amount: 1n }), put('b', { shop_name: 'y' }), put('c', { amount: 3n }), put('d')], {
        refresh: true,
      })
      const found = async (filter: EngineQuery['filter']): Promise<string[]> =>
        (await index.engine.search(index.name, { ...all, filter })).hits.map(({ id }) => id)
      const x = { kind: 'in', field: 'shop_name', values: ['x'] } as const
      const priced = { kind: 'exists', field: 'amount' } as const
      assert.deepEqual(await found({ kind: 'any', of: [x, priced] }), ['a', 'c'])
      assert.deepEqual(await found({ kind: 'any', of: [] }), [])
      assert.deepEqual(await found({ kind: 'not', of: { kind: 'any', of: [x, priced] } }), ['b', 'd'])
      assert.deepEqual(await found({ kind: 'not', of: { kind: 'not', of: x } }), ['a'])
      assert.deepEqual(
        await found({
          kind: 'all',
          of: [
            { kind: 'ids', ids: ['a', 'b', 'nobody'] },
            { kind: 'not', of: x },
          ],
        }),
        ['b'],
      )
      assert.deepEqual(await found({ kind: 'ids', ids: [] }), [])
    },
  },
  {
    name: 'documents that are named beside a text match too, with no relevance where they do not meet it',
    async run(harness) {
      const index = await open(harness)
      await index.engine.write(
        index.name,
        ['a', 'b', 'c'].map((id) => put(id)),
        { refresh: true },
      )
      const text = { words: [{ alternatives: [{ tokens: ['b'], fields: ['title'] }] }], fields: [{ name: 'title', boost: 1 }], match: 'all' } as const
      const { hits, total } = await index.engine.search(index.name, { ...all, text, orIds: ['a', 'b', 'nobody'], sort: [{ by: 'relevance' }] })
      assert.deepEqual(
        hits.map(({ id, relevance }) => [id, relevance > 0]),
        [
          ['b', true],
          ['a', false],
        ],
      )
      assert.deepEqual(total, { value: 2, relation: 'eq' })
    },
  },
  {
    name: 'every method of an index that was not prepared is UNKNOWN_INDEX, and dropping it is no error',
    async run(harness) {
      const { engine } = harness
      const name = harness.indexName()
      const unknown = { code: 'UNKNOWN_INDEX' }
      await assert.rejects(engine.write(name, [put('a')]), unknown)
      await assert.rejects(engine.read(name, ['a']), unknown)
      await assert.rejects(engine.search(name, all), unknown)
      await assert.rejects(engine.swap(name, harness.indexName()), unknown)
      await engine.drop(name)
    },
  },
]
