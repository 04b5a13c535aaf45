import { generateId } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { createEventBus, createOutbox, embedded } from '@hanse/event-bus'
import { describe, expect, it } from 'vitest'
import { newProduct, productChange } from '../../contracts/bodies.ts'
import { createCatalogueHandlers } from './catalogue-handlers.ts'
import type { CatalogueParts } from './catalogue-handlers.ts'
import { productTables, revisionOf, toSnapshot } from './products.ts'

interface Listed {
  readonly data: readonly { readonly id: string; readonly category: string }[]
  readonly page: { readonly next: string | null }
}

async function open() {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: productTables })
  const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'product-service' })
  const clock = createManualClock()
  await db.start()
  const outbox = createOutbox({ store: db, bus, rows: [db.products], relay: false })
  await outbox.start()
  const parts: CatalogueParts = { db, bus, outbox, clock, generateId, secret: new Uint8Array(32) }
  const admin = { id: generateId(), role: 'admin' as const }
  const call = { query: {}, caller: admin, ifMatch: undefined, idempotencyKey: undefined, lastEventId: undefined, signal: new AbortController().signal }
  const over = (more: Partial<CatalogueParts> = {}) => {
    const handlers = createCatalogueHandlers({ ...parts, ...more })
    return {
      async create(fields: { readonly category: string; readonly name?: string }): Promise<string> {
        const { body } = await handlers.createProduct({ ...call, params: {}, body: newProduct.parse({ name: 'Thing', price: '1.00', ...fields }) })
        return (body as { readonly data: { readonly id: string } }).data.id
      },
      change: (id: string, fields: object, ifMatch?: string) => handlers.updateProduct({ ...call, ifMatch, params: { id }, body: productChange.parse(fields) }),
      remove: (id: string) => handlers.deleteProduct({ ...call, params: { id }, body: undefined }),
      async list(category: string, limit = 10, cursor?: string): Promise<Listed> {
        const { body } = await handlers.listByCategory({ ...call, params: { category }, query: { limit, cursor }, body: undefined })
        return body as unknown as Listed // The body of every list.
      },
    }
  }
  const ids = async (category: string) => (await over().list(category)).data.map((product) => product.id)
  return { ...over(), db, clock, outbox, over, ids }
}

describe('products by category', () => {
  it('come paged, across months, each once, newest first (seed-requirement 61)', async () => {
    const shop = await open()
    const made: string[] = []
    for (let n = 0; n < 7; n++) {
      made.unshift(await shop.create({ category: 'Lamps' }))
      await shop.create({ category: 'Chairs' })
      await shop.clock.advance(12 * 24 * 3_600_000)
    }
    const read: string[] = []
    for (let cursor: string | undefined; ;) {
      const { data, page } = await shop.list('Lamps', 2, cursor)
      read.push(...data.map((product) => product.id))
      if (page.next === null) break
      cursor = page.next
    }
    expect(read).toEqual(made)
  })

  it('of another category, of none, and deleted ones are not among them', async () => {
    const shop = await open()
    const id = await shop.create({ category: 'Lamps' })
    const gone = await shop.create({ category: 'Lamps' })
    await shop.remove(gone)
    expect(await shop.ids('Lamps')).toEqual([id])
    await shop.change(id, { category: 'Lights' })
    expect(await shop.ids('Lamps')).toEqual([])
    expect(await shop.ids('Lights')).toEqual([id])
    expect(await shop.ids('No such thing')).toEqual([])
  })

  it('are complete when two changes of a category cross each other', async () => {
    const shop = await open()
    const id = await shop.create({ category: 'Lamps' })
    let crossed = false
    const slow = shop.over({
      db: {
        ...shop.db,
        listEntries: {
          ...shop.db.listEntries,
          // The first change has been written and comes to tidy up; meanwhile the second one is made.
          delete: (key: Parameters<typeof shop.db.listEntries.delete>[0]) => {
            const removed = async () => {
              if (!crossed) {
                crossed = true
                await shop.change(id, { category: 'Lamps' })
              }
              await shop.db.listEntries.delete(key)
            }
            return removed()
          },
        },
      } as unknown as CatalogueParts['db'], // One method waits; the others are the real ones.
    })
    await slow.change(id, { category: 'Lights' })
    expect(await shop.ids('Lamps')).toEqual([id])
    expect(await shop.ids('Lights')).toEqual([])
  })
})

describe('a change of a product', () => {
  it.each(['change', 'remove'] as const)('(%s) is reported under the revision of exactly what is stored, also when the stock moves meanwhile', async (kind) => {
    const shop = await open()
    const id = await shop.create({ category: 'Lamps' })
    let tries = 0
    const events: unknown[] = []
    const racing = shop.over({
      outbox: {
        ...shop.outbox,
        async commit(rows, key, encoded, write) {
          if (tries++ === 0) await shop.db.products.update({ id }).set({ inventory_count: 7, stock_version: 1 }).if('stock_version', '<', 1)
          events.push(...encoded.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as unknown))
          return shop.outbox.commit(rows, key, encoded, write)
        },
      },
    })
    await (kind === 'change' ? racing.change(id, { name: 'Better thing' }) : racing.remove(id))
    const row = await shop.db.products.get({ id })
    if (row === undefined) throw new Error('the row is gone')
    const version = revisionOf(row)
    expect(events.at(-1)).toEqual(kind === 'change' ? { product: toSnapshot(row), version } : { productId: id, version })
    expect(row).toMatchObject({ inventory_count: 7, version: 2, deleted: kind === 'remove' })
  })

  it('is refused when somebody else made one meanwhile', async () => {
    const shop = await open()
    const id = await shop.create({ category: 'Lamps' })
    const changes = await Promise.allSettled([shop.change(id, { name: 'One name' }), shop.change(id, { name: 'Other name' })])
    expect(changes.map((change) => change.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await expect(shop.change(id, { name: 'Third name' }, '1')).rejects.toMatchObject({ status: 412 })
  })
})
