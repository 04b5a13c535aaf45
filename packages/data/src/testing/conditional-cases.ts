import assert from 'node:assert/strict'
import { generateId } from '@hanse/core'
import { createDatabase } from '../database.ts'
import { dataCase } from './harness.ts'
import type { DataEngineCase } from './harness.ts'
import { conformanceTables } from './shapes.ts'

/** Conditional writes, batches, static columns. */
export const conditionalCases: readonly DataEngineCase[] = [
  dataCase('insertIfAbsent never overwrites and shows the row that is there (seed-requirement 46)', async ({ db, id }) => {
    assert.deepEqual(await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a' }), { applied: true })
    const second = await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'b', version: 2 })
    assert.deepEqual(second, { applied: false, current: { id, seq: 1, owner: 'a', until: null, version: null } })
    assert.equal((await db.conditional.get({ id, seq: 1 }))?.owner, 'a')
  }),
  dataCase('of fifty concurrent insertIfAbsent of one key exactly one applies (seed-requirement 42)', async ({ db, id }) => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => db.conditional.insertIfAbsent({ id, seq: 1, owner: `o${n}` })))
    assert.equal(results.filter((result) => result.applied).length, 1)
    const winner = results.findIndex((result) => result.applied)
    assert.equal((await db.conditional.get({ id, seq: 1 }))?.owner, `o${winner}`)
  }),
  dataCase('insertIfAbsent applies again after a conditional delete', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a', version: 1 })
    assert.deepEqual(await db.conditional.delete({ id, seq: 1 }).if({ owner: 'a' }), { applied: true })
    assert.deepEqual(await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'b' }), { applied: true })
    assert.equal((await db.conditional.get({ id, seq: 1 }))?.version, null)
  }),
  dataCase('a conditional update applies only when every condition holds', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a', version: 1 })
    const refused = await db.conditional.update({ id, seq: 1 }).set({ version: 2 }).if({ owner: 'a', version: 7 })
    assert.equal(refused.applied, false)
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ version: 2 }).if({ owner: 'a', version: 1 }), { applied: true })
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ version: 3 }).if({ owner: 'a' }).if('version', '>=', 2), { applied: true })
    assert.equal((await db.conditional.get({ id, seq: 1 }))?.version, 3)
  }),
  dataCase('a refused update shows the whole row', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a', version: 1 })
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ version: 2 }).if({ version: 9 }), {
      applied: false,
      current: { id, seq: 1, owner: 'a', until: null, version: 1 },
    })
  }),
  dataCase('a condition on a row that does not exist is refused without a current row', async ({ db, id }) => {
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ version: 2 }).if({ version: 1 }), { applied: false, current: undefined })
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ version: 2 }).ifExists(), { applied: false, current: undefined })
    assert.equal(await db.conditional.get({ id, seq: 1 }), undefined)
  }),
  dataCase('null in a condition stands for no cell, also of a row that does not exist', async ({ db, id }) => {
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ owner: 'a' }).if({ owner: null }), { applied: true })
    assert.equal((await db.conditional.update({ id, seq: 1 }).set({ owner: 'b' }).if({ owner: null })).applied, false)
    assert.deepEqual(await db.conditional.update({ id, seq: 1 }).set({ version: 1 }).if({ owner: 'a', version: null }), { applied: true })
  }),
  dataCase('comparisons in conditions are of the type of their column', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'm', version: 10, until: new Date(1_000) })
    const holds = async (column: 'version', operator: '<' | '<=' | '>' | '>=' | '=' | '!=', value: number): Promise<boolean> =>
      (await db.conditional.update({ id, seq: 1 }).set({ owner: 'm' }).if(column, operator, value)).applied
    assert.deepEqual(await Promise.all([holds('version', '<', 11), holds('version', '<', 10), holds('version', '<=', 10), holds('version', '>', 9)]), [
      true,
      false,
      true,
      true,
    ])
    assert.deepEqual(await Promise.all([holds('version', '>', 10), holds('version', '>=', 10), holds('version', '=', 10), holds('version', '!=', 10)]), [
      false,
      true,
      true,
      false,
    ])
    assert.equal((await db.conditional.update({ id, seq: 1 }).set({ owner: 'x' }).if('until', '<', new Date(1_001))).applied, true)
  }),
  dataCase('a comparison with a column without a cell holds only for !=', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a' })
    for (const operator of ['<', '<=', '>', '>=', '='] as const) {
      assert.equal((await db.conditional.update({ id, seq: 1 }).set({ owner: 'b' }).if('version', operator, 5)).applied, false)
    }
    assert.equal((await db.conditional.update({ id, seq: 1 }).set({ owner: 'b' }).if('version', '!=', 5)).applied, true)
  }),
  dataCase('a conditional delete applies only when its condition holds', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, owner: 'a' })
    assert.equal((await db.conditional.delete({ id, seq: 1 }).if({ owner: 'b' })).applied, false)
    assert.equal((await db.conditional.delete({ id, seq: 1 }).ifExists()).applied, true)
    assert.equal((await db.conditional.delete({ id, seq: 1 }).ifExists()).applied, false)
  }),
  dataCase('of concurrent updates from one version exactly one applies (seed-requirement 51)', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, version: 0 })
    for (let version = 0; version < 5; version++) {
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          db.conditional
            .update({ id, seq: 1 })
            .set({ version: version + 1, owner: `o${n}` })
            .if({ version }),
        ),
      )
      assert.equal(results.filter((result) => result.applied).length, 1)
    }
    assert.equal((await db.conditional.get({ id, seq: 1 }))?.version, 5)
  }),
  dataCase(
    'two databases that race on one row both get a true answer',
    async ({ db, id, another }) => {
      const other = await another()
      await db.conditional.insertIfAbsent({ id, seq: 1, version: 0 })
      const step = async (store: typeof db): Promise<number> => {
        let won = 0
        for (let version = 0; version < 30; version++) {
          if (
            (
              await store.conditional
                .update({ id, seq: 1 })
                .set({ version: version + 1 })
                .if({ version })
            ).applied
          )
            won++
        }
        return won
      }
      const [mine, theirs] = await Promise.all([step(db), step(other)])
      assert.equal((await db.conditional.get({ id, seq: 1 }))?.version, mine + theirs)
    },
    ['shared-store'],
  ),

  dataCase('static columns are shared by the rows of a partition', async ({ db, id }) => {
    await db.atomically([db.statics.insertIfAbsent({ id, seq: 1, status: 'a', version: 1 }), db.statics.insert({ id, seq: 2, status: 'b', owner: 'me' })])
    assert.deepEqual(await db.statics.select({ id }), [
      { id, seq: 1, status: 'a', version: 1, owner: 'me' },
      { id, seq: 2, status: 'b', version: 1, owner: 'me' },
    ])
    assert.deepEqual(await db.statics.get({ id, seq: 2 }, { columns: ['version'] }), { version: 1 })
  }),
  dataCase('static columns are there before any row, and are no row', async ({ db, id }) => {
    assert.equal(await db.statics.getStatic({ id }), undefined)
    assert.deepEqual(await db.statics.updateStatic({ id }).set({ version: 1 }).if({ version: null }), { applied: true })
    assert.deepEqual(await db.statics.getStatic({ id }), { id, version: 1, owner: null })
    assert.deepEqual(await db.statics.select({ id }), [])
    assert.equal(await db.statics.get({ id, seq: 1 }), undefined)
  }),
  dataCase('a refused update of static columns shows them', async ({ db, id }) => {
    await db.statics.updateStatic({ id }).set({ version: 3, owner: 'a' }).if({ version: null })
    assert.deepEqual(await db.statics.updateStatic({ id }).set({ version: 2 }).if({ version: 1 }), { applied: false, current: { id, version: 3, owner: 'a' } })
  }),
  dataCase('a row can be written under a condition on a static column', async ({ db, id }) => {
    await db.statics.updateStatic({ id }).set({ version: 1 }).if({ version: null })
    assert.equal((await db.statics.update({ id, seq: 1 }).set({ status: 'a' }).if({ version: 2 })).applied, false)
    assert.equal((await db.statics.update({ id, seq: 1 }).set({ status: 'a' }).if({ version: 1 })).applied, true)
  }),
  dataCase('static columns outlive the deletion of rows and go with their partition', async ({ db, id }) => {
    await db.atomically([db.statics.updateStatic({ id }).set({ version: 1 }).if({ version: null }), db.statics.insert({ id, seq: 1, status: 'a' })])
    await db.statics.delete({ id, seq: 1 }).ifExists()
    assert.deepEqual(await db.statics.getStatic({ id }), { id, version: 1, owner: null })
    await db.statics.updateStatic({ id }).set({ version: null }).if({ version: 1 })
    assert.equal(await db.statics.getStatic({ id }), undefined)
  }),

  dataCase('a batch without conditions writes several tables at once', async ({ db, id }) => {
    const answer = await db.atomically([
      db.rows.insert({ id, seq: 1, status: 'a' }),
      db.single.insert({ id, n: 1 }),
      db.rows.update({ id, seq: 2 }).set({ note: 'b' }),
    ])
    assert.deepEqual(answer, { applied: true })
    assert.equal((await db.rows.select({ id })).length, 2)
    assert.equal((await db.single.get({ id }))?.n, 1)
  }),
  dataCase('a batch with a condition that does not hold writes nothing', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, version: 1 })
    const answer = await db.atomically([
      db.conditional.update({ id, seq: 1 }).set({ version: 2 }).if({ version: 9 }),
      db.conditional.insert({ id, seq: 2, owner: 'x' }),
      db.conditional.insertIfAbsent({ id, seq: 3 }),
    ])
    assert.deepEqual(answer, { applied: false, current: [{ id, seq: 1, owner: null, until: null, version: 1 }, undefined] })
    assert.equal((await db.conditional.select({ id })).length, 1)
  }),
  dataCase('a batch applies only when each of its conditions holds, whichever of them does not', async ({ db, id }) => {
    await db.conditional.insertIfAbsent({ id, seq: 1, version: 1 })
    await db.conditional.insertIfAbsent({ id, seq: 2, version: 2 })
    const step = (first: number, second: number) =>
      db.atomically([
        db.conditional.update({ id, seq: 1 }).set({ owner: 'a' }).if({ version: first }),
        db.conditional.update({ id, seq: 2 }).set({ owner: 'b' }).if({ version: second }),
        db.conditional.insert({ id, seq: 3 }),
      ])
    const row = (seq: number) => ({ id, seq, owner: null, until: null, version: seq })
    assert.deepEqual(await step(1, 9), { applied: false, current: [row(1), row(2)] })
    assert.deepEqual(await step(9, 2), { applied: false, current: [row(1), row(2)] })
    assert.equal((await db.conditional.select({ id })).length, 2)
    assert.deepEqual(await step(1, 2), { applied: true })
    assert.deepEqual(
      (await db.conditional.select({ id })).map(({ owner }) => owner),
      ['a', 'b', null],
    )
  }),
  dataCase('a batch judges all conditions against the state before it', async ({ db, id }) => {
    await db.statics.updateStatic({ id }).set({ version: 1 }).if({ version: null })
    const answer = await db.atomically([
      db.statics.updateStatic({ id }).set({ version: 2 }).if({ version: 1 }),
      db.statics.update({ id, seq: 1 }).set({ status: 'a' }).if({ version: 1 }),
      db.statics.delete({ id, seq: 9 }),
    ])
    assert.deepEqual(answer, { applied: true })
    assert.deepEqual(
      (await db.statics.select({ id })).map(({ status, version }) => [status, version]),
      [['a', 2]],
    )
  }),
  dataCase('of concurrent batches guarded by one static column exactly one applies', async ({ db, id }) => {
    await db.statics.updateStatic({ id }).set({ version: 0 }).if({ version: null })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, seq) =>
        db.atomically([db.statics.updateStatic({ id }).set({ version: 1 }).if({ version: 0 }), db.statics.insert({ id, seq, status: 'x' })]),
      ),
    )
    assert.equal(answers.filter((answer) => answer.applied).length, 1)
    assert.equal((await db.statics.select({ id })).length, 1)
  }),
  dataCase('a batch that no engine could apply at once is refused', async ({ db, id }) => {
    const other = generateId()
    const refused = { code: 'INVALID_ARGUMENT' }
    await assert.rejects(db.atomically([]), refused)
    await assert.rejects(
      db.atomically([db.conditional.update({ id, seq: 1 }).set({ version: 1 }).if({ version: null }), db.conditional.insert({ id: other, seq: 1 })]),
      /several partitions/,
    )
    await assert.rejects(db.atomically([db.rows.insert({ id, seq: 1, status: 'a' }), db.rows.insert({ id, seq: 1, status: 'b' })]), /twice/)
    await assert.rejects(db.atomically([db.rows.delete({ id }), db.rows.insert({ id, seq: 1 })]), /also writes/)
    assert.deepEqual(await db.rows.select({ id }), [])
  }),
  dataCase('durations are told apart by conditions, but not put in order', async ({ db, id }) => {
    await db.scalars.update({ id }).set({ c_duration: '1mo' })
    await assert.rejects(async () => db.scalars.update({ id }).set({ c_int: 1 }).if('c_duration', '<', '31d'), {
      code: 'INVALID_ARGUMENT',
      message: /cannot compare 'c_duration' by </,
    })
    assert.equal((await db.scalars.update({ id }).set({ c_int: 1 }).if('c_duration', '!=', '30d')).applied, true)
    assert.equal((await db.scalars.update({ id }).set({ c_int: 2 }).if({ c_duration: '30d' })).applied, false)
  }),
  dataCase('ifExists beside a comparison that a missing row fulfils is refused', async ({ db, id }) => {
    const update = () => db.rows.update({ id, seq: 1 }).set({ note: 'seen' })
    await assert.rejects(async () => update().if({ status: null }).ifExists(), { code: 'INVALID_ARGUMENT', message: /ifExists\(\)/ })
    await assert.rejects(async () => update().ifExists().if('status', '!=', 'a'), { code: 'INVALID_ARGUMENT', message: /ifExists\(\)/ })
    assert.deepEqual(await update().ifExists().if({ status: 'a' }), { applied: false, current: undefined })
    await db.rows.update({ id, seq: 1 }).set({ status: 'a' }).if({ status: null })
    assert.deepEqual(await update().ifExists().if({ status: 'a', note: null }), { applied: true })
  }),
  dataCase('an update of a row that sets static columns only needs a condition on the row', async ({ db, id }) => {
    const { statics } = db
    const update = () => statics.update({ id, seq: 1 }).set({ owner: 'b' })
    const refused = { code: 'INVALID_ARGUMENT', message: /sets static columns only/ }
    await assert.rejects(async () => update().ifExists(), refused)
    await assert.rejects(async () => update().if({ version: null }), refused)
    assert.deepEqual(await update().if({ status: 'a' }), { applied: false, current: undefined })
    await statics.insertIfAbsent({ id, seq: 1, status: 'a' })
    assert.deepEqual(await update().if({ status: 'a', version: null }), { applied: true })
    assert.deepEqual(await statics.getStatic({ id }), { id, version: null, owner: 'b' })
  }),
  dataCase('an update of a row that sets static columns only, as part of a batch, makes no row', async ({ db, id }) => {
    const { statics } = db
    const update = statics.update({ id, seq: 2 }).set({ owner: 'b' })
    await db.atomically([statics.updateStatic({ id }).set({ version: 1 }).if({ version: null }), update])
    assert.deepEqual(await statics.getStatic({ id }), { id, version: 1, owner: 'b' })
    assert.deepEqual(await statics.select({ id }), [])
  }),
  dataCase('a batch that asks one row in two ways is refused', async ({ db, id }) => {
    const row = { id, seq: 1 }
    const { statics } = db
    const inTwoWays = /for one row of/
    await assert.rejects(
      db.atomically([statics.insertIfAbsent({ ...row, status: 'a' }), statics.update(row).set({ owner: 'b' }).if({ status: null })]),
      inTwoWays,
    )
    await assert.rejects(db.atomically([statics.insertIfAbsent(row), statics.update(row).set({ status: 'b' }).ifExists()]), inTwoWays)
    await assert.rejects(
      db.atomically([statics.updateStatic({ id }).set({ owner: 'b' }).ifExists(), statics.update(row).set({ status: 'a' }).if({ version: null })]),
      inTwoWays,
    )
    assert.deepEqual(await statics.select({ id }), [])
    const apart = [statics.insertIfAbsent({ ...row, status: 'a' }), statics.updateStatic({ id }).set({ version: 1 }).if({ version: null })]
    assert.deepEqual(await db.atomically(apart), { applied: true })
  }),
  dataCase('tables of an extension share the store and its batches', async ({ harness, id }) => {
    const { rows, single } = conformanceTables(harness.run)
    await using db = createDatabase({ engine: await harness.createEngine(), tables: { rows }, schema: 'create' })
    const wider = db.extend({ single })
    await db.atomically([db.rows.insert({ id, seq: 1 }), wider.single.insert({ id, n: 1 })])
    assert.equal((await wider.rows.select({ id })).length, 1)
    assert.equal((await wider.single.get({ id }))?.n, 1)
  }),
]
