import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HanseError } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  addColumn,
  createDatabase,
  createIndex,
  createTable,
  defineMigration,
  dropColumn,
  dropIndex,
  dropTable,
  migrate,
  sqlite,
  table,
  verify,
} from '../index.ts'
import type { DataCapability, DataEngine } from '../index.ts'

const first = table('products', { fields: { id: 'uuid', name: 'text' }, key: ['id'] })
const second = table('products', { fields: { id: 'uuid', name: 'text', brand: 'text' }, key: ['id'] })
const migrations = [defineMigration('0001_products', [createTable(first)]), defineMigration('0002_brand', [addColumn('products', 'brand', 'text')])]
const id = '0197a2b4-0000-7000-8000-000000000001'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-migrate-'))
  file = join(folder, 'a.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** An engine whose schema changes fail from the given one on. */
function failingFrom(change: number): DataEngine {
  const engine = sqlite({ file })
  const alter = engine.alter.bind(engine)
  let count = 0
  engine.alter = async (changes, options) => {
    if (changes[0]?.table === 'products' && ++count >= change) throw new Error('power cut')
    await alter(changes, options)
  }
  return engine
}

describe('migrate', () => {
  it('runs what has not run, in order of the ids, and keeps the data (seed-requirement 57)', async () => {
    expect(await migrate({ engine: sqlite({ file }), migrations: migrations.slice(0, 1) })).toEqual({ applied: ['0001_products'], alreadyApplied: [] })
    {
      await using db = createDatabase({ engine: sqlite({ file }), tables: { products: first }, schema: 'verify' })
      await db.products.insert({ id, name: 'Lamp' })
    }
    expect(await migrate({ engine: sqlite({ file }), migrations: migrations.toReversed() })).toEqual({
      applied: ['0002_brand'],
      alreadyApplied: ['0001_products'],
    })
    await using db = createDatabase({ engine: sqlite({ file }), tables: { products: second }, schema: 'verify' })
    expect(await db.products.select({ id }).page()).toMatchObject({ next: null })
    expect(await db.products.get({ id })).toEqual({ id, name: 'Lamp', brand: null })
  })

  it('lets one of twenty runners at once do the work (seed-requirements 41 and 113)', async () => {
    const reports = await Promise.all(Array.from({ length: 20 }, () => migrate({ engine: sqlite({ file }), migrations })))
    expect(reports.flatMap((report) => report.applied)).toEqual(['0001_products', '0002_brand'])
    expect(await verify({ engine: sqlite({ file }), tables: [second] })).toEqual([])
  })

  it('goes on behind a failure, from the start of the migration that failed', async () => {
    const failed = migrate({ engine: failingFrom(2), migrations })
    await expect(failed).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining("'0002_brand' failed at add-column of table 'products'"),
    })
    expect(await migrate({ engine: sqlite({ file }), migrations })).toEqual({ applied: ['0002_brand'], alreadyApplied: ['0001_products'] })
  })

  it('refuses a migration that was changed, removed or put in between after it ran', async () => {
    await migrate({ engine: sqlite({ file }), migrations })
    const run = (given: typeof migrations) => migrate({ engine: sqlite({ file }), migrations: given })
    await expect(run([defineMigration('0001_products', [createTable(second)]), ...migrations.slice(1)])).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('was changed after it ran'),
    })
    await expect(run(migrations.slice(0, 1))).rejects.toThrow(/'0002_brand' has run on this store but is not among/)
    await expect(run([...migrations, defineMigration('0001_z', [dropTable('products')])])).rejects.toThrow(/sorts before '0002_brand'/)
    expect(() => defineMigration('users', [dropTable('x')])).toThrow(/a digit/)
  })

  it('takes the lock of a runner that died when its time is over, and waits for one that lives', async () => {
    const clock = createManualClock()
    const stuck = sqlite({ file, clock })
    const release = Promise.withResolvers<void>()
    const alter = stuck.alter.bind(stuck)
    const reached = Promise.withResolvers<void>()
    stuck.alter = async (changes, options) => {
      if (changes[0]?.table !== 'products') return alter(changes, options)
      reached.resolve()
      await release.promise
      throw new Error('too late')
    }
    const dead = migrate({ engine: stuck, migrations, clock })
    await reached.promise
    const impatient = migrate({ engine: sqlite({ file, clock }), migrations, clock, lockTimeoutMs: 1_000 })
    const outcome = impatient.catch((error: unknown) => error)
    for (let second = 0; second < 4; second++) await clock.advance(500)
    expect(await outcome).toMatchObject({ code: 'MIGRATION_LOCKED', retryable: true })
    await clock.advance(31_000)
    expect((await migrate({ engine: sqlite({ file, clock }), migrations, clock })).applied).toEqual(['0001_products', '0002_brand'])
    release.resolve()
    await expect(dead).rejects.toMatchObject({ code: 'MIGRATION_FAILED' })
  })

  it.each([
    ['took', true],
    ['did not take', false],
  ])('asks again for the lock when the answer is lost to a write that %s it', async (_, isWritten) => {
    const engine = sqlite({ file })
    const write = engine.write.bind(engine)
    let isLost = false
    engine.write = async (statements, options) => {
      if (isLost) return write(statements, options)
      isLost = true
      if (isWritten) await write(statements, options)
      throw new HanseError('the store is busy.', { code: 'ENGINE_FAILED', retryable: true })
    }
    expect((await migrate({ engine, migrations })).applied).toEqual(['0001_products', '0002_brand'])
    expect(isLost).toBe(true)
  })

  it('makes the tables that unique columns and page tokens need, so that start only has to look', async () => {
    const members = table('members', { fields: { team: 'uuid', id: 'int', email: 'text' }, key: [['team'], 'id'], unique: ['email'] })
    await migrate({ engine: sqlite({ file }), migrations: [defineMigration('0001_members', [createTable(members)])] })
    await using db = createDatabase({ engine: sqlite({ file }), tables: { members }, schema: 'verify' })
    for (const n of [1, 2]) await db.members.insert({ team: id, id: n, email: `${n}@example.org` })
    expect((await db.members.select({ team: id }).limit(1).page()).next).toEqual(expect.any(String))
  })

  it('drops columns and tables', async () => {
    await migrate({ engine: sqlite({ file }), migrations })
    await migrate({ engine: sqlite({ file }), migrations: [...migrations, defineMigration('0003_drop', [dropColumn('products', 'brand')])] })
    expect(await verify({ engine: sqlite({ file }), tables: [second] })).toEqual([{ table: 'products', problem: "column 'brand' is missing" }])
    expect(await verify({ engine: sqlite({ file }), tables: [first] })).toEqual([])
  })
})

describe('indexes', () => {
  const indexed = table('products', { fields: { id: 'uuid', name: 'text', brand: 'text' }, key: ['id'], indexes: ['brand'] })
  const three = [...migrations, defineMigration('0003_index', [createIndex(indexed, 'brand')])]

  it('are made of the rows that are there, and are missing before that (seed-requirement 44)', async () => {
    await migrate({ engine: sqlite({ file }), migrations })
    await using before = createDatabase({ engine: sqlite({ file }), tables: { products: second } })
    await before.products.insert({ id, name: 'a', brand: 'acme' })
    expect(await verify({ engine: sqlite({ file }), tables: [indexed] })).toEqual([{ table: 'products', problem: "column 'brand' has no index" }])
    await migrate({ engine: sqlite({ file }), migrations: three })
    await using after = createDatabase({ engine: sqlite({ file }), tables: { products: indexed }, schema: 'verify' })
    expect(await after.products.find({ brand: 'acme' })).toEqual([{ id, name: 'a', brand: 'acme' }])
  })

  it('go away alone or with their column, and may be there undeclared', async () => {
    await migrate({ engine: sqlite({ file }), migrations: three })
    expect(await verify({ engine: sqlite({ file }), tables: [second] })).toEqual([])
    await migrate({ engine: sqlite({ file }), migrations: [...three, defineMigration('0004_none', [dropIndex('products', 'brand')])] })
    expect(await verify({ engine: sqlite({ file }), tables: [indexed] })).toEqual([{ table: 'products', problem: "column 'brand' has no index" }])
  })

  it('are added to a table that is there when the engine is embedded', async () => {
    await migrate({ engine: sqlite({ file }), migrations })
    await using db = createDatabase({ engine: sqlite({ file }), tables: { products: indexed } })
    await db.products.insert({ id, name: 'a', brand: 'acme' })
    expect(await db.products.find({ brand: 'acme' })).toHaveLength(1)
  })
})

describe('start', () => {
  it('names everything that is missing or different, and changes nothing (seed-requirements 57 and 113)', async () => {
    await migrate({ engine: sqlite({ file }), migrations })
    const other = table('products', { fields: { id: 'uuid', name: 'int', day: 'date', stock: 'int' }, key: [['id'], 'day'] })
    const absent = table('absent', { fields: { id: 'uuid' }, key: ['id'] })
    const db = createDatabase({ engine: sqlite({ file }), tables: { other, absent }, schema: 'verify' })
    await expect(db.start()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      details: {
        differences: [
          { table: 'products', problem: "column 'day' is missing" },
          { table: 'products', problem: "column 'name' is declared 'int' but is 'text'" },
          { table: 'products', problem: "column 'stock' is missing" },
          { table: 'absent', problem: 'the table is missing' },
        ],
      },
    })
    await db.close()
    expect(await verify({ engine: sqlite({ file }), tables: [absent] })).toEqual([{ table: 'absent', problem: 'the table is missing' }])
  })

  it('creates what is missing when the engine is embedded, twenty databases at once (seed-requirements 40 and 113)', async () => {
    const dbs = Array.from({ length: 20 }, (_, n) => createDatabase({ engine: sqlite({ file }), tables: { products: n % 2 === 0 ? first : second } }))
    await Promise.all(dbs.map((db) => db.start()))
    await Promise.all(dbs.map((db) => db.close()))
    expect(await verify({ engine: sqlite({ file }), tables: [second] })).toEqual([])
  })

  it('refuses an index that the engine does not have (seed-requirement 44)', async () => {
    const indexed = table('indexed', { fields: { id: 'uuid', brand: 'text' }, key: ['id'], indexes: ['brand'] })
    const engine = Object.assign(sqlite({ file }), { capabilities: new Set<DataCapability>() })
    await using db = createDatabase({ engine, tables: { indexed } })
    await expect(db.start()).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining("an index on 'brand'") })
  })

  it('rejects with the cause when the file cannot be opened, and so does every statement (seed-requirement 40)', async () => {
    const db = createDatabase({ engine: sqlite({ file: join(folder, 'a.db', 'no') }), tables: { first } })
    await createDatabase({ engine: sqlite({ file }), tables: { first } }).start()
    await expect(db.start()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await expect(db.first.get({ id })).rejects.toMatchObject({ name: 'HanseError' })
    await db.close()
  })
})
