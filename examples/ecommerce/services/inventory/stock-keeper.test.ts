import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateId, systemClock } from '@hanse/core'
import { createDatabase, sqlite } from '@hanse/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StockAnnouncer } from './stock-announcer.ts'
import { createStockKeeper } from './stock-keeper.ts'
import type { StockKeeper } from './stock-keeper.ts'
import { stock } from './tables.ts'

const quiet: StockAnnouncer = { start: async () => undefined, mark: async () => undefined, announce: () => undefined, close: async () => undefined }

const openStore = async (file = ':memory:') => {
  const db = createDatabase({ engine: sqlite({ file }), tables: { stock } })
  await db.start()
  return db
}
type Store = Awaited<ReturnType<typeof openStore>>
const keeperOn = (db: Store, announcer = quiet): StockKeeper => createStockKeeper({ db, announcer, clock: systemClock })

/** Products of which orders take one each. */
const [first, second, third] = [generateId(), generateId(), generateId()]
const lines = [
  { productId: first, quantity: 1 },
  { productId: second, quantity: 1 },
]

const statesOf = async (db: Store, order: string): Promise<readonly (string | undefined)[]> => {
  const rows = await Promise.all([first, second, third].map((product_id) => db.stock.get({ product_id, order_id: order })))
  return rows.map((row) => row?.state ?? undefined)
}

/** A process that dies before, or right after, its n-th write. */
const dying = (at: number, when: 'before' | 'after'): StockAnnouncer => {
  let writes = 0
  const die = (): never => {
    throw new Error('killed')
  }
  return {
    ...quiet,
    async mark() {
      if (++writes === at && when === 'before') die()
    },
    announce() {
      if (writes === at && when === 'after') die()
    },
  }
}

describe('the stock keeper', () => {
  it('never sells more than there is, whoever asks at once from wherever (seed-requirement 60)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stock-'))
    const stores = await Promise.all([openStore(join(folder, 'stock.db')), openStore(join(folder, 'stock.db'))])
    try {
      const [one, other] = [keeperOn(stores[0]), keeperOn(stores[1])]
      await one.introduce(first, 7)
      const orders = Array.from({ length: 200 }, (_, index) => `order-${index}`)
      const answers = await Promise.all(orders.map((order, index) => (index % 2 === 0 ? one : other).reserve(order, [{ productId: first, quantity: 1 }])))
      expect(answers.filter((answer) => answer.short === undefined)).toHaveLength(7)
      expect(await other.countsOf(first)).toMatchObject({ stocked: 7, reserved: 7, sold: 0 })
    } finally {
      await Promise.all(stores.map((db) => db.close()))
      rmSync(folder, { recursive: true })
    }
  })

  it.each(['before', 'after'] as const)('leaves nothing held by an order that is refused, though it dies %s any write and is asked again', async (when) => {
    const three = [...lines, { productId: third, quantity: 1 }]
    for (let at = 1; at <= 6; at++) {
      await using db = await openStore()
      await keeperOn(db).introduce(first, 5)
      await keeperOn(db).introduce(second, 5)
      await keeperOn(db).introduce(third, 0)
      await keeperOn(db, dying(at, when))
        .reserve('order', three)
        .catch(() => undefined)
      expect(await keeperOn(db).reserve('order', three)).toEqual({ short: expect.any(String) })
      expect(await statesOf(db, 'order')).toEqual(['released', 'released', 'released'])
      for (const product of [first, second, third]) expect(await keeperOn(db).countsOf(product)).toMatchObject({ reserved: 0 })
    }
  })

  it('gives every repeat of a reservation the same answer, even while stock comes and goes', async () => {
    const step = fc.constantFrom('reserve', 'restock', 'other', 'free') satisfies fc.Arbitrary<string>
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), fc.scheduler(), async (steps, scheduler) => {
        await using db = await openStore()
        await keeperOn(db).introduce(first, 3)
        await keeperOn(db).introduce(second, 1)
        const paced = { ...quiet, mark: () => scheduler.schedule(Promise.resolve()) }
        const answers: (string | undefined)[] = []
        const work = ['reserve', ...steps].map(async (kind) => {
          // Each step is a process of its own: they meet only in the store.
          const keeper = keeperOn(db, paced)
          if (kind === 'reserve') answers.push((await keeper.reserve('order', lines)).short)
          if (kind === 'restock') await keeper.setStock(second, 2)
          if (kind === 'other') await keeper.reserve('other', [{ productId: second, quantity: 1 }])
          if (kind === 'free') await keeper.release('other', [second])
        })
        await scheduler.waitFor(Promise.all(work))
        const decisions = new Set(answers.map((short) => (short === undefined ? 'held' : 'released')))
        expect(decisions.size).toBe(1)
        expect(new Set((await statesOf(db, 'order')).slice(0, 2))).toEqual(decisions)
      }),
      { numRuns: 150 },
    )
  })

  it('remembers a release that comes before its reservation', async () => {
    await using db = await openStore()
    await keeperOn(db).introduce(first, 5)
    await keeperOn(db).release('order', [first])
    expect(await keeperOn(db).reserve('order', [{ productId: first, quantity: 1 }])).toEqual({ short: first })
    expect(await keeperOn(db).countsOf(first)).toMatchObject({ reserved: 0 })
  })

  it('introduces a product although an order asked for it, and gave up, before', async () => {
    await using db = await openStore()
    await keeperOn(db).reserve('early', [{ productId: first, quantity: 1 }])
    await keeperOn(db).release('early', [first])
    await keeperOn(db).introduce(first, 5)
    await keeperOn(db).introduce(first, 9)
    expect(await keeperOn(db).countsOf(first)).toMatchObject({ stocked: 5, reserved: 0, sold: 0 })
  })

  it('does not introduce a product again whose stock was set to nothing', async () => {
    await using db = await openStore()
    await keeperOn(db).introduce(first, 5)
    await keeperOn(db).setStock(first, 0)
    await keeperOn(db).introduce(first, 5)
    expect(await keeperOn(db).countsOf(first)).toMatchObject({ stocked: 0 })
  })

  it('sells what is held, once, and refuses to sell what is not', async () => {
    await using db = await openStore()
    await keeperOn(db).introduce(first, 5)
    await keeperOn(db).reserve('order', [{ productId: first, quantity: 2 }])
    await keeperOn(db).sell('order', [first])
    await keeperOn(db).sell('order', [first])
    await keeperOn(db).release('order', [first])
    expect(await keeperOn(db).countsOf(first)).toMatchObject({ stocked: 5, reserved: 0, sold: 2 })
    expect(await keeperOn(db).sell('nobody', [first])).toEqual({ missing: first })
  })

  it('announces a change whose outcome it does not know', async () => {
    await using db = await openStore()
    await keeperOn(db).introduce(first, 5)
    const announced: string[] = []
    const broken = {
      ...db,
      atomically: () => Promise.reject(new Error('no answer from the store')),
    } as unknown as Store // A store that fails in one method; the others are the real ones.
    const keeper = keeperOn(broken, { ...quiet, announce: (product) => void announced.push(product) })
    await expect(keeper.reserve('order', [{ productId: first, quantity: 1 }])).rejects.toThrow('no answer')
    expect(announced).toEqual([first])
  })
})
