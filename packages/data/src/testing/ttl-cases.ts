import assert from 'node:assert/strict'
import { addToSet } from '../query/changes.ts'
import { dataCase } from './harness.ts'
import type { DataEngineCase } from './harness.ts'

/** Longer than the times to live of these cases, by more than a server's rounding to seconds. */
const afterMs = 4_500

/** Cells with a time to live, and unique values. */
export const ttlCases: readonly DataEngineCase[] = [
  dataCase('a row inserted with a time to live is gone after it', async ({ db, id, harness }) => {
    await db.rows.insert({ id, seq: 1, status: 'a' }, { ttlSeconds: 3 })
    await db.rows.insert({ id, seq: 2, status: 'a' })
    assert.equal((await db.rows.select({ id })).length, 2)
    await harness.passTime(afterMs)
    assert.equal(await db.rows.get({ id, seq: 1 }), undefined)
    assert.deepEqual(
      (await db.rows.select({ id })).map((row) => row.seq),
      [2],
    )
  }),
  dataCase("the table's own time to live holds where a write names none", async ({ db, id, harness }) => {
    await db.living.insert({ id, seq: 1, status: 'a' })
    await db.living.insert({ id, seq: 2, status: 'a' }, { ttlSeconds: 1_000 })
    await harness.passTime(afterMs)
    assert.deepEqual(
      (await db.living.select({ id })).map((row) => row.seq),
      [2],
    )
  }),
  dataCase('an update with a time to live gives it to its own cells only', async ({ db, id, harness }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'b' })
    await db.rows.update({ id, seq: 1 }, { ttlSeconds: 3 }).set({ note: 'c' })
    await harness.passTime(afterMs)
    const row = await db.rows.get({ id, seq: 1 })
    assert.deepEqual([row?.status, row?.note], ['a', null])
  }),
  dataCase('an update refreshes its own cells, and the row lives as long as one of them', async ({ db, id, harness }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'b' }, { ttlSeconds: 3 })
    await db.rows.update({ id, seq: 1 }, { ttlSeconds: 1_000 }).set({ note: 'c' })
    await harness.passTime(afterMs)
    const row = await db.rows.get({ id, seq: 1 })
    assert.deepEqual([row?.status, row?.note], [null, 'c'])
    await db.rows.update({ id, seq: 1 }).set({ note: null })
    assert.equal(await db.rows.get({ id, seq: 1 }), undefined)
  }),
  dataCase('a write without a time to live makes its cells stay', async ({ db, id, harness }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'b' }, { ttlSeconds: 3 })
    await db.rows.insert({ id, seq: 1, status: 'c' })
    await harness.passTime(afterMs)
    const row = await db.rows.get({ id, seq: 1 })
    assert.deepEqual([row?.status, row?.note], ['c', null])
  }),
  dataCase('an expired row is no hindrance to insertIfAbsent and is no row for conditions', async ({ db, id, harness }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a' }, { ttlSeconds: 3 })
    assert.equal((await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'b' })).applied, false)
    await harness.passTime(afterMs)
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ owner: 'b' }).ifExists(), { applied: false, current: undefined })
    assert.deepEqual(await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'b' }), { applied: true })
    assert.equal((await db.conditional.get({ id, seq: 1 }))?.owner, 'b')
  }),
  dataCase('elements added with a time to live leave their set after it', async ({ db, id, harness }) => {
    await db.collections.insert({ id, tags: ['a'] })
    await db.collections.update({ id }, { ttlSeconds: 3 }).set({ tags: addToSet(['b']) })
    assert.deepEqual((await db.collections.get({ id }))?.tags, ['a', 'b'])
    await harness.passTime(afterMs)
    assert.deepEqual((await db.collections.get({ id }))?.tags, ['a'])
  }),
  dataCase('static columns with a time to live are gone after it', async ({ db, id, harness }) => {
    await db.statics.updateStatic({ id }, { ttlSeconds: 3 }).set({ owner: 'a' }).if({ owner: null })
    await harness.passTime(afterMs)
    assert.equal(await db.statics.getStatic({ id }), undefined)
  }),
  dataCase('pages skip expired rows without losing living ones', async ({ db, id, harness }) => {
    await Promise.all(Array.from({ length: 30 }, (_, seq) => db.rows.insert({ id, seq }, seq % 3 === 0 ? {} : { ttlSeconds: 3 })))
    await harness.passTime(afterMs)
    const seen: number[] = []
    let token: string | null | undefined
    do {
      const page = await db.rows.select({ id }).order('asc').limit(4).page(token)
      seen.push(...page.rows.map((row) => row.seq))
      token = page.next
    } while (token !== null)
    assert.deepEqual(seen, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27])
  }),

  dataCase('a unique value is held by one row, and found by it (seed-requirement 44)', async ({ db, id }) => {
    const email = `${id}@example.org`
    assert.deepEqual(await db.members.insertIfAbsent({ id, email, name: 'Ada' }), { applied: true })
    const other = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const refused = await db.members.insertIfAbsent({ id: other, email })
    assert.equal(refused.applied, false)
    assert.equal(refused.applied ? undefined : refused.conflict, 'email')
    assert.equal(await db.members.get({ id: other }), undefined)
    assert.equal((await db.members.getBy({ email }))?.id, id)
    assert.equal(await db.members.getBy({ email: `not-${email}` }), undefined)
  }),
  dataCase('of twenty concurrent claims of one value exactly one wins (seed-requirement 42)', async ({ db, id }) => {
    const email = `${id}@example.org`
    const rows = Array.from({ length: 20 }, (_, n) => ({ id: `${id.slice(0, -2)}${String(n).padStart(2, '0')}`, email }))
    const results = await Promise.all(rows.map((row) => db.members.insertIfAbsent(row)))
    assert.equal(results.filter((result) => result.applied).length, 1)
    const kept = await Promise.all(rows.map((row) => db.members.get({ id: row.id })))
    assert.equal(kept.filter((row) => row !== undefined).length, 1)
  }),
  dataCase('a unique value changes hands: freed by update and delete, refused while held', async ({ db, id }) => {
    const other = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const [first, second] = [`${id}@a.example`, `${id}@b.example`]
    await db.members.insert({ id, email: first })
    await db.members.insert({ id: other, email: second })
    await assert.rejects(Promise.resolve(db.members.update({ id }).set({ email: second })), { code: 'UNIQUE_CONFLICT' })
    assert.equal((await db.members.get({ id }))?.email, first)
    await db.members.update({ id: other }).set({ email: `${id}@c.example` })
    await db.members.update({ id }).set({ email: second })
    assert.equal((await db.members.getBy({ email: second }))?.id, id)
    assert.equal(await db.members.getBy({ email: first }), undefined)
    await db.members.delete({ id })
    assert.equal(await db.members.getBy({ email: second }), undefined)
    await db.members.update({ id: other }).set({ email: second })
    assert.equal((await db.members.getBy({ email: second }))?.id, other)
  }),
]
