import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@hanse/core'
import { createDatabase, sqlite, table } from '@hanse/data'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSearch, defineIndex, embedded, keyword, ngramEmbedder, number, text } from '../index.ts'
import { everything } from '../index/filter.ts'
import type { Filter, VectorEntry, VectorIndex, VectorQuery, VectorSpec } from '../index.ts'
import { vectorIndexConformance } from '../testing/index.ts'
import { cassandraVectors } from './cassandra-vectors.ts'

const spec: VectorSpec = {
  name: 'goods',
  dimensions: 3,
  metric: 'cosine',
  model: 'm1',
  attributes: [
    { name: 'shop', type: 'string', many: false },
    { name: 'weight', type: 'double', many: false },
  ],
}
const entry = (id: string, vector: readonly number[], attributes: Record<string, readonly (string | number)[]> = {}): VectorEntry => ({
  id,
  vector: Float32Array.from(vector),
  contentHash: '',
  attributes: new Map(Object.entries(attributes)),
})
const put = (...given: Parameters<typeof entry>) => ({ kind: 'index' as const, entry: entry(...given) })
const ask = (vector: readonly number[], more: Partial<VectorQuery> = {}): VectorQuery => ({
  vector: Float32Array.from(vector),
  limit: 10,
  filter: everything,
  excludeIds: [],
  ...more,
})
const idsOf = async (vectors: VectorIndex, query: VectorQuery): Promise<string[]> => (await vectors.search('goods', query)).map(({ id }) => id)

describe('the vector index on tables of @hanse/data, embedded', () => {
  const vectors = cassandraVectors({ engine: sqlite({ file: ':memory:' }) })
  let count = 0
  const indexName = (): string => `i${++count}`
  afterAll(() => vectors.close())

  for (const one of vectorIndexConformance)
    it(`${one.name}`, async () => {
      expect(await one.run({ vectors, indexName })).toBeUndefined()
    })

  it('gives the hits of a full comparison, whatever the filter', async () => {
    const random = seededRandom(11)
    const components = (): number[] => Array.from({ length: 3 }, () => random() - 0.5)
    const documents = Array.from({ length: 1_500 }, (_, i) => ({ id: `v${i}`, shop: `s${i % 40}`, weight: i, vector: components() }))
    await vectors.prepare(spec)
    await vectors.write(
      'goods',
      documents.map(({ id, shop, weight, vector }) => put(id, vector, weight % 5 === 0 ? { shop: [shop] } : { shop: [shop], weight: [weight] })),
    )
    const shop = (...values: string[]): Filter => ({ kind: 'in', field: 'shop', values })
    const light: Filter = { kind: 'range', field: 'weight', lt: 30 }
    const cases: readonly (readonly [Filter, (one: (typeof documents)[number]) => boolean])[] = [
      [shop('s1', 's2'), (one) => one.weight % 40 === 1 || one.weight % 40 === 2],
      [{ kind: 'not', of: shop('s1') }, (one) => one.weight % 40 !== 1],
      [light, (one) => one.weight < 30 && one.weight % 5 !== 0],
      [{ kind: 'any', of: [light, shop('s7')] }, (one) => (one.weight < 30 && one.weight % 5 !== 0) || one.weight % 40 === 7],
      [{ kind: 'all', of: [shop('s5'), { kind: 'not', of: { kind: 'exists', field: 'weight' } }] }, (one) => one.weight % 40 === 5],
      [shop(...Array.from({ length: 9 }, (_, i) => `s${i}`)), (one) => one.weight % 40 < 9],
      [{ kind: 'not', of: { kind: 'any', of: [shop('s1'), { kind: 'exists', field: 'weight' }] } }, (one) => one.weight % 5 === 0],
    ]
    for (const [filter, passes] of cases) {
      const query = components()
      const expected = documents
        .filter(passes)
        .map(({ id, vector }) => ({ id, cosine: cosine(vector, query) }))
        .toSorted((a, b) => b.cosine - a.cosine)
      for (const limit of [3, 40, 1_200])
        expect(await idsOf(vectors, ask(query, { filter, limit })), JSON.stringify(filter)).toEqual(expected.slice(0, limit).map(({ id }) => id))
    }
  })

  it('takes zero for zero, whatever its sign', async () => {
    await vectors.prepare({ ...spec, name: 'zeros' })
    await vectors.write('zeros', [put('a', [1, 0, 0], { weight: [-0] }), put('b', [1, 1, 0], { weight: [0] })])
    for (const filter of [
      { kind: 'in', field: 'weight', values: [-0] },
      { kind: 'range', field: 'weight', gte: 0, lte: -0 },
    ] as const)
      expect((await vectors.search('zeros', ask([1, 0, 0], { filter }))).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('applies writes to one document of one call in their order (seed-requirement 63)', async () => {
    await vectors.prepare({ ...spec, name: 'ordered' })
    await vectors.write('ordered', [put('a', [1, 0, 0]), { kind: 'delete', id: 'a' }, put('a', [0, 1, 0]), put('b', [0, 0, 1])])
    expect((await vectors.read('ordered', ['a']))[0]).toMatchObject({ version: 3, vector: Float32Array.of(0, 1, 0) })
  })

  it('searches vectors of one dimension', async () => {
    await vectors.prepare({ ...spec, name: 'line', dimensions: 1 })
    await vectors.write('line', [put('left', [-2]), put('right', [0.5])])
    expect((await vectors.search('line', ask([3]))).map(({ id, score }) => [id, score])).toEqual([
      ['right', 1],
      ['left', 0],
    ])
  })

  it('rejects with the reason of an aborted signal, untouched', async () => {
    const reason = new Error('enough')
    const options = { signal: AbortSignal.abort(reason) }
    for (const call of [
      () => vectors.search('goods', ask([1, 0, 0]), options),
      () => vectors.write('goods', [put('a', [1, 0, 0])], options),
      () => vectors.read('goods', ['a'], options),
    ])
      await expect(call()).rejects.toBe(reason)
  })

  it('refuses options that cannot be', () => {
    const engine = sqlite({ file: ':memory:' })
    expect(() => cassandraVectors({ engine, maxConcurrentRequests: 0 })).toThrow(/maxConcurrentRequests/)
    expect(() => cassandraVectors({ engine: {} as typeof engine })).toThrow(/option 'engine'/)
  })

  it('is refused after close, which may be repeated', async () => {
    const closed = cassandraVectors({ engine: sqlite({ file: ':memory:' }) })
    await closed.prepare(spec)
    await closed.close()
    await closed.close()
    await expect(closed.search('goods', ask([1, 0, 0]))).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('several processes on one store of vectors', () => {
  let directory: string
  let one: VectorIndex
  let two: VectorIndex
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'hanse-vectors-'))
    const open = (): VectorIndex => cassandraVectors({ engine: sqlite({ file: join(directory, 'v.db') }) })
    one = open()
    two = open()
    await Promise.all([one.prepare(spec), two.prepare(spec)])
  })
  afterEach(async () => {
    await Promise.all([one.close(), two.close()])
    rmSync(directory, { recursive: true, force: true })
  })

  it('see one index, whoever made it, and each other’s writes', async () => {
    await one.write('goods', [put('a', [1, 0, 0])])
    await two.write('goods', [put('b', [0, 1, 0])])
    expect([await idsOf(one, ask([1, 0, 0])), await idsOf(two, ask([1, 0, 0]))]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    const db = createDatabase({ engine: sqlite({ file: join(directory, 'v.db') }), tables: { indexes: catalog }, schema: 'verify' })
    expect(await db.indexes.scan()).toHaveLength(1)
    await db.close()
  })

  it('converge on the newest version of a document that both write at once (seed-requirement 63)', async () => {
    const versions = Array.from({ length: 30 }, (_, i) => i + 1)
    const write = (vectors: VectorIndex, version: number) => vectors.write('goods', [{ ...put('a', [version, 1, 0]), version }])
    await Promise.all(versions.map((version) => write(version % 2 === 0 ? one : two, version)))
    expect((await one.read('goods', ['a']))[0]?.version).toBe(30)
  })

  it('give every write without a version a version of its own', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : two).write('goods', [put('a', [i, 1, 0])])))
    expect((await one.read('goods', ['a']))[0]?.version).toBe(20)
  })

  it('follow a swap and a drop of another', async () => {
    await one.prepare({ ...spec, name: 'next' })
    await one.write('goods', [put('old', [1, 0, 0])])
    await one.write('next', [put('new', [1, 0, 0])])
    expect(await idsOf(two, ask([1, 0, 0]))).toEqual(['old'])
    await one.swap('goods', 'next')
    expect(await idsOf(two, ask([1, 0, 0]))).toEqual(['new'])
    await one.drop('next')
    expect(await idsOf(two, ask([1, 0, 0]))).toEqual(['new'])
    await one.drop('goods')
    await expect(two.search('goods', ask([1, 0, 0]))).rejects.toMatchObject({ code: 'UNKNOWN_INDEX' })
    await expect(two.write('goods', [put('late', [1, 0, 0])])).rejects.toMatchObject({ code: 'UNKNOWN_INDEX' })
  })

  it('name an index whose table is gone', async () => {
    const engine = sqlite({ file: join(directory, 'v.db') })
    const db = createDatabase({ engine, tables: { indexes: catalog }, schema: 'verify' })
    const [row] = await db.indexes.scan()
    await engine.alter([{ kind: 'drop-table', table: row?.held_in ?? '' }], {})
    await db.close()
    await using three = cassandraVectors({ engine: sqlite({ file: join(directory, 'v.db') }) })
    await expect(three.prepare(spec)).rejects.toMatchObject({ code: 'CORRUPT_INDEX', message: expect.stringContaining(`'${row?.held_in}'`) })
    await three.drop('goods')
    await three.prepare(spec)
    expect(await idsOf(three, ask([1, 0, 0]))).toEqual([])
  })
})

describe('a search with vectors of its own', () => {
  const shoes = defineIndex('shoes', {
    id: 'id',
    fields: { name: text(), brand: keyword(), size: number() },
    vector: { from: ['name'], dimensions: 64 },
  })

  it('embeds, filters, finds similar ones, reindexes and rolls back', async () => {
    const vectors = cassandraVectors({ engine: sqlite({ file: ':memory:' }) })
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), vectors, embedder: ngramEmbedder({ dimensions: 64 }), indexes: { shoes } })
    const documents = [
      { id: '1', name: 'red running shoe', brand: 'n', size: 41.5 },
      { id: '2', name: 'red running shoes', brand: 's', size: 42 },
      { id: '3', name: 'black winter boot', brand: 'n', size: 42 },
    ]
    await search.shoes.bulk(documents)
    const { hits } = await search.shoes.search('runing shoe', { mode: 'vector', where: { size: { gte: 42 } } })
    expect(hits.map(({ id }) => id)).toEqual(['2', '3'])
    expect((await search.shoes.similar({ to: '1', limit: 1 })).map(({ document }) => document.id)).toEqual(['2'])
    const done = await search.shoes.reindex(() => documents.slice(0, 2))
    expect((await search.shoes.search('boot', { mode: 'vector' })).hits.map(({ id }) => id).toSorted()).toEqual(['1', '2'])
    await done.rollback()
    expect((await search.shoes.search('boot', { mode: 'vector' })).hits[0]?.id).toBe('3')
  })
})

const catalog = table('hanse_vector_indexes', { fields: { part: 'text', name: 'text', held_in: 'text', spec: 'text' }, key: [['part'], 'name'] })

function cosine(a: readonly number[], b: readonly number[]): number {
  const product = (left: readonly number[], right: readonly number[]): number => left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0)
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}
