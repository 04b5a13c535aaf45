import { Client } from 'cassandra-driver'
import { eventually } from '@hanse/core/testing'
import { generateId } from '@hanse/core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase, table } from '../index.ts'
import { cassandra } from './index.ts'

const { cassandra: server } = inject('engines')

// The shapes in which the registry, the outbox, the inbox and the saga log keep their rows.
const instances = table('instances', { fields: { namespace: 'text', id: 'int', beat: 'int', document: 'text' }, key: [['namespace'], 'id'] })
const events = table('events', {
  fields: { shard: 'int', bucket: 'int', seq: 'int', headers: 'map<text, text>', value: 'blob' },
  key: [['shard', 'bucket'], 'seq'],
})
const claims = table('claims', { fields: { consumer: 'text', event: 'text', owner: 'text' }, key: [['consumer', 'event']], conditional: true })
const done = table('done', { fields: { consumer: 'text', event: 'text', owner: 'text' }, key: [['consumer', 'event']] })
const log = table('log', {
  fields: { saga: 'text', seq: 'int', head: 'int', owner: 'text', reason: 'text', kind: 'text', data: 'text' },
  key: [['saga'], 'seq'],
  static: ['head', 'owner', 'reason'],
  conditional: true,
})
const tables = { instances, events, claims, done, log }

/** How many rows and tombstones a traced read went over. */
interface Reading {
  readonly query: string
  readonly rows: number
  readonly tombstones: number
}

describe.skipIf(server === undefined)('tombstones that reads go over (needs cassandra)', () => {
  const keyspace = `tombstones_${generateId().replaceAll('-', '').slice(-12)}`
  const { contactPoints = [], port = 0, localDataCenter = '' } = server ?? {}
  const db = createDatabase({
    engine: cassandra({ contactPoints, port, localDataCenter, keyspace, replication: { [localDataCenter]: 1 } }),
    tables,
    schema: 'create',
  })
  const client = new Client({ contactPoints: [...contactPoints], protocolOptions: { port }, localDataCenter })
  beforeAll(() => db.start())
  afterAll(async () => {
    await db.close()
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`)
    await client.shutdown()
  })

  it('are none on the ordinary paths of a registry, an outbox, an inbox and a saga log (seed-requirement 97)', async () => {
    const readings = await traced(client, async () => {
      await registry()
      await outbox()
      await inbox()
      await saga()
    })
    expect(readings.length).toBeGreaterThan(40)
    expect(readings.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(100)
    expect(readings.filter(({ tombstones }) => tombstones > 0)).toEqual([])
  })

  it('are seen by this test where there are some', async () => {
    for (let seq = 0; seq < 5; seq++) await db.events.insert({ shard: 9, bucket: 9, seq, value: new Uint8Array(1) })
    for (let seq = 0; seq < 3; seq++) await db.events.delete({ shard: 9, bucket: 9, seq })
    const [reading] = await traced(client, async () => void (await db.events.select({ shard: 9, bucket: 9 })))
    expect(reading).toMatchObject({ rows: 2, tombstones: 3 })
  })

  /** Beats overwrite a whole row with a time to live; nobody deletes. */
  async function registry(): Promise<void> {
    for (let beat = 0; beat < 5; beat++) {
      for (let id = 0; id < 4; id++) await db.instances.insert({ namespace: 'shop', id, beat, document: '{}' }, { ttlSeconds: 600 })
      expect(await db.instances.select({ namespace: 'shop' })).toHaveLength(4)
    }
  }

  /** A relay reads behind what it has published, deletes it, and goes to the next bucket; an old bucket goes as a whole. */
  async function outbox(): Promise<void> {
    for (let bucket = 0; bucket < 3; bucket++) {
      let last = -1
      for (let round = 0; round < 4; round++) {
        for (let n = 0; n < 5; n++)
          await db.events.insert({ shard: 1, bucket, seq: round * 5 + n, headers: { type: 'order.placed' }, value: new Uint8Array(20) })
        const found = await db.events.select({ shard: 1, bucket }).where('seq', '>', last).limit(100)
        expect(found).toHaveLength(5)
        await db.atomically(found.map(({ seq }) => db.events.delete({ shard: 1, bucket, seq })))
        last = found.at(-1)?.seq ?? last
      }
      await db.events.delete({ shard: 1, bucket })
    }
  }

  /** A claim with a time to live, the effect beside the mark, and the look whether it is done. */
  async function inbox(): Promise<void> {
    for (let n = 0; n < 5; n++) {
      const key = { consumer: 'mailer', event: `event-${n}` }
      expect(await db.done.get(key)).toBeUndefined()
      expect((await db.claims.insertIfAbsent({ ...key, owner: 'a' }, { ttlSeconds: 600 })).applied).toBe(true)
      await db.done.insert({ ...key, owner: 'a' })
      expect((await db.claims.insertIfAbsent({ ...key, owner: 'b' }, { ttlSeconds: 600 })).applied).toBe(false)
      expect(await db.done.get(key)).toMatchObject({ owner: 'a' })
    }
  }

  /** Each step moves the head and adds a row in one conditional batch; the log is read whole. */
  async function saga(): Promise<void> {
    await db.log.updateStatic({ saga: 's' }).set({ head: 0, owner: 'a' }).if({ head: null })
    for (let head = 0; head < 8; head++) {
      const step = await db.atomically([
        db.log
          .updateStatic({ saga: 's' })
          .set({ head: head + 1 })
          .if({ head }),
        db.log.insertIfAbsent({ saga: 's', seq: head, kind: 'step', data: '{}' }),
      ])
      expect(step.applied).toBe(true)
      expect(await db.log.getStatic({ saga: 's' })).toMatchObject({ head: head + 1 })
      expect(await db.log.select({ saga: 's' })).toHaveLength(head + 1)
    }
  }
})

/** Runs the work with every read traced by the server, and tells what each went over. */
async function traced(client: Client, work: () => Promise<void>): Promise<readonly Reading[]> {
  const asked: { readonly query: string; readonly id: unknown }[] = []
  // oxlint-disable-next-line typescript/unbound-method -- called with the client as its this
  const execute = Client.prototype.execute as (this: Client, query: string, params: unknown, options: object) => Promise<{ info: { traceId?: unknown } }>
  Client.prototype.execute = async function (this: Client, query: string, params: unknown, options: object) {
    const isRead = query.startsWith('SELECT') && !query.includes('system')
    const answer = await execute.call(this, query, params, isRead ? { ...options, traceQuery: true } : options)
    if (isRead) asked.push({ query, id: answer.info.traceId })
    return answer
  } as Client['execute']
  try {
    await work()
  } finally {
    Client.prototype.execute = execute as Client['execute']
  }
  const readings: Reading[] = []
  for (const { query, id } of asked) readings.push(await readTrace(client, query, id))
  return readings
}

const counted = /Read (\d+) live rows and (\d+) tombstone/

/** The server writes traces behind its answers. */
async function readTrace(client: Client, query: string, id: unknown): Promise<Reading> {
  return eventually(async () => {
    const { rows } = await client.execute('SELECT activity FROM system_traces.events WHERE session_id = ?', [id], { prepare: true })
    const match = rows.map((row) => counted.exec(String(row['activity']))).find((found) => found !== null)
    if (match === undefined || match === null) throw new Error(`no trace yet of ${query}`)
    return { query, rows: Number(match[1]), tombstones: Number(match[2]) }
  })
}
