import assert from 'node:assert/strict'
import { generateId } from '@hanse/core'
import { dataCase } from './harness.ts'
import type { CaseContext, DataEngineCase } from './harness.ts'

async function fill({ db, id }: CaseContext, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => db.rows.insert({ id, seq: index + 1 })))
}

const seqs = (rows: readonly { readonly seq: number }[]): number[] => rows.map((row) => row.seq)

/** Reads of slices: order, bounds, limits, pages. */
export const sliceCases: readonly DataEngineCase[] = [
  dataCase('select gives rows in the declared clustering order', async (context) => {
    await fill(context, 5)
    assert.deepEqual(seqs(await context.db.rows.select({ id: context.id })), [5, 4, 3, 2, 1])
  }),
  dataCase('order turns the direction', async (context) => {
    await fill(context, 3)
    assert.deepEqual(seqs(await context.db.rows.select({ id: context.id }).order('asc')), [1, 2, 3])
    assert.deepEqual(seqs(await context.db.rows.select({ id: context.id }).order('desc')), [3, 2, 1])
  }),
  dataCase('limit gives the first rows of the order', async (context) => {
    await fill(context, 5)
    assert.deepEqual(seqs(await context.db.rows.select({ id: context.id }).limit(2)), [5, 4])
    assert.deepEqual(seqs(await context.db.rows.select({ id: context.id }).order('asc').limit(2)), [1, 2])
  }),
  dataCase('bounds are inclusive or exclusive as written', async (context) => {
    await fill(context, 5)
    const select = context.db.rows.select({ id: context.id })
    assert.deepEqual(seqs(await select.where('seq', '>=', 2).where('seq', '<=', 4)), [4, 3, 2])
    assert.deepEqual(seqs(await select.where('seq', '>', 2).where('seq', '<', 4)), [3])
    assert.deepEqual(seqs(await select.where('seq', '>', 5)), [])
    assert.deepEqual(seqs(await select.where('seq', '>', 4).where('seq', '<', 2)), [])
  }),
  dataCase('negative numbers sort below zero', async ({ db, id }) => {
    for (const seq of [1, -1, 0, -2147483648, 2147483647]) await db.rows.insert({ id, seq })
    assert.deepEqual(seqs(await db.rows.select({ id })), [2147483647, 1, 0, -1, -2147483648])
    assert.deepEqual(seqs(await db.rows.select({ id }).where('seq', '<', 0)), [-1, -2147483648])
  }),
  dataCase('clustering columns with different directions sort each its own way', async ({ db, id }) => {
    const partition = { tenant: id, day: '2026-01-31' }
    for (const hour of [2, 1]) for (const minute of [1, 2]) await db.composite.insert({ ...partition, hour, minute })
    const pairs = (rows: readonly { readonly hour: number; readonly minute: number }[]): number[][] => rows.map(({ hour, minute }) => [hour, minute])
    assert.deepEqual(pairs(await db.composite.select(partition)), [
      [1, 2],
      [1, 1],
      [2, 2],
      [2, 1],
    ])
    assert.deepEqual(pairs(await db.composite.select(partition).order('desc')), [
      [2, 1],
      [2, 2],
      [1, 1],
      [1, 2],
    ])
  }),
  dataCase('two bounds of the same side are refused', async ({ db, id }) => {
    const refused = { code: 'INVALID_ARGUMENT' }
    await assert.rejects(async () => db.rows.select({ id }).where('seq', '>', 1).where('seq', '>=', 2), refused)
    await assert.rejects(async () => db.rows.delete({ id }).where('seq', '<', 3).where('seq', '<=', 2), refused)
  }),
  dataCase('a clustering prefix selects what is under it and bounds the next column', async ({ db, id }) => {
    const partition = { tenant: id, day: '2026-01-31' }
    for (const hour of [1, 2]) for (const minute of [1, 2, 3]) await db.composite.insert({ ...partition, hour, minute })
    assert.deepEqual(
      (await db.composite.select({ ...partition, hour: 2 })).map(({ minute }) => minute),
      [3, 2, 1],
    )
    assert.deepEqual(
      (await db.composite.select({ ...partition, hour: 2 }).where('minute', '<', 3)).map(({ minute }) => minute),
      [2, 1],
    )
    assert.deepEqual(
      (await db.composite.select({ ...partition, hour: 2 }).order('asc')).map(({ minute }) => minute),
      [1, 2, 3],
    )
    assert.equal((await db.composite.select({ ...partition, hour: 2, minute: 2 })).length, 1)
    assert.deepEqual(
      (await db.composite.select(partition).where('hour', '>', 1)).map(({ hour, minute }) => [hour, minute]),
      [
        [2, 3],
        [2, 2],
        [2, 1],
      ],
    )
  }),
  dataCase('pages follow each other without gap or repetition and end with null', async (context) => {
    await fill(context, 7)
    const seen: number[] = []
    let token: string | null | undefined
    for (let pages = 1; pages <= 3; pages++) {
      const page = await context.db.rows.select({ id: context.id }).limit(3).page(token)
      seen.push(...seqs(page.rows))
      token = page.next
    }
    assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1])
    assert.equal(token, null)
  }),
  dataCase('pages of a bucketed partition hold with several clustering columns, both directions and bounds (seed-requirement 61)', async ({ db, id }) => {
    const partition = { tenant: id, day: '2026-01-31' }
    for (const hour of [1, 2, 3]) for (const minute of [1, 2, 3]) await db.composite.insert({ ...partition, hour, minute })
    for (const direction of ['asc', 'desc'] as const) {
      const select = db.composite.select(partition).where('hour', '>=', 1).where('hour', '<=', 3).order(direction)
      const whole = await select
      const paged: unknown[] = []
      let token: string | null | undefined
      do {
        const page = await select.limit(2).page(token)
        paged.push(...page.rows)
        token = page.next
      } while (token !== null)
      assert.deepEqual(paged, whole)
      assert.equal(whole.length, 9)
    }
  }),
  dataCase('a page that ends with the last row has no next, or a next page without rows', async (context) => {
    await fill(context, 4)
    const first = await context.db.rows.select({ id: context.id }).limit(2).page()
    const second = await context.db.rows.select({ id: context.id }).limit(2).page(first.next)
    assert.deepEqual(seqs(second.rows), [2, 1])
    if (second.next !== null) assert.deepEqual(await context.db.rows.select({ id: context.id }).limit(2).page(second.next), { rows: [], next: null })
  }),
  dataCase('rows that come and go between two pages shift nothing', async (context) => {
    await fill(context, 6)
    const { db, id } = context
    const first = await db.rows.select({ id }).limit(2).page()
    await db.rows.delete({ id, seq: 5 })
    await db.rows.insert({ id, seq: 100 })
    await db.rows.delete({ id, seq: 3 })
    assert.deepEqual(seqs((await db.rows.select({ id }).limit(2).page(first.next)).rows), [4, 2])
  }),
  dataCase('the number of rows may change from page to page', async (context) => {
    await fill(context, 6)
    const { db, id } = context
    const first = await db.rows.select({ id }).limit(1).page()
    assert.deepEqual(seqs((await db.rows.select({ id }).limit(4).page(first.next)).rows), [5, 4, 3, 2])
  }),
  dataCase('iteration gives every row, over several pages underneath', async (context) => {
    await fill(context, 2_100)
    let expected = 2_100
    for await (const row of context.db.rows.select({ id: context.id })) assert.equal(row.seq, expected--)
    assert.equal(expected, 0)
    assert.equal((await context.db.rows.select({ id: context.id }).limit(2_050)).length, 2_050)
  }),
  dataCase('a page token of another query is refused (seed-requirement 52)', async (context) => {
    await fill(context, 3)
    const { db, id } = context
    const { next } = await db.rows.select({ id }).limit(1).page()
    const refused = { name: 'HanseError', code: 'INVALID_CURSOR' }
    await assert.rejects(db.rows.select({ id: generateId() }).limit(1).page(next), refused)
    await assert.rejects(db.rows.select({ id }).order('asc').limit(1).page(next), refused)
    await assert.rejects(db.rows.select({ id }).where('seq', '<', 3).limit(1).page(next), refused)
    await assert.rejects(
      db.rows
        .select({ id }, { columns: ['seq'] })
        .limit(1)
        .page(next),
      refused,
    )
    await assert.rejects(db.statics.select({ id }).limit(1).page(next), refused)
  }),
  dataCase('a forged, cut or empty page token is refused (seed-requirement 52)', async (context) => {
    await fill(context, 3)
    const select = context.db.rows.select({ id: context.id }).limit(1)
    const { next } = await select.page()
    const token = next ?? assert.fail('there is a second page')
    const swapped = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`
    for (const forged of [swapped, token.slice(0, -1), `${token}A`, '', 'x', '../..', token.slice(0, 10)]) {
      await assert.rejects(select.page(forged), { code: 'INVALID_CURSOR' })
    }
  }),
  dataCase(
    'a page token works in another process on the same store',
    async (context) => {
      await fill(context, 3)
      const { next } = await context.db.rows.select({ id: context.id }).limit(1).page()
      const other = await context.another()
      assert.deepEqual(seqs((await other.rows.select({ id: context.id }).limit(1).page(next)).rows), [2])
    },
    ['shared-store'],
  ),
]
