import { generateId } from '@hanse/core'
import { Client } from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { judgedStatements, openJudged, watched } from '../query/idempotence.fixture.ts'
import { cassandra } from './index.ts'

const { cassandra: server } = inject('engines')

/** What a statement came to: whether the engine and the driver were told that it may be repeated, call by call. */
interface Told {
  readonly engine: boolean[]
  readonly driver: boolean[]
}

describe.skipIf(server === undefined)('what may be repeated reaches the driver (needs cassandra)', () => {
  const keyspace = `idempotence_${generateId().replaceAll('-', '').slice(-12)}`
  let told: Told = { engine: [], driver: [] }
  const address = { contactPoints: server?.contactPoints ?? ['none'], port: server?.port ?? 0, localDataCenter: 'datacenter1' }
  const engine = watched(cassandra({ ...address, keyspace, replication: { datacenter1: 1 } }), (idempotent) => told.engine.push(idempotent))
  const db = openJudged(engine)
  // oxlint-disable-next-line typescript/unbound-method -- called with the client as its this
  const { execute, batch } = Client.prototype

  beforeAll(async () => {
    await db.start()
    Client.prototype.execute = function (this: Client, query: string, params: unknown[], options: { readonly isIdempotent?: boolean }) {
      // The reads that show what a refused condition met are the adapter's own.
      if (query.includes('"idempotence_') || query.includes('"hanse_')) told.driver.push(options.isIdempotent === true)
      return Reflect.apply(execute, this, [query, params, options])
    } as unknown as Client['execute']
    Client.prototype.batch = function (this: Client, queries: never[], options: { readonly isIdempotent?: boolean }) {
      told.driver.push(options.isIdempotent === true)
      return Reflect.apply(batch, this, [queries, options])
    } as unknown as Client['batch']
  })
  afterAll(async () => {
    Object.assign(Client.prototype, { execute, batch })
    await db.close()
    const client = new Client({ contactPoints: [...address.contactPoints], localDataCenter: 'datacenter1', protocolOptions: { port: address.port } })
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`)
    await client.shutdown()
  })

  it.each(judgedStatements)('$name: $repeatable (seed-requirement 74)', async ({ run, repeatable }) => {
    told = { engine: [], driver: [] }
    await run(db)
    expect(told.engine.every(Boolean)).toBe(repeatable)
    const refusals = told.driver.filter((idempotent) => !idempotent).length
    expect(refusals).toBe(told.engine.filter((idempotent) => !idempotent).length)
    expect(told.driver.length).toBeGreaterThanOrEqual(told.engine.length)
  })
})
