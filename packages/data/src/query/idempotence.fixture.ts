import { createDatabase } from '../database.ts'
import type { Database } from '../database.ts'
import type { DataEngine } from '../engine/data-engine.ts'
import { table } from '../schema/table.ts'
import { addToSet, append, increment, prepend, putEntries, removeEntries, removeFromSet } from './changes.ts'
import type { ReadStatement, WriteStatement } from './statement.ts'
import { scalarFields } from '../testing/scalar-fields.ts'

const tables = {
  rows: table('idempotence_rows', {
    fields: {
      id: 'uuid',
      seq: 'int',
      total: 'decimal',
      note: 'text',
      log: 'list<text>',
      tags: 'set<text>',
      attributes: 'map<text, int>',
      frozen_log: 'frozen<list<text>>',
    },
    key: [['id'], 'seq'],
  }),
  statics: table('idempotence_statics', {
    fields: { id: 'uuid', seq: 'int', note: 'text', owner: 'text', history: 'list<text>', members: 'set<text>' },
    key: [['id'], 'seq'],
    static: ['owner', 'history', 'members'],
  }),
  leases: table('idempotence_leases', { fields: { id: 'uuid', owner: 'text', version: 'int', log: 'list<text>' }, key: ['id'], conditional: true }),
  users: table('idempotence_users', { fields: { id: 'uuid', email: 'text', name: 'text' }, key: ['id'], unique: ['email'] }),
  hits: table('idempotence_hits', { fields: { id: 'uuid', day: 'date', seen: 'counter', bought: 'counter' }, key: [['id'], 'day'] }),
  goods: table('idempotence_goods', {
    fields: { id: 'uuid', brand: 'text', price: 'decimal', tags: 'set<text>', place: 'vector<float, 2>' },
    key: ['id'],
    indexes: ['brand', 'price', 'tags', 'place'],
  }),
  scalars: table('idempotence_scalars', {
    fields: {
      id: 'uuid',
      ...scalarFields,
    },
    key: ['id'],
  }),
}

type Tables = Database<typeof tables>

/** A statement, and whether running it twice is the same as running it once. */
export interface JudgedStatement {
  readonly name: string
  readonly repeatable: boolean
  readonly run: (db: Tables) => PromiseLike<unknown>
}

const id = '0197a2b4-0000-7000-8000-000000000001'
const other = '0197a2b4-0000-7000-8000-000000000002'
const row = { id, seq: 1 }
const day = { id, day: '2026-11-23' }

const yes = (name: string, run: JudgedStatement['run']): JudgedStatement => ({ name, repeatable: true, run })
const no = (name: string, run: JudgedStatement['run']): JudgedStatement => ({ name, repeatable: false, run })

const reads: readonly JudgedStatement[] = [
  yes('get', (db) => db.rows.get(row)),
  yes('get of some columns', (db) => db.rows.get(row, { columns: ['note'] })),
  yes('get, serial', (db) => db.rows.get(row, { serial: true })),
  yes('getStatic', (db) => db.statics.getStatic({ id })),
  yes('getBy', (db) => db.users.getBy({ email: 'a@example.org' })),
  yes('select of a partition', (db) => db.rows.select({ id })),
  yes('select of a prefix', (db) => db.rows.select(row)),
  yes('select of a range', (db) => db.rows.select({ id }).where('seq', '>=', 1).where('seq', '<', 9)),
  yes('select in reverse', (db) => db.rows.select({ id }).order('desc').limit(3)),
  yes('scan', (db) => db.rows.scan().limit(1)),
  yes('scanStatic', (db) => db.statics.scanStatic().limit(1)),
  yes('find', (db) => db.goods.find({ brand: 'a' })),
  yes('find by a range', (db) => db.goods.find({ brand: 'a' }).where('price', '<', '9')),
  yes('find by an element', (db) => db.goods.find({}).where('tags', 'contains', 'x')),
  yes('nearest', (db) => db.goods.nearest('place', new Float32Array([1, 0]), { limit: 3 })),
]

const inserts: readonly JudgedStatement[] = [
  yes('insert of a key alone', (db) => db.rows.insert(row)),
  yes('insert of cells', (db) => db.rows.insert({ ...row, total: '1.50', note: 'a' })),
  yes('insert of a null, which writes nothing', (db) => db.rows.insert({ ...row, note: null })),
  yes('insert of whole collections', (db) => db.rows.insert({ ...row, log: ['a', 'a'], tags: ['a'], attributes: { a: 1 } })),
  yes('insert of a frozen list', (db) => db.rows.insert({ ...row, frozen_log: ['a'] })),
  yes('insert with a time to live', (db) => db.rows.insert({ ...row, note: 'a' }, { ttlSeconds: 60 })),
  yes('insert of a vector', (db) => db.goods.insert({ id, place: new Float32Array([1, 2]) })),
  no('insertIfAbsent', (db) => db.leases.insertIfAbsent({ id, version: 1 })),
  no('insertIfAbsent with a time to live', (db) => db.leases.insertIfAbsent({ id: other, version: 1 }, { ttlSeconds: 60 })),
  no('insertIfAbsent into a plain table', (db) => db.rows.insertIfAbsent({ ...row, note: 'b' })),
  no('insert of a unique value, which is claimed', (db) => db.users.insert({ id, email: 'a@example.org' })),
  no('insertIfAbsent of a unique value', (db) => db.users.insertIfAbsent({ id: other, email: 'b@example.org' })),
]

const updates: readonly JudgedStatement[] = [
  yes('update of a cell', (db) => db.rows.update(row).set({ note: 'a' })),
  yes('update of several cells', (db) => db.rows.update(row).set({ note: 'a', total: '2' })),
  yes('update to null', (db) => db.rows.update(row).set({ note: null })),
  yes('update with a time to live', (db) => db.rows.update(row, { ttlSeconds: 60 }).set({ note: 'a' })),
  yes('update to a whole list', (db) => db.rows.update(row).set({ log: ['a', 'b'] })),
  yes('update to a whole set', (db) => db.rows.update(row).set({ tags: ['a', 'b'] })),
  yes('update to a whole map', (db) => db.rows.update(row).set({ attributes: { a: 1 } })),
  yes('update to a frozen list', (db) => db.rows.update(row).set({ frozen_log: ['a'] })),
  yes('update to an empty list', (db) => db.rows.update(row).set({ log: [] })),
  yes('addToSet', (db) => db.rows.update(row).set({ tags: addToSet(['a']) })),
  yes('removeFromSet', (db) => db.rows.update(row).set({ tags: removeFromSet(['a']) })),
  yes('putEntries', (db) => db.rows.update(row).set({ attributes: putEntries({ a: 2 }) })),
  yes('removeEntries', (db) => db.rows.update(row).set({ attributes: removeEntries(['a']) })),
  yes('a set, a map and a cell together', (db) => db.rows.update(row).set({ tags: addToSet(['a']), attributes: removeEntries(['b']), note: 'c' })),
  no('append', (db) => db.rows.update(row).set({ log: append(['a']) })),
  no('prepend', (db) => db.rows.update(row).set({ log: prepend(['a']) })),
  no('append with a time to live', (db) => db.rows.update(row, { ttlSeconds: 60 }).set({ log: append(['a']) })),
  no('append beside a cell', (db) => db.rows.update(row).set({ note: 'a', log: append(['a']) })),
  no('append beside addToSet', (db) => db.rows.update(row).set({ tags: addToSet(['a']), log: append(['a']) })),
  no('prepend beside putEntries', (db) => db.rows.update(row).set({ attributes: putEntries({ a: 1 }), log: prepend(['a']) })),
  no('increment', (db) => db.hits.update(day).set({ seen: increment() })),
  no('increment by a negative step', (db) => db.hits.update(day).set({ seen: increment(-2n) })),
  no('increment of two counters', (db) => db.hits.update(day).set({ seen: increment(), bought: increment() })),
  no('update of a unique value', (db) => db.users.update({ id }).set({ email: 'c@example.org' })),
  yes('update beside a unique value', (db) => db.users.update({ id }).set({ name: 'Ada' })),
]

const statics: readonly JudgedStatement[] = [
  yes('static cell', (db) => db.statics.updateStatic({ id }).set({ owner: 'a' })),
  yes('static cell to null', (db) => db.statics.updateStatic({ id }).set({ owner: null })),
  yes('static cell with a time to live', (db) => db.statics.updateStatic({ id }, { ttlSeconds: 60 }).set({ owner: 'a' })),
  yes('static addToSet', (db) => db.statics.updateStatic({ id }).set({ members: addToSet(['a']) })),
  yes('static removeFromSet', (db) => db.statics.updateStatic({ id }).set({ members: removeFromSet(['a']) })),
  yes('static list, whole', (db) => db.statics.updateStatic({ id }).set({ history: ['a'] })),
  no('static append', (db) => db.statics.updateStatic({ id }).set({ history: append(['a']) })),
  no('static prepend', (db) => db.statics.updateStatic({ id }).set({ history: prepend(['a']) })),
  no('static condition', (db) => db.statics.updateStatic({ id }).set({ owner: 'b' }).if({ owner: 'a' })),
]

const deletes: readonly JudgedStatement[] = [
  yes('delete of a row', (db) => db.rows.delete(row)),
  yes('delete of a partition', (db) => db.rows.delete({ id })),
  yes('delete of a range', (db) => db.rows.delete({ id }).where('seq', '>', 1)),
  yes('delete of a range with both ends', (db) => db.rows.delete({ id }).where('seq', '>', 1).where('seq', '<=', 9)),
  yes('delete of a row without statics', (db) => db.statics.delete({ id, seq: 1 })),
  no('delete on a condition', (db) => db.leases.delete({ id }).if({ version: 1 })),
  no('delete if it exists', (db) => db.leases.delete({ id }).ifExists()),
]

const conditions: readonly JudgedStatement[] = [
  no('update on equality', (db) => db.leases.update({ id }).set({ owner: 'a' }).if({ version: 1 })),
  no('update on a null', (db) => db.leases.update({ id }).set({ owner: 'a' }).if({ owner: null })),
  no('update on two conditions', (db) => db.leases.update({ id }).set({ owner: 'a' }).if({ owner: 'a', version: 1 })),
  no('update if it exists', (db) => db.leases.update({ id }).set({ owner: 'a' }).ifExists()),
  no('update on a condition with a time to live', (db) => db.leases.update({ id }, { ttlSeconds: 60 }).set({ owner: 'a' }).if({ version: 2 })),
  no('append on a condition', (db) =>
    db.leases
      .update({ id })
      .set({ log: append(['a']) })
      .if({ version: 2 }),
  ),
  no('condition on a plain table', (db) => db.rows.update(row).set({ total: '3' }).if({ note: 'a' })),
]

const batches: readonly JudgedStatement[] = [
  yes('batch of inserts in one partition', (db) => db.atomically([db.rows.insert(row), db.rows.insert({ id, seq: 2 })])),
  yes('batch over partitions', (db) => db.atomically([db.rows.insert(row), db.rows.insert({ id: other, seq: 1 })])),
  yes('batch over tables', (db) => db.atomically([db.rows.insert(row), db.statics.updateStatic({ id }).set({ owner: 'a' })])),
  yes('batch of an insert and a delete', (db) => db.atomically([db.rows.insert(row), db.rows.delete({ id, seq: 3 })])),
  yes('batch with addToSet', (db) => db.atomically([db.rows.insert(row), db.rows.update({ id, seq: 2 }).set({ tags: addToSet(['a']) })])),
  no('batch with one append', (db) => db.atomically([db.rows.insert(row), db.rows.update({ id, seq: 2 }).set({ log: append(['a']) })])),
  no('batch with one prepend over tables', (db) => db.atomically([db.rows.insert(row), db.statics.updateStatic({ id }).set({ history: prepend(['a']) })])),
  no('batch of counters', (db) =>
    db.atomically([db.hits.update(day).set({ seen: increment() }), db.hits.update({ id, day: '2026-11-24' }).set({ seen: increment() })]),
  ),
  no('batch with a condition', (db) => db.atomically([db.rows.update(row).set({ note: 'a' }).if({ note: 'b' }), db.rows.insert({ id, seq: 2 })])),
  no('batch with insertIfAbsent', (db) => db.atomically([db.leases.insertIfAbsent({ id: other }), db.leases.update({ id: other }).set({ owner: 'a' })])),
]

const scalarValues: Readonly<Record<string, unknown>> = {
  c_ascii: 'a',
  c_text: 'ä',
  c_uuid: other,
  c_timeuuid: '58e0a7d7-eebc-11d8-9669-0800200c9a66',
  c_decimal: '1.5',
  c_date: '2026-11-23',
  c_time: '10:00:00.5',
  c_duration: '1mo2d3ns',
  c_inet: '127.0.0.1',
  c_int: 1,
  c_smallint: 1,
  c_tinyint: 1,
  c_float: 0.5,
  c_double: 0.1,
  c_bigint: 2n ** 60n,
  c_varint: 2n ** 70n,
  c_boolean: true,
  c_timestamp: new Date(0),
  c_blob: new Uint8Array([1]),
}

// One function for all columns cannot show that each value fits its column; the database checks it.
const scalars: readonly JudgedStatement[] = Object.entries(scalarValues).flatMap(([name, value]) => [
  yes(`update of ${name}`, (db) => db.scalars.update({ id }).set({ [name]: value })),
  yes(`insert of ${name}`, (db) => db.scalars.insert({ id, [name]: value } as never)),
])

/** Every kind of statement that a database can run. */
export const judgedStatements: readonly JudgedStatement[] = [...reads, ...inserts, ...updates, ...statics, ...conditions, ...deletes, ...batches, ...scalars]

/** A database with the tables of {@link judgedStatements}. */
export function openJudged(engine: DataEngine): Tables {
  return createDatabase({ engine, tables, schema: 'create' })
}

/** Tells `onCall` of each call of an engine: whether all of its statements may be repeated. */
export function watched<E extends DataEngine>(engine: E, onCall: (idempotent: boolean) => void): E {
  const read = engine.read.bind(engine)
  const write = engine.write.bind(engine)
  engine.read = (statement: ReadStatement, options) => {
    onCall(statement.idempotent)
    return read(statement, options)
  }
  engine.write = (statements: readonly WriteStatement[], options) => {
    onCall(statements.every(({ idempotent }) => idempotent))
    return write(statements, options)
  }
  return engine
}
