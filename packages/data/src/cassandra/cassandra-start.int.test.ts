import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { generateId } from '@hanse/core'
import { describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import { verify } from '../migrate/migrate.ts'
import { table } from '../schema/table.ts'
import { cassandra } from './index.ts'
import type { CassandraOptions } from './index.ts'

const { cassandra: server } = inject('engines')

describe.skipIf(server === undefined)('cassandra() at start (needs cassandra)', () => {
  const keyspace = `start_${generateId().slice(-8)}`
  const options: CassandraOptions = {
    contactPoints: server?.contactPoints ?? [],
    port: server?.port ?? 0,
    localDataCenter: 'datacenter1',
    keyspace,
    replication: { datacenter1: 1 },
  }
  const start = async (changed: Partial<CassandraOptions>): Promise<void> => {
    await using engine = cassandra({ ...options, connectTimeoutMs: 4_000, ...changed })
    await engine.start({})
  }

  it('names the data centres that are there (seed-requirement 99)', async () => {
    await expect(start({ localDataCenter: 'europe' })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/'localDataCenter' is 'europe', but the nodes are in .*datacenter1/),
    })
  })

  it('names a keyspace that is not there, and makes one by NetworkTopologyStrategy when told how (seed-requirement 97)', async () => {
    const { replication: _, ...without } = options
    await using engine = cassandra({ ...without, keyspace: `no_${keyspace}` })
    await expect(engine.start({})).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining(`'keyspace' is 'no_${keyspace}', which does not exist`),
    })
    await start({})
    await expect(start({})).resolves.toBeUndefined()
  })

  it('names addresses where nothing answers, and where something else does, within the time allowed', async () => {
    await expect(start({ port: 1 })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: true,
      message: expect.stringContaining('127.0.0.1:1 within 4000 ms'),
    })
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    await expect(start({ port, connectTimeoutMs: 500 })).rejects.toMatchObject({ code: 'CONNECT_FAILED', retryable: true })
    silent.close()
  })

  it('can be started again when the server came late', async () => {
    const late = createServer((socket) => {
      const upstream = connect({ host: '127.0.0.1', port: options.port ?? 0 })
      socket.pipe(upstream).pipe(socket)
      for (const end of [socket, upstream]) end.on('error', () => socket.destroy() && upstream.destroy())
    })
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address() as AddressInfo
        probe.close(() => resolve(address.port))
      })
    })
    await using db = createDatabase({ engine: cassandra({ ...options, port, connectTimeoutMs: 1_000 }), tables: {} })
    await expect(db.start()).rejects.toMatchObject({ code: 'CONNECT_FAILED', retryable: true })
    await new Promise<void>((resolve) => void late.listen(port, '127.0.0.1', resolve))
    await db.start()
    await db.close()
    late.close()
  })

  it('verifies by default, names what is missing or different, and changes nothing (seed-requirement 57)', async () => {
    const things = table('things', { fields: { id: 'uuid', name: 'text' }, key: ['id'] })
    const db = createDatabase({ engine: cassandra(options), tables: { things } })
    await expect(db.start()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH', message: expect.stringContaining("table 'things': the table is missing") })
    await db.close()
    await using made = createDatabase({ engine: cassandra(options), tables: { things }, schema: 'create' })
    await made.start()
    const wider = table('things', { fields: { id: 'uuid', name: 'int', brand: 'text' }, key: ['id'] })
    expect(await verify({ engine: cassandra(options), tables: [wider] })).toEqual([
      { table: 'things', problem: "column 'name' is declared 'int' but is 'text'" },
      { table: 'things', problem: "column 'brand' is missing" },
    ])
    expect(await verify({ engine: cassandra(options), tables: [things] })).toEqual([])
  })

  it('refuses a user type that the keyspace holds in another shape', async () => {
    const shaped = (fields: Readonly<Record<string, string>>, name: string) =>
      table(name, { fields: { id: 'uuid', home: 'frozen<address>' }, key: ['id'], types: { address: fields } })
    await using first = createDatabase({ engine: cassandra(options), tables: { homes: shaped({ street: 'text' }, 'homes') }, schema: 'create' })
    await first.start()
    const second = createDatabase({ engine: cassandra(options), tables: { flats: shaped({ street: 'text', floor: 'int' }, 'flats') }, schema: 'create' })
    await expect(second.start()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH', message: expect.stringContaining("type 'address'") })
    await second.close()
  })
})

describe('the options of cassandra()', () => {
  it.each([
    [{ contactPoints: [] }, "'contactPoints'"],
    [{ localDataCenter: '' }, "'localDataCenter'"],
    [{ keyspace: 'Shop!' }, "'keyspace'"],
    [{ connectTimeoutMs: 0 }, "'connectTimeoutMs'"],
    [{ speculativeExecution: { delayMs: 0, maxExecutions: 1 } }, "'speculativeExecution.delayMs'"],
    [{ speculativeExecution: { delayMs: 10, maxExecutions: 0.5 } }, "'speculativeExecution.maxExecutions'"],
  ])('refuse %j', (wrong, named) => {
    const options = { contactPoints: ['127.0.0.1'], localDataCenter: 'dc', keyspace: 'shop', ...wrong }
    expect(() => cassandra(options)).toThrow(named)
  })
})
