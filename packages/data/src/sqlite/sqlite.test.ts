import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createManualClock } from '@hanse/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addToSet, append, createDatabase, putEntries, removeEntries, removeFromSet, sqlite, table } from '../index.ts'

const things = table('things', {
  fields: {
    id: 'uuid',
    seq: 'int',
    status: 'text',
    version: 'int',
    data: 'blob',
    tags: 'set<text>',
    pending: 'map<text, blob>',
    log: 'list<int>',
    total: 'decimal',
    at: 'timestamp',
  },
  key: [['id'], 'seq'],
  order: { seq: 'desc' },
  static: ['version'],
  required: ['status'],
})
const id = '0197a2b4-0000-7000-8000-000000000001'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-data-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe.each(['memory', 'file'])('the embedded engine (%s)', (kind) => {
  const open = (clock = createManualClock()) =>
    createDatabase({ engine: sqlite({ file: kind === 'memory' ? ':memory:' : join(folder, 'a.db'), clock }), tables: { things }, clock })

  it('gives a row back as it was inserted', async () => {
    await using db = open()
    const at = new Date(1_700_000_000_123)
    await db.things.insert({
      id,
      seq: 1,
      status: 'open',
      data: Uint8Array.of(1, 2),
      tags: ['b', 'a', 'b'],
      pending: { k: Uint8Array.of(9) },
      total: '19.90',
      at,
    })
    expect(await db.things.get({ id, seq: 1 })).toEqual({
      id,
      seq: 1,
      status: 'open',
      version: null,
      data: Uint8Array.of(1, 2),
      tags: ['a', 'b'],
      pending: { k: Uint8Array.of(9) },
      log: null,
      total: '19.90',
      at,
    })
    expect(await db.things.get({ id, seq: 2 })).toBeUndefined()
  })

  it('selects in clustering order, by range, reversed, limited and by page', async () => {
    await using db = open()
    for (const seq of [3, 1, 5, 2, 4]) await db.things.insert({ id, seq, status: `s${seq}` })
    const seqs = (rows: readonly { readonly seq: number }[]) => rows.map((row) => row.seq)
    expect(seqs(await db.things.select({ id }))).toEqual([5, 4, 3, 2, 1])
    expect(seqs(await db.things.select({ id }).where('seq', '>=', 2).where('seq', '<', 5))).toEqual([4, 3, 2])
    expect(seqs(await db.things.select({ id }).order('asc').limit(2))).toEqual([1, 2])
    const first = await db.things.select({ id }).limit(2).page()
    const second = await db.things.select({ id }).limit(2).page(first.next)
    const third = await db.things.select({ id }).limit(2).page(second.next)
    expect([first, second, third].map((page) => seqs(page.rows))).toEqual([[5, 4], [3, 2], [1]])
    expect(third.next).toBeNull()
    const iterated: number[] = []
    for await (const row of db.things.select({ id })) iterated.push(row.seq)
    expect(iterated).toEqual([5, 4, 3, 2, 1])
  })

  it('applies conditional writes and answers what stood in the way', async () => {
    await using db = open()
    expect(await db.things.insertIfAbsent({ id, seq: 1, status: 'open' })).toEqual({ applied: true })
    const again = await db.things.insertIfAbsent({ id, seq: 1, status: 'other' })
    expect(again).toMatchObject({ applied: false, current: { status: 'open' } })
    expect(await db.things.update({ id, seq: 1 }).set({ status: 'done' }).if({ status: 'closed' })).toMatchObject({
      applied: false,
      current: { status: 'open' },
    })
    expect(await db.things.update({ id, seq: 1 }).set({ status: 'done' }).if({ status: 'open', total: null })).toEqual({ applied: true })
    expect(await db.things.delete({ id, seq: 1 }).if({ status: 'open' })).toMatchObject({ applied: false })
    expect(await db.things.delete({ id, seq: 1 }).ifExists()).toEqual({ applied: true })
    expect(await db.things.delete({ id, seq: 1 }).ifExists()).toEqual({ applied: false, current: undefined })
  })

  it('keeps static columns a partition, guards a batch by them, and deletes them with the partition', async () => {
    await using db = open()
    await db.things.updateStatic({ id }).set({ version: 1 })
    expect(await db.things.select({ id })).toEqual([])
    expect(await db.things.getStatic({ id })).toEqual({ id, version: 1 })
    const step = (from: number, seq: number) =>
      db.atomically([
        db.things
          .updateStatic({ id })
          .set({ version: from + 1 })
          .if({ version: from }),
        db.things.insert({ id, seq, status: 'x' }),
      ])
    expect(await step(1, 1)).toEqual({ applied: true })
    expect(await step(1, 2)).toEqual({ applied: false, current: [{ id, version: 2 }] })
    expect((await db.things.select({ id })).map(({ seq, version }) => [seq, version])).toEqual([[1, 2]])
    await db.things.delete({ id })
    expect(await db.things.getStatic({ id })).toBeUndefined()
  })

  it('changes collections by element', async () => {
    await using db = open()
    await db.things.insert({ id, seq: 1, status: 'x', tags: ['a'], log: [1], pending: { b: Uint8Array.of(1) } })
    await db.things.update({ id, seq: 1 }).set({ tags: addToSet(['c', 'b']), log: append([2, 3]), pending: putEntries({ a: Uint8Array.of(2) }) })
    expect(await db.things.get({ id, seq: 1 })).toMatchObject({ tags: ['a', 'b', 'c'], log: [1, 2, 3], pending: { a: Uint8Array.of(2), b: Uint8Array.of(1) } })
    await db.things.update({ id, seq: 1 }).set({ tags: removeFromSet(['a', 'b', 'c']), pending: removeEntries(['a']) })
    expect(await db.things.get({ id, seq: 1 })).toMatchObject({ tags: null, pending: { b: Uint8Array.of(1) } })
  })

  it('lets each cell live its own time', async () => {
    const clock = createManualClock()
    await using db = open(clock)
    await db.things.insert({ id, seq: 1, status: 'x', total: '1' }, { ttlSeconds: 10 })
    await clock.advance(5_000)
    await db.things.update({ id, seq: 1 }, { ttlSeconds: 10 }).set({ total: '2' })
    await clock.advance(6_000)
    expect(await db.things.get({ id, seq: 1 })).toMatchObject({ status: null, total: '2' })
    await clock.advance(5_000)
    expect(await db.things.get({ id, seq: 1 })).toBeUndefined()
    expect(await db.things.insertIfAbsent({ id, seq: 1, status: 'new' })).toEqual({ applied: true })
  })

  it('forgets a row made by an update when its last cell goes, and keeps one that was inserted', async () => {
    await using db = open()
    await db.things.update({ id, seq: 1 }).set({ total: '1' })
    await db.things.update({ id, seq: 1 }).set({ total: null })
    expect(await db.things.get({ id, seq: 1 })).toBeUndefined()
    await db.things.insert({ id, seq: 2, status: 'x', total: '1' })
    await db.things.update({ id, seq: 2 }).set({ total: null })
    expect(await db.things.get({ id, seq: 2 })).toMatchObject({ total: null })
  })
})

describe('a table that somebody dropped', () => {
  it('is told with the cause, by reads and by writes', async () => {
    const file = join(folder, 'dropped.db')
    await using db = createDatabase({ engine: sqlite({ file }), tables: { things } })
    await db.start()
    const other = new DatabaseSync(file)
    other.exec('drop table things')
    other.close()
    const told = {
      code: 'ENGINE_FAILED',
      retryable: false,
      message: expect.stringContaining("refused a statement on 'things': no such table"),
      cause: expect.any(Error),
    }
    await expect(db.things.get({ id, seq: 1 })).rejects.toMatchObject(told)
    await expect(db.things.insert({ id, seq: 1, status: 'x' })).rejects.toMatchObject(told)
  })
})

describe('many kinds of statements', () => {
  it('are forgotten and made again without harm', async () => {
    const fields = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`c${n}`, 'int']))
    const wide = table('wide', { fields: { id: 'int', ...fields } as { id: 'int'; c0: 'int' }, key: ['id'] })
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { wide } })
    for (let n = 0; n < 300; n++) {
      await db.wide.insert({ id: 1, [`c${n}`]: n })
      expect(await db.wide.get({ id: 1 }, { columns: [`c${n}` as 'c0'] })).toEqual({ [`c${n}`]: n })
    }
    expect(Object.values((await db.wide.get({ id: 1 })) ?? {})).toEqual([1, ...Array.from({ length: 300 }, (_, n) => n)])
  })
})

describe('the tree of a table', () => {
  it('serves a partition, a slice and a page as one range, in either direction (seed-requirement 52)', async () => {
    const file = join(folder, 'plan.db')
    const readings = table('readings', {
      fields: { tenant: 'text', day: 'date', hour: 'int', minute: 'uuid', value: 'double' },
      key: [['tenant', 'day'], 'hour', 'minute'],
      order: { hour: 'asc', minute: 'desc' },
    })
    await using db = createDatabase({ engine: sqlite({ file }), tables: { readings } })
    await db.start()
    const texts: string[] = []
    // oxlint-disable-next-line typescript/unbound-method -- it is applied to its own object below
    const prepare = DatabaseSync.prototype.prepare
    DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...given: Parameters<typeof prepare>) {
      if (given[0].startsWith('select "tenant"')) texts.push(given[0])
      return prepare.apply(this, given)
    }
    try {
      const partition = { tenant: 'a', day: '2026-01-31' }
      for (const minute of [id, id.replace('1', '2'), id.replace('1', '3')]) await db.readings.insert({ ...partition, hour: 1, minute })
      await db.readings.select(partition)
      await db.readings.select(partition).where('hour', '>', 3).order('desc')
      const { next } = await db.readings.select(partition).limit(1).page()
      await db.readings.select(partition).limit(1).page(next)
      await db.readings.get({ ...partition, hour: 1, minute: id })
    } finally {
      DatabaseSync.prototype.prepare = prepare
    }
    expect(texts.length).toBe(4)
    const look = new DatabaseSync(file)
    const plans = texts.map((text) =>
      look
        .prepare(`explain query plan ${text}`)
        .all()
        .map((step) => String(step['detail'])),
    )
    look.close()
    for (const plan of plans) expect(plan).toEqual([expect.stringMatching(/^SEARCH readings USING PRIMARY KEY \(tenant=\? AND day=\?/)])
  })
})

describe('cells that end at different times', () => {
  it('are cleared away one by one, a conditional write among them, until only the last is left', async () => {
    const clock = createManualClock()
    const leases = table('leases', { fields: { id: 'text', owner: 'text', epoch: 'int', note: 'text' }, key: [['id']], conditional: true })
    const file = join(folder, 'leases.db')
    const db = createDatabase({ engine: sqlite({ file, clock }), tables: { leases, things }, clock })
    const otherWrite = (seq: number) => db.things.insert({ id, seq, status: 'open' }, { ttlSeconds: 1_000 })
    const renew = (epoch: number, expected: number) => db.leases.update({ id: 'a' }, { ttlSeconds: 100 }).set({ epoch }).if({ epoch: expected })
    await db.leases.insertIfAbsent({ id: 'a', owner: 'me', epoch: 1 }, { ttlSeconds: 10 })
    expect(await renew(2, 7)).toMatchObject({ applied: false, current: { owner: 'me', epoch: 1 } })
    expect(await renew(2, 1)).toEqual({ applied: true })
    await clock.advance(20_000)
    expect(await db.leases.get({ id: 'a' })).toEqual({ id: 'a', owner: null, epoch: 2, note: null })
    expect(await db.leases.insertIfAbsent({ id: 'b', owner: 'you', epoch: 1 }, { ttlSeconds: 500 })).toEqual({ applied: true })
    await otherWrite(1)
    const raw = new DatabaseSync(file)
    const now = clock.now()
    expect(raw.prepare('select count(*) as n from leases where hanse_soonest <= ?').get(now)).toEqual({ n: 0 })
    raw.close()
    await clock.advance(100_000)
    expect(await db.leases.get({ id: 'a' })).toBeUndefined()
    expect(await db.leases.insertIfAbsent({ id: 'a', owner: 'new', epoch: 9 }, { ttlSeconds: 10 })).toEqual({ applied: true })
    expect(await db.leases.get({ id: 'a' })).toEqual({ id: 'a', owner: 'new', epoch: 9, note: null })
    await db.close()
  })
})
