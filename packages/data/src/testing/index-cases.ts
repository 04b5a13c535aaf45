import assert from 'node:assert/strict'
import { generateId } from '@hanse/core'
import { indexCase } from './harness.ts'
import type { DataEngineCase, IndexCaseContext } from './harness.ts'

type Goods = Parameters<IndexCaseContext['db']['goods']['insert']>[0]

async function put({ db, shop }: IndexCaseContext, goods: readonly Omit<Goods, 'id' | 'seq' | 'shop'>[]): Promise<void> {
  await Promise.all(goods.map((one, index) => db.goods.insert({ id: generateId(), seq: index + 1, shop, ...one })))
}

const vector = (...components: readonly number[]): Float32Array => new Float32Array(components)

const seqs = (rows: readonly { readonly seq: number }[]): number[] => rows.map((row) => row.seq).toSorted((a, b) => a - b)

/** Filters on indexed columns, and the nearest vectors. Every case has a `shop` of its own, by which it filters too. */
export const indexCases: readonly DataEngineCase[] = [
  indexCase('find gives the rows of all partitions that have the values', async (context) => {
    const { db, shop } = context
    await put(context, [{ category: 'toys' }, { category: 'books' }, { category: 'toys' }, {}])
    assert.deepEqual(seqs(await db.goods.find({ shop, category: 'toys' })), [1, 3])
    assert.deepEqual(seqs(await db.goods.find({ shop })), [1, 2, 3, 4])
    assert.deepEqual(await db.goods.find({ shop, category: 'none' }), [])
  }),
  indexCase('find gives whole rows with static columns, or the asked columns', async ({ db, shop }) => {
    const id = generateId()
    await db.goods.updateStatic({ id }).set({ owner: 'ann' })
    await db.goods.insert({ id, seq: 1, shop, price: '10.50', tags: ['a'] })
    const [row] = await db.goods.find({ shop })
    assert.equal(row?.owner, 'ann')
    assert.equal(row?.price, '10.50')
    assert.deepEqual(row?.tags, ['a'])
    assert.equal(row?.note, null)
    assert.deepEqual(await db.goods.find({ shop }, { columns: ['owner', 'price'] }), [{ owner: 'ann', price: '10.50' }])
  }),
  indexCase('find follows updates, removals and deletes', async ({ db, shop }) => {
    const key = { id: generateId(), seq: 1 }
    await db.goods.insert({ ...key, shop, category: 'toys' })
    await db.goods.update(key).set({ category: 'books' })
    assert.deepEqual(await db.goods.find({ shop, category: 'toys' }), [])
    assert.deepEqual(seqs(await db.goods.find({ shop, category: 'books' })), [1])
    await db.goods.update(key).set({ category: null })
    assert.deepEqual(await db.goods.find({ shop, category: 'books' }), [])
    await db.goods.delete(key)
    assert.deepEqual(await db.goods.find({ shop }), [])
  }),
  indexCase('find by ranges of numbers is exact at their ends', async (context) => {
    const { db, shop } = context
    await put(context, [
      { price: '9.99', stock: -1, weight: 0.1, views: -9_223_372_036_854_775_808n },
      { price: '10', stock: 0, weight: 0.2, views: 0n },
      { price: '10.00', stock: 1, weight: 1e300, views: 9_007_199_254_740_993n },
      { price: '100', stock: 2_147_483_647, weight: -1, views: 9_223_372_036_854_775_807n },
    ])
    const all = db.goods.find({ shop })
    assert.deepEqual(seqs(await all.where('price', '<', '10')), [1])
    assert.deepEqual(seqs(await all.where('price', '=', '10.0')), [2, 3])
    assert.deepEqual(seqs(await all.where('price', '>', '9.99').where('price', '<=', '100')), [2, 3, 4])
    assert.deepEqual(seqs(await all.where('stock', '>=', 0).where('stock', '<', 2_147_483_647)), [2, 3])
    assert.deepEqual(seqs(await all.where('weight', '<', 0.2)), [1, 4])
    assert.deepEqual(seqs(await all.where('views', '>', 9_007_199_254_740_992n)), [3, 4])
    assert.deepEqual(seqs(await all.where('views', '<=', 0n)), [1, 2])
  }),
  indexCase('filters on one column beyond a value, or a bound from each side, are refused', async ({ db, shop }) => {
    const refused = { code: 'INVALID_ARGUMENT', message: /filters on 'stock'/ }
    await assert.rejects(async () => db.goods.find({ shop, stock: 1 }).where('stock', '=', 1), refused)
    await assert.rejects(async () => db.goods.find({ shop, stock: 1 }).where('stock', '<', 2), refused)
    await assert.rejects(async () => db.goods.find({ shop }).where('stock', '>', 1).where('stock', '>=', 2), refused)
    assert.deepEqual(
      await db.goods.find({ shop }).where('stock', '>', 1).where('stock', '<=', 2).where('tags', 'contains', 'a').where('tags', 'contains', 'b'),
      [],
    )
  }),
  indexCase('find by dates, times and booleans', async (context) => {
    const { db, shop } = context
    await put(context, [
      { day: '1969-12-31', added: new Date(-1), active: true },
      { day: '2026-01-31', added: new Date(1_700_000_000_001), active: false },
    ])
    const all = db.goods.find({ shop })
    assert.deepEqual(seqs(await all.where('day', '<', '2026-01-31')), [1])
    assert.deepEqual(seqs(await all.where('day', '=', '2026-01-31')), [2])
    assert.deepEqual(seqs(await all.where('added', '>', new Date(1_700_000_000_000))), [2])
    assert.deepEqual(seqs(await db.goods.find({ shop, active: false })), [2])
  }),
  indexCase('find looks into sets and lists', async (context) => {
    const { db, shop } = context
    await put(context, [{ tags: ['red', 'round'], sizes: [1, 2] }, { tags: ['red'], sizes: [2] }, {}])
    const all = db.goods.find({ shop })
    assert.deepEqual(seqs(await all.where('tags', 'contains', 'red')), [1, 2])
    assert.deepEqual(seqs(await all.where('tags', 'contains', 'red').where('tags', 'contains', 'round')), [1])
    assert.deepEqual(seqs(await all.where('sizes', 'contains', 1)), [1])
    assert.deepEqual(seqs(await all.where('tags', 'contains', 're')), [])
  }),
  indexCase('find tells texts apart by every character, the empty one included', async (context) => {
    const { db, shop } = context
    await put(context, [{ category: 'Straße' }, { category: 'straße' }, { category: '' }, { category: "o'clock \u{1f570}" }])
    assert.deepEqual(seqs(await db.goods.find({ shop, category: 'Straße' })), [1])
    assert.deepEqual(seqs(await db.goods.find({ shop, category: '' })), [3])
    assert.deepEqual(seqs(await db.goods.find({ shop, category: "o'clock \u{1f570}" })), [4])
  }),
  indexCase('find by pages gives every row once', async (context) => {
    const { db, shop } = context
    await put(
      context,
      Array.from({ length: 25 }, (_, index) => ({ stock: index })),
    )
    const seen: number[] = []
    let token: string | null = null
    do {
      const page = await db.goods.find({ shop }).where('stock', '<', 20).limit(7).page(token)
      assert.ok(page.rows.length <= 7)
      seen.push(...seqs(page.rows))
      token = page.next
    } while (token !== null)
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
    const { next } = await db.goods.find({ shop }).where('stock', '<', 20).limit(7).page()
    await assert.rejects(db.goods.find({ shop }).where('stock', '<', 19).limit(7).page(next), { code: 'INVALID_CURSOR' })
  }),
  indexCase('find leaves out cells whose time is over', async ({ db, harness, shop }) => {
    const key = { id: generateId(), seq: 1 }
    await db.goods.insert({ ...key, shop })
    await db.goods.update(key, { ttlSeconds: 1 }).set({ category: 'short' })
    assert.deepEqual(seqs(await db.goods.find({ shop, category: 'short' })), [1])
    await harness.passTime(1_500)
    assert.deepEqual(await db.goods.find({ shop, category: 'short' }), [])
    assert.deepEqual(seqs(await db.goods.find({ shop })), [1])
  }),
  indexCase('nearest gives the rows by the cosine of their vectors', async (context) => {
    const { db, shop } = context
    await put(context, [{ embedding: vector(1, 0, 0) }, { embedding: vector(0, 5, 0) }, { embedding: vector(-2, 0, 0) }, { embedding: vector(1, 1, 0) }, {}])
    const near = await db.goods.nearest('embedding', vector(2, 0, 0), { limit: 10, where: { shop } })
    assert.deepEqual(
      near.map(({ row }) => row.seq),
      [1, 4, 2, 3],
    )
    for (const [index, cosine] of [1, Math.SQRT1_2, 0, -1].entries())
      assert.ok(Math.abs((near[index]?.similarity ?? 9) - cosine) < 1e-5, `${index}: ${near[index]?.similarity}`)
    assert.deepEqual(near[0]?.row.embedding, vector(1, 0, 0))
  }),
  indexCase('nearest gives at most so many rows, only asked columns, only rows that all filters let through', async (context) => {
    const { db, shop } = context
    await put(context, [
      { embedding: vector(1, 0.1, 0), category: 'toys' },
      { embedding: vector(1, 0, 0), category: 'books' },
      { embedding: vector(1, 0.2, 0), category: 'toys' },
      { embedding: vector(0, 0, 1), category: 'toys' },
    ])
    const near = await db.goods.nearest('embedding', vector(1, 0, 0), { limit: 2, where: { shop, category: 'toys' }, columns: ['seq'] })
    assert.deepEqual(
      near.map(({ row }) => row),
      [{ seq: 1 }, { seq: 3 }],
    )
  }),
  indexCase('nearest finds all of a few matches among many', async (context) => {
    const { db, shop } = context
    await put(
      context,
      Array.from({ length: 60 }, (_, index) => ({ embedding: vector(Math.cos(index), Math.sin(index), 0.5), category: index % 20 === 0 ? 'rare' : 'many' })),
    )
    const near = await db.goods.nearest('embedding', vector(1, 0, 0.5), { limit: 10, where: { shop, category: 'rare' } })
    assert.deepEqual(
      near.map(({ row }) => row.category),
      ['rare', 'rare', 'rare'],
    )
  }),
  indexCase('a vector of zeros is refused where it has an index', async ({ db, shop }) => {
    const key = { id: generateId(), seq: 1 }
    const refused = { code: 'INVALID_ARGUMENT', message: /other than zero/ }
    await assert.rejects(async () => db.goods.insert({ ...key, shop, embedding: vector(0, 0, 0) }), refused)
    await assert.rejects(async () => db.goods.update(key).set({ embedding: vector(0, 0, 0) }), refused)
    await assert.rejects(async () => db.goods.nearest('embedding', vector(0, -0, 0), { limit: 1 }), refused)
  }),
]
