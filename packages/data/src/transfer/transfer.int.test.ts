import { generateId } from '@hanse/core'
import { Client } from 'cassandra-driver'
import fc from 'fast-check'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { cassandra } from '../cassandra/index.ts'
import { createDatabase, exportTables, importTables, sqlite } from '../index.ts'
import { anyRow, contents, fillManaged } from './moved-rows.fixture.ts'
import { allKinds, kinds } from './transfer.fixture.ts'

const { cassandra: server } = inject('engines')

describe.skipIf(server === undefined)('tables move between the embedded engine and Cassandra (needs cassandra)', () => {
  const keyspace = `transfer_${generateId().replaceAll('-', '').slice(-12)}`
  const address = { contactPoints: [...(server?.contactPoints ?? [])], port: server?.port ?? 0, localDataCenter: server?.localDataCenter ?? '' }
  const openCluster = () =>
    createDatabase({
      engine: cassandra({ ...address, keyspace, replication: { [address.localDataCenter]: 1 }, connectTimeoutMs: 60_000 }),
      tables: kinds,
      schema: 'create',
    })
  const openFile = () => createDatabase({ engine: sqlite({ file: ':memory:' }), tables: kinds })
  afterAll(async () => {
    const { contactPoints, localDataCenter, port } = address
    const client = new Client({ contactPoints, localDataCenter, protocolOptions: { port } })
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`)
    await client.shutdown()
  })

  it('there and back again, with any rows of every column type, and a second time without a write', async () => {
    await using from = openFile()
    await using cluster = openCluster()
    await using back = openFile()
    for (const row of fc.sample(anyRow, { numRuns: 300, seed: 20_261_123 })) await from.values.insert(row)
    await from.values.updateStatic({ id: '0197a2b4-0000-7000-8000-000000000009' }).set({ c_note: 'alone' })
    await fillManaged(from, 60)

    const report = await importTables(cluster, allKinds, exportTables(from, allKinds))
    expect(await contents(cluster)).toEqual(await contents(from))
    expect(report['moved_members']).toEqual({ rows: 60, static: 0, written: 60 })
    expect(await cluster.members.getBy({ email: 'm7@example.com' })).toMatchObject({ name: 'Ada' })
    expect(await cluster.members.insertIfAbsent({ id: generateId(), email: 'm7@example.com' })).toMatchObject({ applied: false, conflict: 'email' })

    const again = await importTables(cluster, allKinds, exportTables(from, allKinds))
    expect(Object.values(again).map(({ written }) => written)).toEqual([0, 0, 0])

    await importTables(back, allKinds, exportTables(cluster, allKinds))
    expect(await contents(back)).toEqual(await contents(from))
  })

  it('and a moved row is changed by conditions as before', async () => {
    await using cluster = openCluster()
    await using from = openFile()
    await fillManaged(from, 60)
    await importTables(cluster, allKinds.slice(1), exportTables(from, allKinds.slice(1)))
    const product = 'product 3'
    expect(
      await cluster.atomically([
        cluster.stock.updateStatic({ product }).set({ stocked: 2, version: 2 }).if({ version: 1 }),
        cluster.stock.insert({ product, order_id: 'b', quantity: 1 }),
      ]),
    ).toEqual({ applied: true })
    expect(await cluster.stock.select({ product })).toHaveLength(2)
  })
})
