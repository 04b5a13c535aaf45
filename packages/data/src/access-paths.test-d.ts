// oxlint-disable vitest/expect-expect, typescript/await-thenable -- a line that must not compile is the assertion here
import { describe, expectTypeOf, it } from 'vitest'
import { addToSet, append, createDatabase, increment, putEntries, removeEntries, table } from './index.ts'
import type { DataEngine, Database, Row } from './index.ts'

declare const engine: DataEngine

const orders = table('orders', {
  fields: {
    customer_id: 'uuid',
    placed_at: 'timeuuid',
    status: 'text',
    total: 'decimal',
    weight: 'double',
    at: 'timestamp',
    log: 'list<text>',
    tags: 'set<text>',
    attributes: 'map<text, int>',
    frozen_tags: 'frozen<set<text>>',
  },
  key: [['customer_id'], 'placed_at'],
  order: { placed_at: 'desc' },
  required: ['status'],
})
const readings = table('readings', {
  fields: { tenant: 'text', day: 'date', hour: 'int', minute: 'int', value: 'double' },
  key: [['tenant', 'day'], 'hour', 'minute'],
})
const leases = table('leases', {
  fields: { id: 'uuid', seq: 'int', owner: 'text', epoch: 'bigint' },
  key: [['id'], 'seq'],
  static: ['epoch'],
  conditional: true,
})
const users = table('users', { fields: { id: 'uuid', email: 'text', name: 'text' }, key: ['id'], required: ['email'], unique: ['email'] })
const hits = table('hits', { fields: { id: 'uuid', count: 'counter' }, key: ['id'] })
const db = createDatabase({ engine, tables: { orders, readings, leases, users, hits } })
const order = { customer_id: 'c', placed_at: 'p' }

/** Everything in here is compiled, nothing runs. */
describe('types of CQL', () => {
  it('infers rows from CQL type strings (seed-requirement 54)', () => {
    const every = table('every', {
      fields: {
        id: 'uuid',
        a: 'bigint',
        b: 'blob',
        c: ' Map < text , frozen< list<int> > > ',
        d: 'map<int, text>',
        e: 'frozen<profile>',
        f: 'tuple<text, int>',
        g: 'vector<float, 384>',
        h: 'boolean',
        i: 'varint',
        j: 'map<uuid, map_value>',
        k: 'frozen<tuple<text, frozen<map<text, int>>>>',
      },
      key: ['id'],
      types: { profile: { bio: 'text', age: 'int' }, map_value: { x: 'double' } },
    })
    type Every = Row<typeof every>
    expectTypeOf<Every['id']>().toEqualTypeOf<string>()
    expectTypeOf<Every['a']>().toEqualTypeOf<bigint | null>()
    expectTypeOf<Every['b']>().toEqualTypeOf<Uint8Array | null>()
    expectTypeOf<Every['c']>().toEqualTypeOf<Readonly<Record<string, readonly number[]>> | null>()
    expectTypeOf<Every['d']>().toEqualTypeOf<ReadonlyMap<number, string> | null>()
    expectTypeOf<Every['e']>().toEqualTypeOf<{ readonly bio: string | null; readonly age: number | null } | null>()
    expectTypeOf<Every['f']>().toEqualTypeOf<readonly [string | null, number | null] | null>()
    expectTypeOf<Every['g']>().toEqualTypeOf<Float32Array | null>()
    expectTypeOf<Every['h']>().toEqualTypeOf<boolean | null>()
    expectTypeOf<Every['i']>().toEqualTypeOf<bigint | null>()
    expectTypeOf<Every['j']>().toEqualTypeOf<Readonly<Record<string, { readonly x: number | null }>> | null>()
    expectTypeOf<Every['k']>().toEqualTypeOf<readonly [string | null, Readonly<Record<string, number>> | null] | null>()
  })

  it('refuses definitions that Cassandra would refuse', () => {
    // @ts-expect-error an unknown type is never taken for text (seed-requirement 54)
    table('x', { fields: { id: 'uuid', a: 'varchar2' }, key: ['id'] })
    // @ts-expect-error a user type that is not declared (seed-requirement 41)
    table('x', { fields: { id: 'uuid', a: 'frozen<address_type>' }, key: ['id'] })
    // @ts-expect-error a vector needs its dimension
    table('x', { fields: { id: 'uuid', a: 'vector<float>' }, key: ['id'] })
    // @ts-expect-error a map needs two types
    table('x', { fields: { id: 'uuid', a: 'map<text>' }, key: ['id'] })
    // @ts-expect-error a key column that is no field
    table('x', { fields: { id: 'uuid' }, key: ['ID'] })
    // @ts-expect-error a partition key column that is no field
    table('x', { fields: { id: 'uuid' }, key: [['id', 'day']] })
    // @ts-expect-error an order on a column that is not a clustering column
    table('x', { fields: { id: 'uuid', a: 'int' }, key: ['id'], order: { a: 'desc' } })
    // @ts-expect-error a static column that is part of the key
    table('x', { fields: { id: 'uuid', a: 'int' }, key: [['id'], 'a'], static: ['a'] })
    // @ts-expect-error a required column that is no field
    table('x', { fields: { id: 'uuid', a: 'int' }, key: ['id'], required: ['b'] })
    // @ts-expect-error a unique column that is the key already
    table('x', { fields: { id: 'uuid', a: 'int' }, key: ['id'], unique: ['id'] })
    // @ts-expect-error an index on a column that is no field (seed-requirement 44)
    table('x', { fields: { id: 'uuid' }, key: ['id'], indexes: ['brand'] })
  })
})

describe('reads', () => {
  it('accepts what one partition can serve', () => {
    expectTypeOf(db.orders.get(order)).resolves.toEqualTypeOf<Row<typeof orders> | undefined>()
    expectTypeOf(db.orders.get(order, { columns: ['total'] })).resolves.toEqualTypeOf<{ readonly total: string | null } | undefined>()
    db.orders.select({ customer_id: 'c' }).where('placed_at', '>=', 'a').where('placed_at', '<', 'b').order('asc').limit(10)
    db.readings.select({ tenant: 't', day: '2026-01-01' }).where('hour', '>', 3)
    db.readings.select({ tenant: 't', day: '2026-01-01', hour: 3 }).where('minute', '<', 30).order('desc')
    db.readings.select({ tenant: 't', day: '2026-01-01', hour: 3, minute: 4 })
    expectTypeOf(db.users.getBy({ email: 'a' })).resolves.toEqualTypeOf<Row<typeof users> | undefined>()
    expectTypeOf(db.leases.getStatic({ id: 'x' })).resolves.toEqualTypeOf<{ readonly id: string; readonly epoch: bigint | null } | undefined>()
    expectTypeOf<Row<typeof orders>['status']>().toEqualTypeOf<string>()
    expectTypeOf<Row<typeof orders>['total']>().toEqualTypeOf<string | null>()
  })

  it('refuses what would scan', () => {
    // @ts-expect-error the partition key column is missing
    db.orders.select({ placed_at: 'p' })
    // @ts-expect-error nothing of the key is given
    db.orders.select({})
    // @ts-expect-error one of two partition key columns is missing
    db.readings.select({ tenant: 't' })
    // @ts-expect-error a gap in the clustering columns
    db.readings.select({ tenant: 't', day: '2026-01-01', minute: 4 })
    // @ts-expect-error a column outside the key
    db.orders.select({ customer_id: 'c', status: 'open' })
    // @ts-expect-error an unknown column
    db.orders.select({ customer_id: 'c', nope: 1 })
    // @ts-expect-error a key column of another type
    db.orders.select({ customer_id: 1 })
    // @ts-expect-error a key is never null
    db.orders.select({ customer_id: null })
    // @ts-expect-error a range on a column that is not a clustering column
    db.orders.select({ customer_id: 'c' }).where('status', '=', 'open')
    // @ts-expect-error a range on a clustering column behind an open one
    db.readings.select({ tenant: 't', day: '2026-01-01' }).where('minute', '>', 3)
    // @ts-expect-error a range on a clustering column that is fixed already
    db.readings.select({ tenant: 't', day: '2026-01-01', hour: 3 }).where('hour', '>', 3)
    // @ts-expect-error a bound of another type
    db.readings.select({ tenant: 't', day: '2026-01-01' }).where('hour', '>', '3')
    // @ts-expect-error an operator that is no range
    db.readings.select({ tenant: 't', day: '2026-01-01' }).where('hour', '!=', 3)
    // @ts-expect-error an order where nothing is ordered
    db.users.select({ id: 'x' }).order('desc')
    // @ts-expect-error an order that is none
    db.orders.select({ customer_id: 'c' }).order('newest')
    // @ts-expect-error a get without the clustering column
    db.orders.get({ customer_id: 'c' })
    // @ts-expect-error a get of an unknown column
    db.orders.get(order, { columns: ['nope'] })
    // @ts-expect-error a look-up by a column that is not unique
    db.users.getBy({ name: 'Ada' })
    // @ts-expect-error a look-up on a table without unique columns
    db.orders.getBy({ status: 'x' })
    // @ts-expect-error static columns of a table that has none
    db.orders.getStatic({ customer_id: 'c' })
  })
})

describe('indexes (seed-requirement 44)', () => {
  const goods = table('goods', {
    fields: {
      id: 'uuid',
      seq: 'int',
      brand: 'text',
      price: 'decimal',
      tags: 'set<text>',
      counts: 'map<text, int>',
      embedding: 'vector<float, 3>',
      note: 'text',
    },
    key: [['id'], 'seq'],
    indexes: ['brand', 'price', 'tags', 'embedding'],
  })
  const shop = createDatabase({ engine, tables: { goods } })
  const vector = new Float32Array(3)

  it('accepts what an index can serve', async () => {
    const found = shop.goods.find({ brand: 'acme', price: '10' })
    expectTypeOf((await found)[0]).toEqualTypeOf<Row<typeof goods> | undefined>()
    found.where('price', '>=', '10').where('brand', '=', 'acme').where('tags', 'contains', 'red').limit(3)
    expectTypeOf(await shop.goods.find({ brand: 'acme' }, { columns: ['id', 'note'] })).toEqualTypeOf<readonly Pick<Row<typeof goods>, 'id' | 'note'>[]>()
    const near = await shop.goods.nearest('embedding', vector, { limit: 10, where: { brand: 'acme' }, columns: ['seq'] })
    expectTypeOf(near[0]).toEqualTypeOf<{ readonly row: Pick<Row<typeof goods>, 'seq'>; readonly similarity: number } | undefined>()
    expectTypeOf(await db.orders.scan({ columns: ['total'] })).toEqualTypeOf<readonly Pick<Row<typeof orders>, 'total'>[]>()
  })

  it('refuses what no index can serve', () => {
    // @ts-expect-error note has no index
    shop.goods.find({ note: 'x' })
    // @ts-expect-error the id is the key, not an index
    shop.goods.find({ id: 'x' })
    // @ts-expect-error a set is asked by contains, not by equality
    shop.goods.find({ tags: new Set(['red']) })
    // @ts-expect-error a decimal is written as text
    shop.goods.find({ price: 10 })
    // @ts-expect-error a text has no ranges in an index
    shop.goods.find({ brand: 'acme' }).where('brand', '>', 'a')
    // @ts-expect-error the elements of tags are texts
    shop.goods.find({ brand: 'acme' }).where('tags', 'contains', 1)
    // @ts-expect-error a text contains no elements
    shop.goods.find({ brand: 'acme' }).where('brand', 'contains', 'a')
    // @ts-expect-error brand is no vector
    shop.goods.nearest('brand', vector, { limit: 10 })
    // @ts-expect-error how many is not left open
    shop.goods.nearest('embedding', vector, {})
    // @ts-expect-error a vector is a Float32Array
    shop.goods.nearest('embedding', [1, 2, 3], { limit: 10 })
    // @ts-expect-error a table without indexes has no find
    db.orders.find({ status: 'new' })
    // @ts-expect-error an index of what is no column
    table('t', { fields: { id: 'uuid', a: 'text' }, key: ['id'], indexes: ['b'] })
    // @ts-expect-error the key of a partition needs no index
    table('t', { fields: { id: 'uuid', a: 'text' }, key: ['id'], indexes: ['id'] })
    // @ts-expect-error maps have no indexes here
    table('t', { fields: { id: 'uuid', a: 'map<text, int>' }, key: ['id'], indexes: ['a'] })
  })
})

describe('writes', () => {
  it('accepts rows, changes and conditions of the right types', () => {
    db.orders.insert({ ...order, status: 'open', total: '19.98', attributes: null, tags: undefined })
    db.orders.update(order).set({ total: null, log: append(['x']), tags: addToSet(['a']), attributes: putEntries({ a: 1 }) })
    db.orders.update(order).set({ attributes: removeEntries(['a']) })
    db.hits.update({ id: 'x' }).set({ count: increment(2n) })
    expectTypeOf(db.orders.insert({ ...order, status: 'x' })).resolves.toEqualTypeOf<void>()
    expectTypeOf(db.orders.insertIfAbsent({ ...order, status: 'x' })).resolves.toEqualTypeOf<
      { readonly applied: true } | { readonly applied: false; readonly current: Row<typeof orders> }
    >()
    expectTypeOf(db.orders.update(order).set({ status: 'x' }).if({ status: 'open', total: null }).if('weight', '<=', 4)).resolves.toEqualTypeOf<
      { readonly applied: true } | { readonly applied: false; readonly current: Row<typeof orders> | undefined }
    >()
    db.orders.delete({ customer_id: 'c' }).where('placed_at', '<', 'p')
  })

  it('refuses rows that are not whole or not of the types', () => {
    // @ts-expect-error a required column is missing
    db.orders.insert(order)
    // @ts-expect-error a required column is null
    db.orders.insert({ ...order, status: null })
    // @ts-expect-error a clustering column is missing
    db.orders.insert({ customer_id: 'c', status: 'x' })
    // @ts-expect-error a float cannot be money (seed-requirement 59)
    db.orders.insert({ ...order, status: 'x', total: 39.98 })
    // @ts-expect-error a timestamp is a Date
    db.orders.insert({ ...order, status: 'x', at: 1_700_000_000_000 })
    // @ts-expect-error an unknown column
    db.orders.insert({ ...order, status: 'x', nope: 1 })
    // @ts-expect-error an element of another type
    db.orders.insert({ ...order, status: 'x', tags: [1] })
    // @ts-expect-error a counter is not inserted
    db.hits.insert({ id: 'x', count: 1n })
  })

  it('refuses changes that make no sense', () => {
    // @ts-expect-error a key column is set
    db.orders.update(order).set({ placed_at: 'q' })
    // @ts-expect-error a required column is removed
    db.orders.update(order).set({ status: null })
    // @ts-expect-error an update of half a key
    db.orders.update({ customer_id: 'c' }).set({ status: 'x' })
    // @ts-expect-error elements added to a frozen set
    db.orders.update(order).set({ frozen_tags: addToSet(['a']) })
    // @ts-expect-error a set helper on a list
    db.orders.update(order).set({ log: addToSet(['a']) })
    // @ts-expect-error entries of another type
    db.orders.update(order).set({ attributes: putEntries({ a: 'x' }) })
    // @ts-expect-error a counter is set
    db.hits.update({ id: 'x' }).set({ count: 5n })
    // @ts-expect-error an increment of what is no counter
    db.orders.update(order).set({ weight: increment() })
    // @ts-expect-error a regular column set as static
    db.leases.updateStatic({ id: 'x' }).set({ owner: 'me' })
  })

  it('refuses conditions that no engine can judge', () => {
    // @ts-expect-error a condition on a key column
    db.orders.update(order).set({ status: 'x' }).if({ placed_at: 'p' })
    // @ts-expect-error a condition on an unfrozen collection
    db.orders.delete(order).if({ tags: ['a'] })
    // @ts-expect-error a condition of another type
    db.orders.update(order).set({ status: 'x' }).if({ total: 3 })
    // @ts-expect-error a comparison with null
    db.orders.update(order).set({ status: 'x' }).if('weight', '<', null)
    // @ts-expect-error a condition on a counter
    db.hits.update({ id: 'x' }).set({ count: increment() }).ifExists()
    // @ts-expect-error a condition on a delete of many rows
    db.orders.delete({ customer_id: 'c' }).if({ status: 'x' })
    // @ts-expect-error a static update under a condition on a row
    db.leases.updateStatic({ id: 'x' }).set({ epoch: 1n }).if({ owner: 'me' })
  })

  it('refuses plain writes to rows that are managed by conditional writes', async () => {
    const lease = { id: 'x', seq: 1 }
    // @ts-expect-error a plain insert
    await db.leases.insert({ ...lease, owner: 'me' })
    // @ts-expect-error a plain update
    await db.leases.update(lease).set({ owner: 'me' })
    // @ts-expect-error a plain delete
    await db.leases.delete(lease)
    // @ts-expect-error a plain delete of a partition
    await db.leases.delete({ id: 'x' })
    // @ts-expect-error a plain batch
    await db.atomically([db.leases.insert({ ...lease, owner: 'me' })])
    await db.leases.insertIfAbsent({ ...lease, owner: 'me' })
    await db.leases.update(lease).set({ owner: 'me' }).if({ owner: null })
    await db.leases.delete(lease).ifExists()
  })
})

describe('batches', () => {
  it('accepts any tables without a condition, one table with one', async () => {
    const plain = await db.atomically([db.orders.insert({ ...order, status: 'x' }), db.users.update({ id: 'x' }).set({ name: 'n' })])
    expectTypeOf(plain).toEqualTypeOf<{ readonly applied: true }>()
    const guarded = await db.atomically([db.leases.updateStatic({ id: 'x' }).set({ epoch: 2n }).if({ epoch: 1n }), db.leases.insert({ id: 'x', seq: 1 })])
    expectTypeOf(guarded.applied).toEqualTypeOf<boolean>()
    if (!guarded.applied) expectTypeOf(guarded.current).toEqualTypeOf<readonly (Row<typeof leases> | undefined)[]>()
  })

  it('refuses conditions over several tables, and reads', async () => {
    // @ts-expect-error a condition and two tables
    await db.atomically([db.orders.update(order).set({ status: 'x' }).if({ status: 'y' }), db.users.update({ id: 'x' }).set({ name: 'n' })])
    // @ts-expect-error a read is no write
    await db.atomically([db.orders.get(order)])
    // @ts-expect-error an update that sets nothing yet
    await db.atomically([db.orders.update(order)])
  })
})

describe('databases', () => {
  it('passes any database as a store, and extends it', () => {
    const store: Database = db
    const wider = store.extend({ leases })
    expectTypeOf(wider.leases.table).toEqualTypeOf<typeof leases>()
    // @ts-expect-error a store without a type argument offers no tables
    void store.orders
    expectTypeOf(db.extend({ more: users }).orders.table).toEqualTypeOf<typeof orders>()
  })
})
