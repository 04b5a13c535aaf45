import assert from 'node:assert/strict'
import { generateId } from '@hanse/core'
import { dataCase } from './harness.ts'
import type { DataEngineCase } from './harness.ts'

/** Reads of whole tables. Other cases write to the same tables, so that each looks for its own rows among all. */
export const scanCases: readonly DataEngineCase[] = [
  dataCase('scan gives every row of every partition once', async ({ db, id }) => {
    const ids = [id, generateId(), generateId()]
    for (const partition of ids) for (const seq of [1, 2]) await db.rows.insert({ id: partition, seq, note: `${partition} ${seq}` })
    const mine = (await db.rows.scan()).filter((row) => ids.includes(row.id))
    assert.deepEqual(new Set(mine.map((row) => row.note)), new Set(ids.flatMap((partition) => [`${partition} 1`, `${partition} 2`])))
    assert.equal(mine.length, 6)
    assert.equal(mine[0]?.total, null)
  }),
  dataCase('scan gives only the asked columns', async ({ db, id }) => {
    await db.single.insert({ id, status: 'asked', n: 1 })
    const row = (await db.single.scan({ columns: ['status', 'id'] })).find((one) => one.id === id)
    assert.deepEqual(row, { status: 'asked', id })
  }),
  dataCase('scan by pages gives every row once, and its tokens go no other way', async ({ db }) => {
    const ids = Array.from({ length: 7 }, () => generateId())
    for (const partition of ids) await db.single.insert({ id: partition, n: 7 })
    const seen: string[] = []
    let token: string | null = null
    do {
      const page = await db.single
        .scan({ columns: ['id'] })
        .limit(3)
        .page(token)
      assert.ok(page.rows.length <= 3)
      seen.push(...page.rows.map((row) => row.id))
      token = page.next
    } while (token !== null)
    assert.deepEqual(seen.filter((one) => ids.includes(one)).toSorted(), ids.toSorted())
    const first = await db.single
      .scan({ columns: ['id'] })
      .limit(3)
      .page()
    await assert.rejects(db.single.scan().limit(3).page(first.next), { code: 'INVALID_CURSOR' })
  }),
  dataCase('scan joins static columns, and scanStatic gives partitions without rows too', async ({ db, id }) => {
    const bare = generateId()
    await db.statics.updateStatic({ id }).set({ owner: 'joined' }).if({ owner: null })
    await db.statics.insertIfAbsent({ id, seq: 1, status: 'new' })
    await db.statics.updateStatic({ id: bare }).set({ owner: 'bare' }).if({ owner: null })
    const rows = (await db.statics.scan()).filter((row) => row.id === id || row.id === bare)
    assert.deepEqual(rows, [{ id, seq: 1, status: 'new', version: null, owner: 'joined' }])
    const asked = (await db.statics.scan({ columns: ['owner', 'seq'] })).filter((row) => row.owner === 'joined')
    assert.deepEqual(asked[0], { owner: 'joined', seq: 1 })
    const statics = (await db.statics.scanStatic()).filter((row) => row.id === id || row.id === bare)
    assert.deepEqual(
      statics.toSorted((a, b) => (a.owner ?? '').localeCompare(b.owner ?? '')),
      [
        { id: bare, version: null, owner: 'bare' },
        { id, version: null, owner: 'joined' },
      ],
    )
  }),
  dataCase('scan leaves out rows and cells whose time is over', async ({ db, harness, id }) => {
    await db.living.insert({ id, seq: 1, status: 'short' }, { ttlSeconds: 1 })
    await db.living.insert({ id, seq: 2, status: 'long' }, { ttlSeconds: 600 })
    await db.living.update({ id, seq: 2 }, { ttlSeconds: 1 }).set({ note: 'short' })
    await harness.passTime(1_500)
    assert.deepEqual(
      (await db.living.scan()).filter((row) => row.id === id),
      [{ id, seq: 2, status: 'long', note: null, tags: null }],
    )
  }),
]
