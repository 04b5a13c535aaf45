import assert from 'node:assert/strict'
import { generateId } from '@hanse/core'
import { dataCase } from './harness.ts'
import type { DataEngineCase } from './harness.ts'

const empty = { status: null, note: null, n: null, total: null, at: null, data: null }

/** Inserts, updates, deletes and reads of single rows. */
export const rowCases: readonly DataEngineCase[] = [
  dataCase('a row that was never written is undefined', async ({ db, id }) => {
    assert.equal(await db.rows.get({ id, seq: 1 }), undefined)
    assert.deepEqual(await db.rows.select({ id }), [])
  }),
  dataCase('an inserted row is read back with null for what it does not have', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'open' })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1, status: 'open' })
  }),
  dataCase('a row of nothing but its key exists when it was inserted', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1 })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1 })
  }),
  dataCase('insert changes the cells given and keeps the others', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'kept' })
    await db.rows.insert({ id, seq: 1, status: 'b' })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1, status: 'b', note: 'kept' })
  }),
  dataCase('insert of null writes nothing and removes nothing', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, note: 'kept' })
    await db.rows.insert({ id, seq: 1, status: 'b', note: null })
    assert.equal((await db.rows.get({ id, seq: 1 }))?.note, 'kept')
  }),
  dataCase('insert of undefined writes nothing and removes nothing', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, note: 'kept' })
    await db.rows.insert({ id, seq: 1, status: 'b', note: undefined })
    assert.equal((await db.rows.get({ id, seq: 1 }))?.note, 'kept')
  }),
  dataCase('update writes a row that does not exist', async ({ db, id }) => {
    await db.rows.update({ id, seq: 1 }).set({ status: 'a' })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1, status: 'a' })
  }),
  dataCase('update touches only the columns it sets (seed-requirement 53)', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'kept', n: 1 })
    await db.rows.update({ id, seq: 1 }).set({ status: 'b', n: undefined })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1, status: 'b', note: 'kept', n: 1 })
  }),
  dataCase('update to null removes the cell (seed-requirement 53)', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'x' })
    await db.rows.update({ id, seq: 1 }).set({ note: null })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1, status: 'a' })
  }),
  dataCase('a row made by update is gone when its last cell is', async ({ db, id }) => {
    await db.rows.update({ id, seq: 1 }).set({ status: 'a', note: 'b' })
    await db.rows.update({ id, seq: 1 }).set({ status: null })
    assert.equal((await db.rows.get({ id, seq: 1 }))?.note, 'b')
    await db.rows.update({ id, seq: 1 }).set({ note: null })
    assert.equal(await db.rows.get({ id, seq: 1 }), undefined)
    assert.deepEqual(await db.rows.select({ id }), [])
  }),
  dataCase('an inserted row stays when its last cell goes', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a' })
    await db.rows.update({ id, seq: 1 }).set({ status: null })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1 })
  }),
  dataCase('removing a cell that is not there makes no row', async ({ db, id }) => {
    await db.rows.update({ id, seq: 1 }).set({ status: null })
    assert.equal(await db.rows.get({ id, seq: 1 }), undefined)
  }),
  dataCase('an empty text is a value, not null', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: '' })
    assert.equal((await db.rows.get({ id, seq: 1 }))?.status, '')
  }),
  dataCase('an empty blob is a value, not null', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, data: new Uint8Array() })
    assert.deepEqual((await db.rows.get({ id, seq: 1 }))?.data, new Uint8Array())
  }),
  dataCase('get gives the asked columns only', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', n: 4 })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }, { columns: ['n', 'total'] }), { n: 4, total: null })
  }),
  dataCase('select gives the asked columns only', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', n: 4 })
    assert.deepEqual(await db.rows.select({ id }, { columns: ['seq', 'status'] }), [{ seq: 1, status: 'a' }])
  }),
  dataCase('a get of columns that are all null tells the row from no row', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1 })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }, { columns: ['note'] }), { note: null })
    assert.equal(await db.rows.get({ id, seq: 2 }, { columns: ['note'] }), undefined)
  }),
  dataCase('delete removes one row and leaves its neighbours', async ({ db, id }) => {
    for (const seq of [1, 2, 3]) await db.rows.insert({ id, seq, status: 'a' })
    await db.rows.delete({ id, seq: 2 })
    assert.deepEqual(
      (await db.rows.select({ id })).map((row) => row.seq),
      [3, 1],
    )
  }),
  dataCase('delete of a row that is not there does nothing', async ({ db, id }) => {
    await db.rows.delete({ id, seq: 2 })
    assert.deepEqual(await db.rows.select({ id }), [])
  }),
  dataCase('a deleted row can be written again and has nothing of before', async ({ db, id }) => {
    await db.rows.insert({ id, seq: 1, status: 'a', note: 'old' })
    await db.rows.delete({ id, seq: 1 })
    await db.rows.insert({ id, seq: 1, status: 'b' })
    assert.deepEqual(await db.rows.get({ id, seq: 1 }), { ...empty, id, seq: 1, status: 'b' })
  }),
  dataCase('delete of a partition removes its rows and no others', async ({ db, id }) => {
    const other = generateId()
    for (const seq of [1, 2]) await db.rows.insert({ id, seq })
    await db.rows.insert({ id: other, seq: 1 })
    await db.rows.delete({ id })
    assert.deepEqual(await db.rows.select({ id }), [])
    assert.equal((await db.rows.select({ id: other })).length, 1)
  }),
  dataCase('delete of a slice removes the rows within its bounds', async ({ db, id }) => {
    for (const seq of [1, 2, 3, 4, 5]) await db.rows.insert({ id, seq })
    await db.rows.delete({ id }).where('seq', '>', 1).where('seq', '<=', 4)
    assert.deepEqual(
      (await db.rows.select({ id })).map((row) => row.seq),
      [5, 1],
    )
  }),
  dataCase('delete of a clustering prefix removes what is under it', async ({ db, id }) => {
    const partition = { tenant: id, day: '2026-01-31' }
    for (const [hour, minute] of [
      [1, 1],
      [1, 2],
      [2, 1],
    ] as const)
      await db.composite.insert({ ...partition, hour, minute })
    await db.composite.delete({ ...partition, hour: 1 })
    assert.deepEqual(
      (await db.composite.select(partition)).map(({ hour, minute }) => [hour, minute]),
      [[2, 1]],
    )
  }),
  dataCase('a table without clustering columns has one row a partition', async ({ db, id }) => {
    await db.single.insert({ id, status: 'a' })
    await db.single.insert({ id, n: 2 })
    assert.deepEqual(await db.single.select({ id }), [{ id, status: 'a', n: 2 }])
    await db.single.delete({ id })
    assert.equal(await db.single.get({ id }), undefined)
  }),
  dataCase('partitions of a composite key are apart, also when their parts join to the same text', async ({ db, id }) => {
    await db.composite.insert({ tenant: `${id}a`, day: '2026-01-31', hour: 1, minute: 1 })
    assert.deepEqual(await db.composite.select({ tenant: id, day: '2026-01-31' }), [])
    assert.equal((await db.composite.select({ tenant: `${id}a`, day: '2026-01-31' })).length, 1)
  }),
  dataCase('keys are compared exactly, by case and by bytes', async ({ db, id }) => {
    const day = '2026-01-31'
    for (const name of ['a', 'A', 'ä', 'a\u0308', 'a ']) await db.composite.insert({ tenant: `${id}${name}`, day, hour: 1, minute: 1, note: name })
    assert.equal((await db.composite.select({ tenant: `${id}A`, day }))[0]?.note, 'A')
    assert.equal((await db.composite.select({ tenant: `${id}a\u0308`, day }))[0]?.note, 'a\u0308')
    assert.equal((await db.composite.select({ tenant: `${id}a `, day }))[0]?.note, 'a ')
  }),
  dataCase('an upper-case uuid is the same key', async ({ db, id }) => {
    await db.single.insert({ id: id.toUpperCase(), status: 'a' })
    assert.deepEqual(await db.single.get({ id }), { id, status: 'a', n: null })
  }),
  dataCase(
    'a resolved write is seen by another database on the same store',
    async ({ db, id, another }) => {
      const other = await another()
      await db.rows.insert({ id, seq: 1, status: 'a' })
      assert.equal((await other.rows.get({ id, seq: 1 }))?.status, 'a')
      await other.rows.update({ id, seq: 1 }).set({ status: 'b' })
      assert.equal((await db.rows.get({ id, seq: 1 }))?.status, 'b')
    },
    ['shared-store'],
  ),
  dataCase('an aborted signal rejects with its own reason and writes nothing', async ({ db, id }) => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await assert.rejects(Promise.resolve(db.rows.insert({ id, seq: 1 }, { signal })), (error) => error === reason)
    await assert.rejects(Promise.resolve(db.rows.get({ id, seq: 1 }, { signal })), (error) => error === reason)
    assert.equal(await db.rows.get({ id, seq: 1 }), undefined)
  }),
  dataCase('a hundred writes at once are all there', async ({ db, id }) => {
    await Promise.all(Array.from({ length: 100 }, (_, seq) => db.rows.insert({ id, seq, n: seq })))
    assert.deepEqual(
      (await db.rows.select({ id }).order('asc')).map((row) => row.n),
      Array.from({ length: 100 }, (_, seq) => seq),
    )
  }),
]
