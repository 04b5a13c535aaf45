import { createManualClock } from '@hanse/core/testing'
import { tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addToSet, append, createDatabase, increment, prepend, putEntries, removeEntries, sqlite, table } from './index.ts'
import type { DataEngine, StatementMessage, WriteStatement } from './index.ts'

const orders = table('orders', {
  fields: {
    customer_id: 'uuid',
    placed_at: 'timestamp',
    status: 'text',
    total: 'decimal',
    log: 'list<text>',
    tags: 'set<text>',
    attributes: 'map<text, text>',
  },
  key: [['customer_id'], 'placed_at'],
  required: ['status'],
})
const leases = table('leases', { fields: { id: 'uuid', owner: 'text', version: 'int' }, key: ['id'], conditional: true })
const users = table('users', {
  fields: { id: 'uuid', email: 'text', password: 'text', name: 'text' },
  key: ['id'],
  required: ['email'],
  validate: z.object({ id: z.string(), email: z.email(), password: z.string().min(8).max(72), name: z.string().min(1).optional() }),
})
const hits = table('hits', { fields: { id: 'uuid', count: 'counter' }, key: ['id'] })
const tables = { orders, leases, users, hits }
const id = '0197a2b4-0000-7000-8000-000000000001'
const key = { customer_id: id, placed_at: new Date(0) }

const open = (engine: DataEngine = sqlite({ file: ':memory:' })) => createDatabase({ engine, tables })

/** Calls with arguments that the types refuse. */
const untyped = (value: unknown): Record<string, (...given: unknown[]) => PromiseLike<unknown>> =>
  value as Record<string, (...given: unknown[]) => PromiseLike<unknown>>

describe('bad input is answered by a sentence', () => {
  const db = open()
  const said: readonly (readonly [string, () => PromiseLike<unknown>, string])[] = [
    [
      'a select without the partition key',
      () => untyped(db.orders)['select']!({ placed_at: new Date(0) }),
      "select on 'orders' needs the partition key column 'customer_id'; got only 'placed_at'.",
    ],
    [
      'a get without a clustering column',
      () => untyped(db.orders)['get']!({ customer_id: id }),
      "get on 'orders' needs the clustering column 'placed_at'; got only 'customer_id'.",
    ],
    ['a get by nothing', () => untyped(db.orders)['get']!({}), "get on 'orders' needs the partition key column 'customer_id'; got nothing."],
    [
      'a null key',
      () => untyped(db.orders)['get']!({ ...key, customer_id: null }),
      "column 'customer_id' of 'orders' must be a value (a key column is never null); got null.",
    ],
    [
      'a column that the key does not have',
      () => untyped(db.orders)['get']!({ ...key, status: 'x' }),
      "get on 'orders' cannot look for \"status\", which is not part of its key; it looks by 'customer_id', 'placed_at'.",
    ],
    [
      'a float as money',
      () => untyped(db.orders)['insert']!({ ...key, status: 'x', total: 39.98 }),
      "column 'total' of 'orders' must be an exact decimal as a string, such as '19.98'; got 39.98.",
    ],
    [
      'a missing required column',
      () => untyped(db.orders)['insert']!(key),
      "insert on 'orders' needs the required column 'status', which the row does not have.",
    ],
    [
      'a plain write to conditional rows',
      () => untyped(db.leases)['insert']!({ id }),
      "a plain insert on 'leases' is refused: its rows are managed by conditional writes. Add a condition, or make it part of a conditional batch.",
    ],
    [
      'a plain batch of conditional rows',
      () => (db.atomically as (given: unknown) => Promise<unknown>)([db.leases.insert({ id })]),
      "atomically() writes to 'leases' without a condition, but its rows are managed by conditional writes.",
    ],
    [
      'the removal of a required column',
      () => db.orders.update(key).set({ status: null as never }) as PromiseLike<unknown>,
      "column 'status' of 'orders' must be a value (it is required and cannot be removed); got null.",
    ],
    [
      'a time to live of half a second',
      () => db.orders.insert({ ...key, status: 'x' }, { ttlSeconds: 0.5 }),
      "option 'ttlSeconds' of a write to 'orders' must be a whole number of seconds from 1 to 630720000; got 0.5.",
    ],
    [
      'a limit of nothing',
      () => db.orders.select({ customer_id: id }).limit(0),
      "the limit of select on 'orders' must be a whole number of at least 1; got 0.",
    ],
    [
      'an insert of a counter',
      () => untyped(db.hits)['insert']!({ id, count: 1n }),
      "insert on 'hits' cannot write counters; use update().set({ … : increment() }).",
    ],
  ]

  it.each(said)('%s', async (_, run, sentence) => {
    await expect(Promise.resolve(run())).rejects.toMatchObject({ name: 'HanseError', code: 'INVALID_ARGUMENT', message: sentence })
  })

  it('and refuses names that a database needs itself', () => {
    expect(() => createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { close: orders } })).toThrow(/a name that a database does not use itself/)
    const twin = table('orders', { fields: { id: 'int' }, key: ['id'] })
    expect(() => open().extend({ twin })).toThrow("two different tables are named 'orders'")
  })
})

describe('validate (seed-requirement 45)', () => {
  it('checks a row before anything is written', async () => {
    await using db = open()
    await expect(db.users.insert({ id, email: 'not an address', password: 'short' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { issues: [{ pointer: '/email' }, { pointer: '/password' }] },
    })
    await expect(db.users.insertIfAbsent({ id, email: 'a@example.org', password: 'x'.repeat(73) })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    expect(await db.users.get({ id })).toBeUndefined()
    await db.users.insert({ id, email: 'a@example.org', password: 'long enough', name: null })
  })

  it('checks of an update only what it sets, within batches too', async () => {
    await using db = open()
    await db.users.update({ id }).set({ name: 'Ada' })
    await expect(db.users.update({ id }).set({ name: '' })).rejects.toMatchObject({ details: { issues: [{ pointer: '/name' }] } })
    await db.users.update({ id }).set({ name: null })
    await expect(db.users.update({ id }).set({ password: null })).rejects.toMatchObject({ details: { issues: [{ pointer: '/password' }] } })
    await expect(db.atomically([db.orders.insert({ ...key, status: 'x' }), db.users.update({ id }).set({ password: 'x' })])).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
    expect(await db.orders.get(key)).toBeUndefined()
  })
})

describe('statements', () => {
  it('carry their idempotence (seed-requirement 74)', () => {
    const db = open()
    const yes: readonly { compile(): WriteStatement }[] = [
      db.orders.insert({ ...key, status: 'x' }),
      db.orders.update(key).set({ status: 'x', tags: addToSet(['a']), attributes: putEntries({ a: 'b' }), log: ['whole'] }),
      db.orders.update(key).set({ attributes: removeEntries(['a']), total: null }),
      db.orders.delete(key),
      db.orders.delete({ customer_id: id }),
    ]
    const no: readonly { compile(): WriteStatement }[] = [
      db.orders.insertIfAbsent({ ...key, status: 'x' }),
      db.orders.update(key).set({ log: append(['a']) }),
      db.orders.update(key).set({ log: prepend(['a']), status: 'x' }),
      db.orders.update(key).set({ status: 'x' }).if({ status: 'y' }),
      db.orders.delete(key).ifExists(),
      db.hits.update({ id }).set({ count: increment() }),
    ]
    expect(yes.map((write) => write.compile().idempotent)).toEqual(yes.map(() => true))
    expect(no.map((write) => write.compile().idempotent)).toEqual(no.map(() => false))
  })

  it('never hold a null or an absent value for a column that is kept (seed-requirement 53)', () => {
    const db = open()
    expect(db.orders.insert({ ...key, status: 'x', total: null, tags: [] }).compile()).toMatchObject({ row: { ...key, status: 'x' } })
    expect(Object.keys((db.orders.insert({ ...key, status: 'x', total: undefined }).compile() as { row: object }).row)).toEqual([
      'customer_id',
      'placed_at',
      'status',
    ])
    expect(db.orders.update(key).set({ total: null, tags: [], status: undefined }).compile()).toMatchObject({
      changes: [
        { column: 'total', kind: 'remove' },
        { column: 'tags', kind: 'remove' },
      ],
    })
  })

  it('do nothing until they are awaited, and run once', async () => {
    await using db = open()
    const insert = db.orders.insert({ ...key, status: 'x' })
    expect(await db.orders.get(key)).toBeUndefined()
    await insert
    await db.orders.delete(key)
    await insert
    expect(await db.orders.get(key)).toBeUndefined()
    await expect(db.atomically([insert])).rejects.toThrow(/a statement runs once/)
  })

  it('copy what they were given, so that a later change of it does not matter', async () => {
    const blobs = table('blobs', { fields: { id: 'int', data: 'blob' }, key: ['id'] })
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { blobs } })
    await db.start()
    const data = Buffer.from('abc')
    const write = db.blobs.insert({ id: 1, data }).then(() => undefined)
    data.fill(0)
    await write
    const read = await db.blobs.get({ id: 1 })
    expect(read?.data).toEqual(Uint8Array.of(97, 98, 99))
    read?.data?.fill(0)
    expect((await db.blobs.get({ id: 1 }))?.data).toEqual(Uint8Array.of(97, 98, 99))
  })

  it('are told to subscribers of the tracing channel', async () => {
    await using db = open()
    const seen: string[] = []
    const channel = tracingChannel<StatementMessage>('hanse:data:statement')
    const subscriber = { start: (message: object) => seen.push(`${(message as StatementMessage).operation} ${(message as StatementMessage).table}`) }
    channel.subscribe(subscriber as never)
    await db.orders.insert({ ...key, status: 'x' })
    await db.orders.get(key)
    channel.unsubscribe(subscriber as never)
    expect(seen).toEqual(['write orders', 'read orders'])
  })
})

describe('a database', () => {
  it('starts by itself, closes once, and answers nothing afterwards (seed-requirement 40)', async () => {
    const db = open()
    const wider = db.extend({ more: table('more', { fields: { id: 'int' }, key: ['id'] }) })
    await wider.more.insert({ id: 1 })
    await Promise.all([db.close(), db.close()])
    await expect(db.orders.get(key)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(wider.more.get({ id: 1 })).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(db.start()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('does no input or output when it is made', async () => {
    const db = open(sqlite({ file: '/nowhere/that/can/be/made.db' }))
    await expect(db.close()).resolves.toBeUndefined()
  })

  it('reads the clock once a write, so that cells written together expire together (seed-requirement 111)', async () => {
    const clock = createManualClock()
    let reads = 0
    const counting = { ...clock, now: () => clock.now() + reads++ }
    await using db = open(sqlite({ file: ':memory:', clock: counting }))
    await db.start()
    reads = 0
    await db.orders.insert({ ...key, status: 'x', total: '1' }, { ttlSeconds: 10 })
    expect(reads).toBe(1)
  })
})
