import { generateId, seededRandom } from '@hanse/core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSearch, defineIndex, embedded, keyword, number, text } from '../index.ts'
import type { EngineWrite, IndexSpec, VectorSpec, VectorWrite } from '../index.ts'
import { dropIndexes } from './drop-indexes.fixture.ts'
import { elasticsearch } from './elasticsearch-engine.ts'
import type { ElasticsearchEngine } from './elasticsearch-engine.ts'

const { elasticsearch: server } = inject('engines')
const node = server?.node ?? 'http://127.0.0.1:9'
const indexPrefix = `e${generateId().slice(0, 13)}-`
const everything = { kind: 'all', of: [] } as const

async function send(method: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${node}${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return response.json()
}

function put(id: string, values: Readonly<Record<string, string>> = {}): EngineWrite {
  const attributes = new Map(Object.entries(values).map(([field, value]) => [field, [value]]))
  return { kind: 'index', document: { id, tokens: new Map([['title', ['word']]]), attributes, source: id } }
}

describe.skipIf(server === undefined)('on Elasticsearch (needs elasticsearch)', () => {
  let engine: ElasticsearchEngine
  let count = 0
  const spec = (): IndexSpec => ({
    name: `i${++count}`,
    texts: [{ name: 'title', language: 'none@1' }],
    attributes: [{ name: 'shop', type: 'string', many: false }],
  })
  beforeAll(() => {
    engine = elasticsearch({ node, indexPrefix, replicas: 0, refresh: 'immediate' })
  })
  afterAll(async () => {
    await engine.close()
    await dropIndexes(node, indexPrefix)
  })

  it('an index whose mapping was changed by somebody else is refused, and the field, what is needed and what was found are named', async () => {
    const wanted = spec()
    const properties = {
      id: { type: 'keyword' },
      deleted: { type: 'boolean' },
      text: { properties: { title: { type: 'text' } } },
      attributes: { properties: { shop: { type: 'text' } } },
    }
    await send('PUT', `/${indexPrefix}text-${wanted.name}.1`, {
      mappings: { _meta: { hanse: JSON.stringify(wanted) }, properties },
      aliases: { [`${indexPrefix}text-${wanted.name}`]: { is_write_index: true } },
    })
    await expect(engine.prepare(wanted)).rejects.toMatchObject({
      code: 'INDEX_MISMATCH',
      message: expect.stringMatching(/analyzer of 'text\.title'.*undefined.*"whitespace".*type of 'attributes\.shop'.*"text".*"keyword"/),
    })
  })

  it('an index of the same name that is not ours is refused', async () => {
    const wanted = spec()
    await send('PUT', `/${indexPrefix}text-${wanted.name}`, {})
    await expect(engine.prepare(wanted)).rejects.toMatchObject({ code: 'INDEX_MISMATCH', message: expect.stringMatching(/was not made by this package/) })
  })

  it('twenty processes that start at once make one index (seed-requirement 113)', async () => {
    const wanted = spec()
    const engines = Array.from({ length: 20 }, () => elasticsearch({ node, indexPrefix, replicas: 0 }))
    await Promise.all(engines.map((one) => one.prepare(wanted)))
    const made = (await send('POST', `/${indexPrefix}text-${wanted.name}/_search`, {})) as { hits: { total: { value: number } } }
    expect(made.hits.total.value).toBe(0)
    const answer = await fetch(`${node}/_cat/indices/${indexPrefix}text-${wanted.name}.*?format=json`)
    expect(await answer.json()).toHaveLength(1)
    await Promise.all(engines.map((one) => one.close()))
  })

  it('one document that the server refuses does not stop the others', async () => {
    const wanted = spec()
    await engine.prepare(wanted)
    const outcomes = await engine.write(wanted.name, [put('a'), put('b', { shop: 'x'.repeat(40_000) }), put('c')])
    expect(outcomes.map(({ status }) => status)).toEqual(['applied', 'failed', 'applied'])
    expect(outcomes[1]?.error).toMatchObject({
      code: 'ENGINE_FAILED',
      retryable: false,
      message: expect.stringMatching(/'b' of index.*immense term/),
    })
  })

  it('pages behind the second see neither documents that came nor such that went since, and go on when their view is lost', async () => {
    const wanted = spec()
    await engine.prepare(wanted)
    await engine.write(
      wanted.name,
      Array.from({ length: 9 }, (_, i) => put(`d${i}`)),
      { refresh: true },
    )
    const query = { filter: everything, sort: [], limit: 2, facets: [] }
    const page = async (after?: string) => engine.search(wanted.name, { ...query, ...(after === undefined ? {} : { after }) })
    const second = await page((await page()).next)
    await engine.write(wanted.name, [put('d3x'), put('d4x'), { kind: 'delete', id: 'd5' }], { refresh: true })
    const third = await page(second.next)
    expect([third.hits.map(({ id }) => id), third.total.value]).toEqual([['d4', 'd5'], 9])
    await send('DELETE', '/_pit', {
      id: (
        JSON.parse(
          Buffer.from(third.next ?? '', 'base64url')
            .toString()
            .slice(16),
        ) as string[]
      )[1],
    })
    expect((await page(third.next)).hits.map(({ id }) => id)).toEqual(['d6', 'd7'])
  })

  it('the last page gives its view back', async () => {
    const wanted = spec()
    await engine.prepare(wanted)
    await engine.write(
      wanted.name,
      ['a', 'b', 'c'].map((id) => put(id)),
      { refresh: true },
    )
    const open = async (): Promise<number> => {
      const stats = (await (await fetch(`${node}/${indexPrefix}text-${wanted.name}/_stats/search`)).json()) as {
        _all: { total: { search: { open_contexts: number } } }
      }
      return stats._all.total.search.open_contexts
    }
    const query = { filter: everything, sort: [], limit: 1, facets: [] }
    const first = await engine.search(wanted.name, query)
    const second = await engine.search(wanted.name, { ...query, after: first.next ?? '' })
    expect(await open()).toBe(1)
    await engine.search(wanted.name, { ...query, after: second.next ?? '' })
    expect(await open()).toBe(0)
  })

  it('a write that waits for a refresh is seen by the next search', async () => {
    await using waiting = elasticsearch({ node, indexPrefix, replicas: 0 })
    const wanted = spec()
    await waiting.prepare(wanted)
    await waiting.write(wanted.name, [put('a')], { refresh: true })
    expect((await waiting.search(wanted.name, { filter: everything, sort: [], limit: 1, facets: [] })).total.value).toBe(1)
  })

  it('two engines see the writes and swaps of each other', async () => {
    await using other = elasticsearch({ node, indexPrefix, replicas: 0, refresh: 'immediate' })
    const [one, two] = [spec(), spec()]
    for (const wanted of [one, two]) await engine.prepare(wanted)
    await engine.write(one.name, [put('a')], { refresh: true })
    await other.write(two.name, [put('b')], { refresh: true })
    expect((await other.read(one.name, ['a']))[0]?.source).toBe('a')
    await other.swap(one.name, two.name)
    expect((await engine.search(one.name, { filter: everything, sort: [], limit: 5, facets: [] })).hits.map(({ id }) => id)).toEqual(['b'])
  })

  it('vectors of more than 4096 dimensions are refused by name', async () => {
    const wanted: VectorSpec = { name: `v${++count}`, dimensions: 5000, metric: 'cosine', model: 'm', attributes: [] }
    await expect(engine.vectors.prepare(wanted)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringMatching(/4096.*5000/) })
  })

  it('a filter that a third of 12,000 vectors pass gives all hits, with the similarity of an exact comparison', async () => {
    const random = seededRandom(11)
    const dimensions = 96
    const name = `v${++count}`
    const vector = (): Float32Array => Float32Array.from({ length: dimensions }, () => random() - 0.5)
    const vectors = Array.from({ length: 12_000 }, vector)
    await engine.vectors.prepare({ name, dimensions, metric: 'cosine', model: 'm', attributes: [{ name: 'part', type: 'string', many: false }] })
    const writes = vectors.map((one, i): VectorWrite => {
      const attributes = new Map([['part', [i % 3 === 0 ? 'third' : 'rest']]])
      return { kind: 'index', entry: { id: `d${i}`, vector: one, contentHash: 'h', attributes } }
    })
    for (let from = 0; from < writes.length; from += 2_000) await engine.vectors.write(name, writes.slice(from, from + 2_000))
    const filter = { kind: 'in', field: 'part', values: ['third'] } as const
    let found = 0
    for (let round = 0; round < 10; round++) {
      const query = vector()
      const exact = vectors
        .map((one, i) => ({ id: `d${i}`, cosine: cosineOf(one, query), third: i % 3 === 0 }))
        .filter(({ third }) => third)
        .toSorted((a, b) => b.cosine - a.cosine)
        .slice(0, 10)
      const hits = await engine.vectors.search(name, { vector: query, limit: 10, filter, excludeIds: [] })
      expect(hits).toHaveLength(10)
      found += hits.filter(({ id }) => exact.some((one) => one.id === id)).length
      for (const { id, similarity } of hits) expect(similarity).toBeCloseTo(cosineOf(vectors[Number(id.slice(1))] ?? query, query), 5)
    }
    expect(found).toBeGreaterThanOrEqual(90)
  })

  it('a typed index moves from the embedded engine to the cluster by one bulk, and answers the same', async () => {
    const shelf = defineIndex('moved', {
      id: 'id',
      fields: { title: text({ boost: 2 }), notes: text({ optional: true }), shelf: keyword({ facet: true }), pages: number({ facet: [100] }) },
    })
    const rows = Array.from({ length: 60 }, (_, i) => ({
      id: `b${i}`,
      title: `${words[i % 7] ?? ''} ${words[(i * 3) % 5] ?? ''}`,
      notes: `${words[(i * 5) % 7] ?? ''} book`,
      shelf: `s${i % 4}`,
      pages: (i * 37) % 200,
    }))
    await using small = createSearch({ engine: embedded({ file: ':memory:' }), indexes: { shelf } })
    await using large = createSearch({ engine: elasticsearch({ node, indexPrefix, replicas: 0, refresh: 'immediate' }), indexes: { shelf } })
    await small.shelf.bulk(rows)
    const documents = async function* () {
      let cursor: string | undefined
      do {
        const page = await small.shelf.search('', { limit: 25, cursor })
        for (const { document } of page.hits) yield document
        cursor = page.next
      } while (cursor !== undefined)
    }
    expect(await large.shelf.bulk(documents(), { refresh: true })).toEqual({ applied: 60, stale: 0 })
    for (const query of ['', 'garden', 'gardn', 'coffee boat', 'book', 'lantern bok', 'gar']) {
      const options = { sort: ['-pages'], facets: ['shelf', 'pages'], limit: 20, where: { pages: { lt: 150 } } } as const
      const [before, after] = [await small.shelf.search(query, options), await large.shelf.search(query, options)]
      const plain = ({ hits, total, facets }: typeof before): object => ({ ids: hits.map(({ id }) => id), total, facets })
      expect({ query, ...plain(after) }).toEqual({ query, ...plain(before) })
    }
  })
})

const words = ['garden', 'coffee', 'lantern', 'river', 'boat', 'winter', 'harbour']

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [product, lengthA, lengthB] = [0, 0, 0]
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0
    product += value * other
    lengthA += value * value
    lengthB += other * other
  }
  return product / Math.sqrt(lengthA * lengthB)
}
