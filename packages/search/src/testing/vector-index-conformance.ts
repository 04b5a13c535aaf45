import assert from 'node:assert/strict'
import { seededRandom } from '@hanse/core'
import type { AttributeValue, Filter } from '../index/filter.ts'
import { everything } from '../index/filter.ts'
import type { VectorIndex, VectorQuery, VectorSpec, VectorWrite } from '../vector/vector-index.ts'
import type { VectorIndexCase, VectorIndexHarness } from './harness.ts'

const attributes: VectorSpec['attributes'] = [
  { name: 'shop', type: 'string', many: false },
  { name: 'tags', type: 'string', many: true },
  { name: 'price', type: 'integer', many: false },
]

interface Opened {
  readonly vectors: VectorIndex
  readonly name: string
  readonly spec: VectorSpec
}

async function open(harness: VectorIndexHarness, more: Partial<VectorSpec> = {}): Promise<Opened> {
  const { vectors } = harness
  const name = harness.indexName()
  const spec: VectorSpec = { name, dimensions: 3, metric: 'cosine', model: 'm1', attributes, ...more }
  await vectors.prepare(spec)
  return { vectors, name, spec }
}

function put(
  id: string,
  vector: readonly number[],
  more: { readonly version?: number; readonly attributes?: Record<string, readonly AttributeValue[]> } = {},
): VectorWrite {
  const entry = { id, vector: Float32Array.from(vector), contentHash: `h-${id}`, attributes: new Map(Object.entries(more.attributes ?? {})) }
  return { kind: 'index', entry, ...(more.version === undefined ? {} : { version: more.version }) }
}

function ask(vector: readonly number[], more: Partial<VectorQuery> = {}): VectorQuery {
  return { vector: Float32Array.from(vector), limit: 10, filter: everything, excludeIds: [], ...more }
}

async function ids({ vectors, name }: Opened, query: VectorQuery): Promise<string[]> {
  return (await vectors.search(name, query)).map(({ id }) => id)
}

const close = (actual: number | undefined, expected: number): void => assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-5, `${actual} is not ${expected}`)

const corners: readonly VectorWrite[] = [put('x', [1, 0, 0]), put('y', [0, 2, 0]), put('xy', [1, 1, 0]), put('not-x', [-1, 0, 0])]

/** What every `VectorIndex` must show, as data for any test runner. */
export const vectorIndexConformance: readonly VectorIndexCase[] = [
  {
    name: 'an empty index gives no hits',
    async run(harness) {
      assert.deepEqual(await ids(await open(harness), ask([1, 0, 0])), [])
    },
  },
  {
    name: 'cosine ranks by angle; score is (1 + cosine) / 2 (seed-requirement 71)',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(index.name, corners)
      const hits = await index.vectors.search(index.name, ask([3, 0, 0]))
      assert.deepEqual(
        hits.map(({ id }) => id),
        ['x', 'xy', 'y', 'not-x'],
      )
      for (const [i, cosine] of [1, Math.SQRT1_2, 0, -1].entries()) {
        close(hits[i]?.similarity, cosine)
        close(hits[i]?.score, (1 + cosine) / 2)
      }
    },
  },
  {
    name: 'dot ranks by inner product, length included; score stays in [0, 1] (seed-requirement 71)',
    async run(harness) {
      const index = await open(harness, { metric: 'dot' })
      await index.vectors.write(index.name, [put('long', [5, 5, 0]), put('short', [1, 0, 0]), put('back', [-4, 0, 0]), put('zero', [0, 0, 0])])
      const hits = await index.vectors.search(index.name, ask([2, 0, 0]))
      assert.deepEqual(
        hits.map(({ id }) => id),
        ['long', 'short', 'zero', 'back'],
      )
      for (const [i, product] of [10, 2, 0, -8].entries()) close(hits[i]?.similarity, product)
      for (const { score, similarity } of hits) close(score, (1 + similarity / (1 + Math.abs(similarity))) / 2)
    },
  },
  {
    name: 'limit and threshold take effect (seed-requirement 71)',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(index.name, corners)
      assert.deepEqual(await ids(index, ask([1, 0, 0], { limit: 2 })), ['x', 'xy'])
      assert.deepEqual(await ids(index, ask([1, 0, 0], { minScore: 0.8 })), ['x', 'xy'])
      assert.deepEqual(await ids(index, ask([1, 0, 0], { minScore: 0.86 })), ['x'])
    },
  },
  {
    name: 'excluded ids are left out and made up for (seed-requirement 71)',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(index.name, corners)
      assert.deepEqual(await ids(index, ask([1, 0, 0], { limit: 2, excludeIds: ['x', 'nobody'] })), ['xy', 'y'])
    },
  },
  {
    name: 'hits of equal score come by id (seed-requirement 114)',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(
        index.name,
        ['c', 'a', 'b'].map((id) => put(id, [1, 2, 3])),
      )
      assert.deepEqual(await ids(index, ask([1, 0, 0])), ['a', 'b', 'c'])
      assert.deepEqual(await ids(index, ask([1, 0, 0], { limit: 2 })), ['a', 'b'])
    },
  },
  {
    name: 'filters by value, by one of many values, by range and by absence',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(index.name, [
        put('a', [1, 0, 0], { attributes: { shop: ['n'], tags: ['t1', 't2'], price: [100n] } }),
        put('b', [1, 1, 0], { attributes: { shop: ['s'], tags: ['t2'], price: [250n] } }),
        put('c', [0, 1, 0]),
      ])
      const found = (filter: Filter): Promise<string[]> => ids(index, ask([1, 0, 0], { filter }))
      assert.deepEqual(await found({ kind: 'in', field: 'shop', values: ['n'] }), ['a'])
      assert.deepEqual(await found({ kind: 'in', field: 'tags', values: ['t2'] }), ['a', 'b'])
      assert.deepEqual(await found({ kind: 'range', field: 'price', gt: 100n }), ['b'])
      assert.deepEqual(await found({ kind: 'not', of: { kind: 'exists', field: 'price' } }), ['c'])
      assert.deepEqual(await found({ kind: 'ids', ids: ['c', 'b'] }), ['b', 'c'])
    },
  },
  {
    name: 'vectors are narrowed by all bounds of a range, two on one side included',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(
        index.name,
        [1n, 2n, 3n, 4n].map((price) => put(`d${price}`, [1, 0, Number(price)], { attributes: { price: [price] } })),
      )
      const found = async (bounds: Partial<Extract<Filter, { kind: 'range' }>>): Promise<string[]> =>
        (await ids(index, ask([1, 0, 0], { filter: { kind: 'range', field: 'price', ...bounds } }))).toSorted()
      assert.deepEqual(await found({ gt: 2n, gte: 1n }), ['d3', 'd4'])
      assert.deepEqual(await found({ gt: 1n, gte: 3n }), ['d3', 'd4'])
      assert.deepEqual(await found({ lt: 3n, lte: 4n, gt: 1n, gte: 1n }), ['d2'])
      assert.deepEqual(await found({ lt: 4n, lte: 2n }), ['d1', 'd2'])
      const more: Filter = { kind: 'range', field: 'price', gt: 1n, lt: 4n }
      const both = async (other: Filter): Promise<string[]> => (await ids(index, ask([1, 0, 0], { filter: { kind: 'all', of: [more, other] } }))).toSorted()
      assert.deepEqual(await both({ kind: 'range', field: 'price', gte: 3n }), ['d3'])
      assert.deepEqual(await both({ kind: 'in', field: 'price', values: [2n, 4n] }), ['d2'])
    },
  },
  {
    name: 'texts that look like numbers stay the texts that they are',
    async run(harness) {
      const index = await open(harness)
      const codes = ['007', '7', '7.0', '1e3', '1000']
      await index.vectors.write(
        index.name,
        codes.map((code, i) => put(`d${i}`, [1, 0, i], { attributes: { tags: [code], shop: [code] } })),
      )
      for (const [i, code] of codes.entries())
        for (const field of ['tags', 'shop'])
          assert.deepEqual(await ids(index, ask([1, 0, 0], { filter: { kind: 'in', field, values: [code] } })), [`d${i}`], code)
    },
  },
  {
    name: 'gives min(limit, matches) hits at any selectivity, the right ones',
    async run(harness) {
      const index = await open(harness, { dimensions: 32 })
      const random = seededRandom(5)
      const vector = (): number[] => Array.from({ length: 32 }, () => random() - 0.5)
      const rows = Array.from({ length: 3000 }, (_, i) => ({ id: `v${i}`, vector: vector(), i }))
      const bucket = (i: number): string[] =>
        [i % 2 === 0 ? 'half' : '', i % 100 === 0 ? 'hundredth' : '', i % 1000 === 0 ? 'thousandth' : ''].filter((tag) => tag !== '')
      await index.vectors.write(
        index.name,
        rows.map(({ id, vector: v, i }) => put(id, v, { attributes: { tags: bucket(i) } })),
      )
      const query = vector()
      for (const [tag, step] of [
        ['half', 2],
        ['hundredth', 100],
        ['thousandth', 1000],
      ] as const) {
        const hits = await index.vectors.search(index.name, ask(query, { filter: { kind: 'in', field: 'tags', values: [tag] } }))
        assert.equal(hits.length, Math.min(10, 3000 / step), tag)
        const expected = rows
          .filter(({ i }) => i % step === 0)
          .map(({ id, vector: v }) => ({ id, cosine: cosineOf(v, query) }))
          .toSorted((a, b) => b.cosine - a.cosine)
        const worst = expected[hits.length - 1]?.cosine ?? 0
        assert.ok(hits.filter(({ similarity }) => similarity >= worst - 1e-5).length >= hits.length * 0.9, tag)
      }
    },
  },
  {
    name: 'a vector that is written again is replaced, its attributes too',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(index.name, [put('a', [1, 0, 0], { attributes: { shop: ['n'] } }), put('b', [1, 1, 0])])
      await index.vectors.write(index.name, [put('a', [0, 1, 0])])
      assert.deepEqual(await ids(index, ask([1, 0, 0])), ['b', 'a'])
      assert.deepEqual(await ids(index, ask([1, 0, 0], { filter: { kind: 'in', field: 'shop', values: ['n'] } })), [])
    },
  },
  {
    name: 'a deleted vector is found no more; versions converge as for documents (seed-requirement 63)',
    async run(harness) {
      const index = await open(harness)
      const { vectors, name } = index
      await vectors.write(name, [put('a', [1, 0, 0], { version: 3 })])
      assert.deepEqual(
        (await vectors.write(name, [put('a', [0, 1, 0], { version: 2 })])).map(({ status }) => status),
        ['stale'],
      )
      assert.deepEqual(
        (await vectors.write(name, [{ kind: 'delete', id: 'a', version: 4 }])).map(({ status }) => status),
        ['applied'],
      )
      assert.deepEqual(
        (await vectors.write(name, [put('a', [0, 1, 0], { version: 4 })])).map(({ status }) => status),
        ['stale'],
      )
      assert.deepEqual([await ids(index, ask([1, 0, 0])), await vectors.read(name, ['a'])], [[], [undefined]])
    },
  },
  {
    name: 'reads back vectors with hash and version, in the order of the ids',
    async run(harness) {
      const { vectors, name } = await open(harness)
      await vectors.write(name, [put('a', [3, 0, 4], { version: 7 }), put('b', [0, 1, 0])])
      const [b, none, a] = await vectors.read(name, ['b', 'nobody', 'a'])
      assert.deepEqual([b?.id, none, a?.contentHash, a?.version], ['b', undefined, 'h-a', 7])
      for (const [i, value] of [0.6, 0, 0.8].entries()) close(a?.vector[i], value)
    },
  },
  {
    name: 'a vector of another dimension is refused before anything is written (seed-requirement 68)',
    async run(harness) {
      const index = await open(harness)
      await assert.rejects(index.vectors.write(index.name, [put('a', [1, 0, 0]), put('b', [1, 0])]), { code: 'DIMENSION_MISMATCH' })
      assert.deepEqual(await ids(index, ask([1, 0, 0])), [])
      await assert.rejects(index.vectors.search(index.name, ask([1, 0])), { code: 'DIMENSION_MISMATCH' })
    },
  },
  {
    name: 'a vector that is not finite, or zero under cosine, is refused',
    async run(harness) {
      const { vectors, name } = await open(harness)
      await assert.rejects(vectors.write(name, [put('a', [NaN, 0, 0])]), { code: 'INVALID_DOCUMENT' })
      await assert.rejects(vectors.write(name, [put('a', [0, 0, 0])]), { code: 'INVALID_DOCUMENT' })
    },
  },
  {
    name: 'another model or dimension under the same name is refused (seed-requirements 68, 117)',
    async run(harness) {
      const { vectors, spec } = await open(harness)
      await vectors.prepare(spec)
      await assert.rejects(vectors.prepare({ ...spec, model: 'm2' }), { code: 'MODEL_MISMATCH' })
      await assert.rejects(vectors.prepare({ ...spec, dimensions: 4 }), { code: 'DIMENSION_MISMATCH' })
      await assert.rejects(vectors.prepare({ ...spec, metric: 'dot' }), { code: 'INDEX_MISMATCH' })
    },
  },
  {
    name: 'swap exchanges two indexes, of different models even, and back',
    async run(harness) {
      const one = await open(harness)
      const two = await open(harness, { model: 'm2' })
      await one.vectors.write(one.name, [put('a', [1, 0, 0])])
      await two.vectors.write(two.name, [put('b', [1, 0, 0])])
      await one.vectors.swap(one.name, two.name)
      assert.deepEqual([await ids(one, ask([1, 0, 0])), await ids(two, ask([1, 0, 0]))], [['b'], ['a']])
      await one.vectors.prepare({ ...one.spec, model: 'm2' })
      await one.vectors.swap(one.name, two.name)
      assert.deepEqual(await ids(one, ask([1, 0, 0])), ['a'])
    },
  },
  {
    name: 'a dropped index is gone, and dropping it again is no error',
    async run(harness) {
      const index = await open(harness)
      await index.vectors.write(index.name, corners)
      await index.vectors.drop(index.name)
      await index.vectors.drop(index.name)
      await assert.rejects(index.vectors.search(index.name, ask([1, 0, 0])), { code: 'UNKNOWN_INDEX' })
      await index.vectors.prepare(index.spec)
      assert.deepEqual(await ids(index, ask([1, 0, 0])), [])
    },
  },
]

function cosineOf(a: readonly number[], b: readonly number[]): number {
  const product = (left: readonly number[], right: readonly number[]): number => left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0)
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}
