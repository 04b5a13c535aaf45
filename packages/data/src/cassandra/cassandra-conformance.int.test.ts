import { generateId, systemClock } from '@hanse/core'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import { table } from '../schema/table.ts'
import { dataEngineConformance } from '../testing/index.ts'
import type { DataEngineHarness, DataEngineTrait } from '../testing/index.ts'
import { cassandra } from './index.ts'

const { cassandra: server } = inject('engines')
const older = '4.1.9'
const traits: readonly DataEngineTrait[] = ['shared-store', 'indexes', 'vectors']
const versions = [
  { version: server?.version ?? 'none', has: traits },
  { version: older, has: traits.slice(0, 1) },
]

describe.skipIf(server === undefined).each(versions)('Cassandra $version keeps the port of a data engine (needs cassandra)', ({ version, has }) => {
  let infra: Infra | undefined
  let endpoint = server
  beforeAll(async () => {
    if (version !== older) return
    infra = await startInfra({ engines: ['cassandra'], versions: { cassandra: older } })
    endpoint = infra.cassandra
  })
  afterAll(() => infra?.close())

  const harness: DataEngineHarness = {
    createEngine() {
      if (endpoint === undefined) throw new Error('no server')
      return cassandra({ ...endpoint, keyspace: 'conformance', replication: { [endpoint.localDataCenter]: 1 } })
    },
    passTime: (ms) => systemClock.sleep(ms),
    run: generateId().replaceAll('-', '').slice(-12),
  }
  for (const testCase of dataEngineConformance) {
    const fits = testCase.requires?.every((trait) => has.includes(trait)) ?? true
    it.skipIf(!fits)(`${testCase.name}${fits ? '' : ` (needs ${testCase.requires?.join(', ')})`}`, { concurrent: true }, async () => {
      await expect(testCase.run(harness)).resolves.toBeUndefined()
    })
  }

  if (version !== older) return
  it('refuses at start what came with 5.0, by table and column, and changes nothing (seed-requirement 73)', async () => {
    const indexed = table('indexed', { fields: { id: 'uuid', brand: 'text' }, key: ['id'], indexes: ['brand'] })
    const vectors = table('vectors', { fields: { id: 'uuid', place: 'vector<float, 3>' }, key: ['id'] })
    const start = async (tables: Parameters<typeof createDatabase>[0]['tables']): Promise<void> => {
      await using db = createDatabase({ engine: await harness.createEngine(), tables, schema: 'create' })
      await db.start()
    }
    await expect(start({ indexed })).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining("an index on 'brand'") })
    await expect(start({ vectors })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/'place'.* needs Cassandra 5.0 or later; the server is 4.1/),
    })
    const engine = await harness.createEngine()
    await engine.start({})
    expect((await engine.describe(['indexed', 'vectors'], {})).size).toBe(0)
    await engine.close({})
  })
})
