import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HanseError, generateId, systemClock } from '@hanse/core'
import { cassandra } from '@hanse/data/cassandra'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ngramEmbedder } from '../index.ts'
import type { Filter, VectorEntry, VectorIndex, VectorSpec } from '../index.ts'
import { everything } from '../index/filter.ts'
import { vectorIndexConformance } from '../testing/index.ts'
import { cassandraVectors } from './cassandra-vectors.ts'
import { productNames } from './product-names.fixture.ts'

const { cassandra: server } = inject('engines')
const keyspace = `v${generateId().replaceAll('-', '').slice(0, 20)}`

function connectTo(endpoint: Infra['cassandra']): VectorIndex {
  if (endpoint === undefined) throw new Error('no server')
  const engine = cassandra({ ...endpoint, keyspace, replication: { [endpoint.localDataCenter]: 1 }, connectTimeoutMs: 2_000 })
  return cassandraVectors({ engine })
}

const spec: VectorSpec = {
  name: 'products',
  dimensions: 384,
  metric: 'cosine',
  model: 'ngram',
  attributes: [
    { name: 'shop', type: 'string', many: false },
    { name: 'price', type: 'integer', many: false },
  ],
}

function put(id: string, vector: Float32Array, attributes: VectorEntry['attributes'] = new Map()): { readonly kind: 'index'; readonly entry: VectorEntry } {
  return { kind: 'index', entry: { id, vector, contentHash: '', attributes } }
}

describe.skipIf(server === undefined)('the vector index on Cassandra (needs cassandra)', () => {
  let vectors: VectorIndex
  let count = 0
  const indexName = (): string => `i${++count}`
  beforeAll(() => {
    vectors = connectTo(server)
  })
  afterAll(() => vectors.close())

  for (const one of vectorIndexConformance)
    it(`${one.name}`, { concurrent: true }, async () => {
      await expect(one.run({ vectors, indexName })).resolves.toBeUndefined()
    })

  it('finds nine in ten of the nearest at least, after replacements and deletions, and all of what a filter leaves', async () => {
    const embed = ngramEmbedder()
    const embedded = await embed.embed(productNames(3_000))
    const documents = embedded.map((vector, i) => ({ id: `p${i}`, vector, shop: `s${i % 300}`, price: BigInt(i) }))
    const write = ({ id, vector, shop, price }: (typeof documents)[number]): ReturnType<typeof put> =>
      put(
        id,
        vector,
        new Map<string, readonly (string | bigint)[]>([
          ['shop', [shop]],
          ['price', [price]],
        ]),
      )
    await vectors.prepare(spec)
    // Half of them with the vector of another document first.
    await vectors.write(
      'products',
      documents.slice(0, 1_500).map((one, i) => ({ ...write(one), entry: { ...write(one).entry, vector: documents[2_999 - i]?.vector ?? one.vector } })),
    )
    await vectors.write('products', documents.map(write))
    const gone = documents.filter((_, i) => i % 10 === 9)
    await vectors.write(
      'products',
      gone.map(({ id }) => ({ kind: 'delete', id })),
    )
    const kept = documents.filter((_, i) => i % 10 !== 9)
    const recall = async (filter: Filter, passes: (one: (typeof documents)[number]) => boolean): Promise<number> => {
      let found = 0
      let expected = 0
      for (const query of await embed.embed(productNames(3_040).slice(3_000))) {
        const exact = kept
          .filter(passes)
          .map(({ vector }) => vector.reduce((sum, value, i) => sum + value * (query[i] ?? 0), 0))
          .toSorted((a, b) => b - a)
          .slice(0, 10)
        const hits = await vectors.search('products', { vector: query, limit: 10, filter, excludeIds: [] })
        expect(hits).toHaveLength(exact.length)
        const worst = (exact.at(-1) ?? 0) - 1e-5
        found += hits.filter(({ similarity }) => similarity >= worst).length
        expected += exact.length
      }
      return found / expected
    }
    const inShop: Filter = { kind: 'in', field: 'shop', values: ['s1', 's2'] }
    const recalls = {
      everything: await recall(everything, () => true),
      'a half, by range': await recall({ kind: 'range', field: 'price', lt: 1_500n }, ({ price }) => price < 1_500n),
      'two shops of 300': await recall(inShop, ({ shop }) => shop === 's1' || shop === 's2'),
      'one in 100, by range': await recall({ kind: 'range', field: 'price', lt: 30n }, ({ price }) => price < 30n),
      'all but two shops': await recall({ kind: 'not', of: inShop }, ({ shop }) => shop !== 's1' && shop !== 's2'),
    }
    expect(Math.min(...Object.values(recalls)), JSON.stringify(recalls)).toBeGreaterThanOrEqual(0.9)
    expect([recalls['two shops of 300'], recalls['one in 100, by range']]).toEqual([1, 1])
  })

  it('is made once by several that start together, and follows swaps of each other', async () => {
    const several = Array.from({ length: 3 }, () => connectTo(server))
    const small = { ...spec, dimensions: 2, attributes: [] }
    await Promise.all(several.flatMap((one) => [one.prepare({ ...small, name: 'shared' }), one.prepare({ ...small, name: 'other' })]))
    const [one, two, three] = several
    await Promise.all(several.map((each, i) => each.write('shared', [put(`v${i}`, Float32Array.of(1, i))])))
    const ask = { vector: Float32Array.of(1, 0), limit: 5, filter: everything, excludeIds: [] }
    const found = async (index: VectorIndex | undefined): Promise<string[]> => ((await index?.search('shared', ask)) ?? []).map(({ id }) => id)
    expect(await Promise.all(several.map(found))).toEqual(several.map(() => ['v0', 'v1', 'v2']))
    await Promise.all(
      Array.from({ length: 20 }).flatMap((_, i) =>
        several.slice(i % 3, (i % 3) + 1).map((each) => each.write('shared', [{ ...put('v0', Float32Array.of(i + 1, 1)), version: i + 2 }])),
      ),
    )
    expect((await two?.read('shared', ['v0']))?.[0]?.version).toBe(21)
    await one?.swap('shared', 'other')
    expect(await Promise.all(several.map(found))).toEqual(several.map(() => []))
    await two?.drop('shared')
    await expect(found(three)).rejects.toMatchObject({ code: 'UNKNOWN_INDEX' })
    await Promise.all(several.map((each) => each.close()))
  })
})

describe.skipIf(server === undefined)('a server of Cassandra that is killed under a vector index (needs cassandra)', () => {
  let directory: string
  let infra: Infra
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hanse-vectors-'))
    infra = await startInfra({ engines: ['cassandra'], directory })
  })
  afterAll(async () => {
    await infra.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('ends calls with an error that says they may be repeated, and goes on when the server is back', { timeout: 240_000 }, async () => {
    await using vectors = connectTo(infra.cassandra)
    const small = { ...spec, dimensions: 2, attributes: [] }
    await vectors.prepare(small)
    const many = Array.from({ length: 500 }, (_, i) => ({ ...put(`v${i}`, Float32Array.of(1, i)), version: 1 }))
    await vectors.write('products', many)
    const node = infra.node('cassandra-1')
    await node.kill()
    const ask = { vector: Float32Array.of(1, 0), limit: 3, filter: everything, excludeIds: [] }
    const refused = { code: 'ENGINE_FAILED', retryable: true }
    await expect(vectors.write('products', many)).rejects.toMatchObject(refused)
    await expect(vectors.search('products', ask)).rejects.toMatchObject(refused)
    await expect(vectors.read('products', ['v1'])).rejects.toMatchObject(refused)
    await node.start()
    const search = async (): Promise<readonly string[]> => {
      for (;;) {
        try {
          return (await vectors.search('products', ask)).map(({ id }) => id)
        } catch (error) {
          if (!HanseError.hasCode(error, 'ENGINE_FAILED') || !error.retryable) throw error
          await systemClock.sleep(200)
        }
      }
    }
    expect(await search()).toEqual(['v0', 'v1', 'v2'])
    expect((await vectors.write('products', many)).every(({ status }) => status === 'applied')).toBe(true)
    expect((await vectors.read('products', ['v499']))[0]?.version).toBe(1)
  })
})

describe.skipIf(server === undefined)('the vector index on Cassandra 5.0.8, whose search is another (needs cassandra)', () => {
  it('passes the suite', { timeout: 240_000 }, async () => {
    await using infra = await startInfra({ engines: ['cassandra'], versions: { cassandra: '5.0.8' } })
    await using vectors = connectTo(infra.cassandra)
    let made = 0
    for (const one of vectorIndexConformance) await expect(one.run({ vectors, indexName: () => `i${++made}` }), one.name).resolves.toBeUndefined()
  })
})

describe.skipIf(server === undefined)('Cassandra 4.1 under a vector index (needs cassandra)', () => {
  it('is refused by name, and nothing is made (seed-requirement 73)', async () => {
    await using infra = await startInfra({ engines: ['cassandra'], versions: { cassandra: '4.1.9' } })
    await using vectors = connectTo(infra.cassandra)
    await expect(vectors.prepare(spec)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('Cassandra has them from 5.0') })
  })
})
