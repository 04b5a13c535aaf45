import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { generateId } from '@hanse/core'
import { Client } from 'cassandra-driver'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { cassandra } from '../cassandra/index.ts'
import { createDatabase, table, verify } from '../index.ts'
import type { MigrateReport } from '../index.ts'
import { products, stock } from './catalogue.fixture.ts'

const { cassandra: server } = inject('engines')
const migrator = join(import.meta.dirname, 'migrator.fixture.ts')
const all = ['0001_products', '0002_brand', '0003_stock']
// What a lock of 30 seconds needs to be over, without waiting for it.
const lockOverMs = 31_000

describe.skipIf(server === undefined)('migrate on a real server (needs cassandra)', () => {
  const run = generateId().replaceAll('-', '').slice(-12)
  const used = new Set<string>()
  afterAll(async () => {
    const { contactPoints, localDataCenter, port } = optionsOf('none')
    const client = new Client({ contactPoints, localDataCenter, protocolOptions: { port } })
    for (const keyspace of used) await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`)
    await client.shutdown()
  })
  const named = (keyspace: string): string => {
    used.add(`migrate_${keyspace}_${run}`)
    return `migrate_${keyspace}_${run}`
  }
  const optionsOf = (keyspace: string) => ({
    contactPoints: [...(server?.contactPoints ?? [])],
    port: server?.port ?? 0,
    localDataCenter: server?.localDataCenter ?? '',
    keyspace: named(keyspace),
    replication: { [server?.localDataCenter ?? '']: 1 },
    connectTimeoutMs: 60_000,
  })
  const differences = (keyspace: string) => verify({ engine: cassandra(optionsOf(keyspace)), tables: [products, stock] })

  it('lets one of twenty processes that start at once do the work (seed-requirements 41 and 113)', { timeout: 240_000 }, async () => {
    const endings = await Promise.all(Array.from({ length: 20 }, () => migrateInProcess({ options: optionsOf('race') })))
    expect(endings.map(({ error }) => error).join('')).toBe('')
    const reports = endings.flatMap(({ report }) => report ?? [])
    expect(reports.flatMap(({ applied }) => applied)).toEqual(all)
    expect(reports.filter(({ applied }) => applied.length === 0).every(({ alreadyApplied }) => alreadyApplied.length === 3)).toBe(true)
    expect(await differences('race')).toEqual([])
  })

  it('goes on behind a SIGKILL at any statement of the schema, sent or answered (seed-requirement 57)', { timeout: 240_000 }, async () => {
    const whole = await migrateInProcess({ options: optionsOf('whole') })
    const statements = whole.report?.schemaStatements ?? 0
    expect(statements).toBeGreaterThanOrEqual(9)
    for (let dieAt = 1; dieAt <= statements; dieAt++) {
      const keyspace = `killed${dieAt}`
      const killed = await migrateInProcess({ options: optionsOf(keyspace), dieAt, answered: dieAt % 2 === 0 })
      expect(killed).toEqual({ signal: 'SIGKILL', error: '' })
      const next = await migrateInProcess({ options: optionsOf(keyspace), aheadMs: lockOverMs })
      expect([...(next.report?.alreadyApplied ?? []), ...(next.report?.applied ?? [])]).toEqual(all)
      expect(await differences(keyspace)).toEqual([])
    }
  })

  it('lets start name what is missing or different, and change nothing (seed-requirements 57 and 113)', async () => {
    await migrateInProcess({ options: optionsOf('names') })
    const changed = table('products', {
      fields: { id: 'uuid', name: 'int', size: 'frozen<size>', weight: 'double' },
      key: ['id'],
      types: { size: { width: 'int' } },
    })
    const absent = table('absent', { fields: { id: 'uuid' }, key: ['id'] })
    const found = [
      { table: 'products', problem: "column 'name' is declared 'int' but is 'text'" },
      { table: 'products', problem: "column 'weight' is missing" },
      { table: 'absent', problem: 'the table is missing' },
    ]
    expect(await verify({ engine: cassandra(optionsOf('names')), tables: [changed, absent] })).toEqual(found)
    await using db = createDatabase({ engine: cassandra(optionsOf('names')), tables: { changed, absent } })
    await expect(db.start()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH', details: { differences: expect.arrayContaining(found) } })
    expect(await differences('names')).toEqual([])
  })
})

interface Ending {
  readonly signal: string | null
  readonly error: string
  readonly report?: MigrateReport & { readonly schemaStatements: number }
}

/** Runs migrator.fixture.ts to its end, or to its death. */
async function migrateInProcess(given: object): Promise<Ending> {
  const child = spawn(process.execPath, [migrator, JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let error = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { signal, error: code === 0 || signal !== null ? '' : error, ...(output === '' ? {} : { report: JSON.parse(output) as Ending['report'] & {} }) }
}
