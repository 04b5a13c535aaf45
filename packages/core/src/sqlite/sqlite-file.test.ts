import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import { openSqlite } from './sqlite-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe.each(['file', 'memory'])('openSqlite (%s)', (kind) => {
  const open = () => openSqlite({ file: kind === 'memory' ? ':memory:' : join(folder, 'a.db') })

  it('resolves a write with its result and shows it to reads', async () => {
    await using db = open()
    await db.write((c) => c.exec('create table t (n integer primary key)'))
    const changes = await db.write((c) => c.prepare('insert into t values (?)').run(1).changes)
    expect(changes).toBe(1)
    expect(db.read((c) => c.prepare('select count(*) as n from t').get())).toMatchObject({ n: 1 })
  })

  it('rejects a failing write alone and keeps the others of its group', async () => {
    await using db = open()
    await db.write((c) => c.exec('create table t (n integer primary key)'))
    const insert = (n: number) => db.write((c) => c.prepare('insert into t values (?)').run(n))
    const failing = db.write((c) => {
      c.prepare('insert into t values (?)').run(99)
      throw new Error('no')
    })
    const results = await Promise.allSettled([insert(1), failing, insert(1), insert(2)])
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(db.read((c) => c.prepare('select n from t order by n').all())).toMatchObject([{ n: 1 }, { n: 2 }])
  })

  it('tells listeners about commits, and refuses work after close', async () => {
    const db = open()
    let calls = 0
    db.onChange(() => calls++)
    await db.write((c) => c.exec('create table t (n integer)'))
    await eventually(() => expect(calls).toBeGreaterThan(0))
    await db.close()
    await db.close()
    await expect(db.write(() => 1)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('openSqlite on a file', () => {
  it('shares a file between connections and tells one of the commits of the other', async () => {
    const file = join(folder, 'shared.db')
    await using one = openSqlite({ file })
    await using two = openSqlite({ file })
    await one.write((c) => c.exec('create table t (n integer)'))
    let calls = 0
    const stop = two.onChange(() => calls++)
    await Promise.all(Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? one : two).write((c) => c.prepare('insert into t values (?)').run(n))))
    expect(two.read((c) => c.prepare('select count(*) as n from t').get())).toMatchObject({ n: 50 })
    await one.write((c) => c.exec('insert into t values (100)'))
    await eventually(() => expect(calls).toBeGreaterThan(0))
    stop()
  })

  it('waits for a lock that another connection holds without blocking the event loop', async () => {
    const file = join(folder, 'locked.db')
    await using one = openSqlite({ file })
    const { DatabaseSync } = await import('node:sqlite')
    await one.write((c) => c.exec('create table t (n integer)'))
    const holder = new DatabaseSync(file)
    holder.exec('begin immediate')
    let settled = false
    const write = one.write((c) => c.exec('insert into t values (1)')).then(() => (settled = true))
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toBe(false)
    holder.exec('commit')
    holder.close()
    await write
    expect(settled).toBe(true)
  })

  it('names the file and the way out when the file is no database or its folder cannot be made', async () => {
    const broken = join(folder, 'broken.db')
    writeFileSync(broken, 'this is not a database, and it is long enough to be read as a header'.repeat(20))
    expect(() => openSqlite({ file: broken })).toThrow(
      expect.objectContaining({ code: 'STORAGE_CORRUPT', message: expect.stringMatching(/broken\.db.*Restore/) }),
    )
    writeFileSync(join(folder, 'plain'), '')
    expect(() => openSqlite({ file: join(folder, 'plain', 'x.db') })).toThrow(/writable folder/)
  })

  it('rejects with STORAGE_FULL when the file cannot grow, keeps nothing of that write, and goes on when there is room', async () => {
    await using db = openSqlite({ file: join(folder, 'full.db') })
    await db.write((c) => c.exec('create table t (b blob)'))
    const pages = Number(db.read((c) => c.prepare('pragma page_count').get())?.['page_count'])
    db.read((c) => c.prepare(`pragma max_page_count = ${pages + 2}`).get())
    const big = () => db.write((c) => c.exec('insert into t values (randomblob(100000))'))
    await expect(big()).rejects.toMatchObject({ code: 'STORAGE_FULL', retryable: true })
    db.read((c) => c.prepare('pragma max_page_count = 100000').get())
    await big()
    expect(db.read((c) => c.prepare('select count(*) as n from t').get())).toMatchObject({ n: 1 })
  })
})
