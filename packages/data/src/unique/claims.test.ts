import { createManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { HanseError } from '@hanse/core'
import { createDatabase, sqlite, table } from '../index.ts'
import type { DataEngine, WriteStatement } from '../index.ts'
import { claimsTable } from './claim-store.ts'

const users = table('users', { fields: { id: 'uuid', email: 'text', name: 'text' }, key: ['id'], required: ['email'], unique: ['email'] })
const user = (n: number) => ({ id: `0197a2b4-0000-7000-8000-${String(n).padStart(12, '0')}`, email: 'ada@example.org' })

/** An engine on which one write, chosen by its table and kind, never comes back: as if the process died there. */
function dyingAt(engine: DataEngine, chosen: (statement: WriteStatement, seen: number) => boolean, when: 'before' | 'after'): DataEngine {
  const write = engine.write.bind(engine)
  let seen = 0
  let dead = false
  engine.write = async (statements, options) => {
    if (dead) return new Promise(() => undefined)
    if (statements.some((statement) => chosen(statement, ++seen))) {
      dead = true
      if (when === 'after') await write(statements, options)
      return new Promise(() => undefined)
    }
    return write(statements, options)
  }
  return engine
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a write that is not applied', () => {
  it('leaves the row that is there its unique values', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users } })
    await db.users.insertIfAbsent(user(1))
    expect(await db.users.insertIfAbsent(user(1))).toMatchObject({ applied: false, conflict: 'key' })
    expect(await db.users.getBy({ email: 'ada@example.org' })).toMatchObject(user(1))
    expect(await db.users.insertIfAbsent(user(2))).toMatchObject({ applied: false, conflict: 'email' })
  })

  it('leaves them to one of several that write the same row at once', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users } })
    const results = await Promise.all(Array.from({ length: 8 }, () => db.users.insertIfAbsent(user(1))))
    expect(results.filter(({ applied }) => applied)).toHaveLength(1)
    expect(await db.users.getBy({ email: 'ada@example.org' })).toMatchObject(user(1))
  })

  it('frees a value that only it wanted', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users } })
    await db.users.insertIfAbsent({ ...user(1), email: 'first@example.org' })
    expect(await db.users.insertIfAbsent(user(1))).toMatchObject({ applied: false, conflict: 'key' })
    expect(await db.users.insertIfAbsent(user(2))).toEqual({ applied: true })
  })
})

describe('a claim whose writer died (seed-requirement 42)', () => {
  /** Two databases over one store in memory: closing the second leaves it. */
  const setup = (chosen: (statement: WriteStatement, seen: number) => boolean, when: 'before' | 'after') => {
    const clock = createManualClock()
    const store = sqlite({ file: ':memory:', clock })
    const write = store.write.bind(store)
    const dying = createDatabase({ engine: dyingAt(store, chosen, when), tables: { users }, clock })
    const alive = createDatabase({ engine: { ...view(store), write, start: async () => undefined, close: async () => undefined }, tables: { users }, clock })
    return { clock, dying, alive }
  }
  const view = (store: DataEngine): DataEngine => ({
    name: store.name,
    capabilities: store.capabilities,
    defaultSchemaMode: store.defaultSchemaMode,
    start: (options) => store.start(options),
    close: (options) => store.close(options),
    describe: (tables, options) => store.describe(tables, options),
    alter: (changes, options) => store.alter(changes, options),
    read: (statement, options) => store.read(statement, options),
    write: (statements, options) => store.write(statements, options),
    [Symbol.asyncDispose]: () => store.close(),
  })

  it('before its row was written keeps the value for the time of its lease, then it is free', async () => {
    const { clock, dying, alive } = setup((statement) => statement.table.name === 'users', 'before')
    await dying.start()
    void dying.users.insertIfAbsent(user(1)).then(() => undefined)
    await turns()
    expect(await alive.users.insertIfAbsent(user(2))).toEqual({ applied: false, current: undefined, conflict: 'email' })
    await clock.advance(30_001)
    expect(await alive.users.insertIfAbsent(user(2))).toEqual({ applied: true })
    expect((await alive.users.getBy({ email: 'ada@example.org' }))?.id).toBe(user(2).id)
  })

  it('after its row was written stays with that row, however long the lease is over', async () => {
    const { clock, dying, alive } = setup((statement) => statement.table.name === 'users', 'after')
    await dying.start()
    void dying.users.insertIfAbsent(user(1)).then(() => undefined)
    await turns()
    await clock.advance(1_000_000)
    expect(await alive.users.insertIfAbsent(user(2))).toMatchObject({ applied: false, conflict: 'email', current: user(1) })
    await expect(alive.users.insert(user(2))).rejects.toMatchObject({ code: 'UNIQUE_CONFLICT', details: { table: 'users', column: 'email' } })
    expect((await alive.users.getBy({ email: 'ada@example.org' }))?.id).toBe(user(1).id)
  })

  it('between deleting its row and releasing the value blocks nobody', async () => {
    const { dying, alive } = setup((statement) => statement.kind === 'delete' && statement.table.name === 'users', 'after')
    await dying.users.insert(user(1))
    void dying.users.delete({ id: user(1).id }).then(() => undefined)
    await turns()
    expect(await alive.users.getBy({ email: 'ada@example.org' })).toBeUndefined()
    expect(await alive.users.insertIfAbsent(user(2))).toEqual({ applied: true })
  })
})

describe('unique columns', () => {
  it('are not held back by a write that failed', async () => {
    const engine = sqlite({ file: ':memory:' })
    const write = engine.write.bind(engine)
    let fail = true
    engine.write = async (statements, options) => {
      if (fail && statements[0]?.table.name === 'users') throw new HanseError('no', { code: 'ENGINE_FAILED' })
      return write(statements, options)
    }
    await using db = createDatabase({ engine, tables: { users } })
    await expect(db.users.insert(user(1))).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    fail = false
    expect(await db.users.insertIfAbsent(user(2))).toEqual({ applied: true })
  })

  it('are free again when a conditional update did not apply', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users } })
    await db.users.insert({ ...user(1), name: 'Ada' })
    expect(
      await db.users
        .update({ id: user(1).id })
        .set({ email: 'new@example.org' })
        .if({ name: 'Bob' }),
    ).toMatchObject({ applied: false })
    await db.users.insert({ ...user(2), email: 'new@example.org' })
    expect((await db.users.getBy({ email: 'ada@example.org' }))?.id).toBe(user(1).id)
  })

  it('leave no claim behind when their row changes or goes', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users, claims: claimsTable } })
    const claim = (email: string) => db.claims.get({ table_name: 'users', column_name: 'email', value: JSON.stringify(email) })
    await db.users.insert(user(1))
    expect(await claim('ada@example.org')).toMatchObject({ state: 'held' })
    await db.users.update({ id: user(1).id }).set({ email: 'new@example.org' })
    expect(await claim('ada@example.org')).toBeUndefined()
    expect(await claim('new@example.org')).toMatchObject({ state: 'held' })
    await db.users.delete({ id: user(1).id }).if({ email: 'new@example.org' })
    expect(await claim('new@example.org')).toBeUndefined()
  })

  it('are claimed for writes of a batch, too', async () => {
    const events = table('events', { fields: { id: 'int' }, key: ['id'] })
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users, events } })
    await db.atomically([db.users.insert(user(1)), db.events.insert({ id: 1 })])
    await expect(db.atomically([db.users.insert(user(2)), db.events.insert({ id: 2 })])).rejects.toMatchObject({ code: 'UNIQUE_CONFLICT' })
    expect(await db.events.get({ id: 2 })).toBeUndefined()
    expect(await db.users.insertIfAbsent(user(1))).toMatchObject({ applied: false, conflict: 'key' })
  })

  it('need the whole key to be deleted, and exactly one column to be found by', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users } })
    await expect(db.users.getBy({} as never)).rejects.toThrow("getBy on 'users' needs exactly one unique column ('email'); got nothing.")
    await expect(db.users.getBy({ name: 'x' } as never)).rejects.toThrow(/exactly one unique column/)
  })
})
