import { createIdGenerator, seededRandom } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addToList, listTables, readList, removeFromList } from './bucketed-list.ts'

const openStore = async () => {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: listTables })
  await db.start()
  return db
}
type Store = Awaited<ReturnType<typeof openStore>>

const monthMs = 31 * 24 * 3_600_000

/** Fills a list with so many members a month; gives them as they must be read, newest first. */
async function fill(db: Store, list: string, perMonth: readonly number[]): Promise<string[]> {
  const clock = createManualClock()
  const generateId = createIdGenerator({ clock, random: seededRandom(1) })
  const ids: string[] = []
  for (const members of perMonth) {
    for (let n = 0; n < members; n++) {
      const id = generateId()
      ids.unshift(id)
      await addToList(db, list, new Date(clock.now()), id)
      await clock.advance(1_000)
    }
    await clock.advance(monthMs)
  }
  return ids
}

async function readAll(db: Store, list: string, limit: number): Promise<{ ids: string[]; sizes: number[] }> {
  const ids: string[] = []
  const sizes: number[] = []
  for (let cursor: string | undefined; ;) {
    const page = await readList(db, list, limit, cursor)
    ids.push(...page.ids)
    sizes.push(page.ids.length)
    if (page.next === null) return { ids, sizes }
    cursor = page.next
  }
}

describe('a bucketed list', () => {
  it('gives every member once, newest first, in full pages, across months (seed-requirement 61)', async () => {
    const months = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(months, fc.integer({ min: 1, max: 7 }), async (perMonth, limit) => {
        await using db = await openStore()
        const expected = await fill(db, 'products', perMonth)
        const { ids, sizes } = await readAll(db, 'products', limit)
        expect(ids).toEqual(expected)
        expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('neither repeats nor skips when members come in between two pages', async () => {
    await using db = await openStore()
    const expected = await fill(db, 'products', [3, 3])
    const first = await readList(db, 'products', 4, undefined)
    await addToList(db, 'products', new Date(Date.UTC(2026, 8, 1)), 'ffffffff-0000-7000-8000-000000000000')
    const second = await readList(db, 'products', 4, first.next ?? undefined)
    expect([...first.ids, ...second.ids]).toEqual(expected)
  })

  it('puts a member in once, however often it is added, and takes it out', async () => {
    await using db = await openStore()
    const [id = ''] = await fill(db, 'products', [1])
    const time = new Date(Date.UTC(2026, 0, 1))
    await addToList(db, 'products', time, id)
    expect(await readList(db, 'products', 10, undefined)).toEqual({ ids: [id], next: null })
    await removeFromList(db, 'products', time, id)
    expect(await readList(db, 'products', 10, undefined)).toEqual({ ids: [], next: null })
  })

  it.each(['x', '2026-01.forged', '2026-01', '1999-01.', '2026-13.x', '2026-01.%00', '.', '2026-01.' + 'A'.repeat(500)])(
    'answers 400 for the forged cursor %s',
    async (cursor) => {
      await using db = await openStore()
      await fill(db, 'products', [3])
      await expect(readList(db, 'products', 2, cursor)).rejects.toMatchObject({ status: 400, code: 'invalid_cursor' })
    },
  )

  it('answers 400 for a cursor of another list, or of another month', async () => {
    await using db = await openStore()
    await fill(db, 'products', [3, 3])
    await fill(db, 'users', [3, 3])
    const { next } = await readList(db, 'products', 2, undefined)
    await expect(readList(db, 'users', 2, next ?? '')).rejects.toMatchObject({ status: 400 })
    const moved = (next ?? '').replace(/^\d{4}-\d{2}/, '2026-01')
    await expect(readList(db, 'products', 2, moved)).rejects.toMatchObject({ status: 400 })
  })
})
