import { systemClock } from '@hanse/core'
import { createDatabase, sqlite } from '@hanse/data'
import { createSearch, embedded, ngramEmbedder } from '@hanse/search'
import { describe, expect, it } from 'vitest'
import { fillIndex } from './fill-index.ts'
import { productIndex } from './product-index.ts'
import { productTables, toSnapshot } from './products.ts'

const id = (n: number): string => `0197a2b4-0000-7000-8000-00000000000${n}`
const product = (n: number, name: string, more: { version?: number; deleted?: boolean } = {}) => ({
  id: id(n),
  name,
  category: 'Instruments',
  price: '9.90',
  currency: 'EUR',
  inventory_count: 3,
  stock_version: 1,
  deleted: false,
  version: 1,
  created_at: new Date(0),
  updated_at: new Date(0),
  ...more,
})

async function open() {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: productTables })
  const search = createSearch({
    engine: embedded({ file: ':memory:' }),
    embedder: ngramEmbedder({ dimensions: 384 }),
    indexes: { products: productIndex },
  })
  await search.prepare()
  const close = async (): Promise<void> => {
    await search.close()
    await db.close()
  }
  return { db, search, clock: systemClock, [Symbol.asyncDispose]: close }
}

describe('fillIndex', () => {
  it('finds what is in the table by text and by nearness, and nothing that was deleted', async () => {
    await using parts = await open()
    for (const row of [product(1, 'Astrolabe'), product(2, 'Astrolabe of brass'), product(3, 'Astrolabe, gone', { deleted: true })])
      await parts.db.products.insertIfAbsent(row)
    await fillIndex(parts)
    const { hits } = await parts.search.products.search('astrolabe')
    expect(hits.map(({ document }) => document.id).toSorted()).toEqual([id(1), id(2)])
    expect((await parts.search.products.similar({ to: id(1) })).map(({ document }) => document.id)).toEqual([id(2)])
  })

  it('fills once, and again when it was interrupted', async () => {
    await using parts = await open()
    await parts.db.products.insertIfAbsent(product(1, 'Astrolabe'))
    const died = new Error('died here')
    const dying = { ...parts.search, products: { ...parts.search.products, bulk: () => Promise.reject(died) } }
    await expect(fillIndex({ ...parts, search: dying })).rejects.toBe(died)
    await fillIndex(parts)
    expect(await parts.search.products.count()).toBe(1)
    await parts.db.products.insertIfAbsent(product(2, 'Sextant'))
    await fillIndex(parts)
    expect(await parts.search.products.count()).toBe(1)
  })

  it('leaves a change alone that came meanwhile, and is no obstacle to one that comes later', async () => {
    await using parts = await open()
    const [before, meanwhile, later] = [product(1, 'Before'), product(1, 'Meanwhile', { version: 2 }), product(1, 'Later', { version: 3 })]
    await parts.db.products.insertIfAbsent(before)
    await parts.search.products.index(toSnapshot({ ...empty, ...meanwhile }), { version: 3 })
    await fillIndex(parts)
    expect((await parts.search.products.get(id(1)))?.name).toBe('Meanwhile')
    expect(await parts.search.products.index(toSnapshot({ ...empty, ...later }), { version: 4 })).toBe('applied')
    expect(await parts.search.products.index(toSnapshot({ ...empty, ...meanwhile }), { version: 3 })).toBe('stale')
  })
})

const empty = { description: null, brand: null, attributes: null, tags: null, images: null, pending_events: null }
