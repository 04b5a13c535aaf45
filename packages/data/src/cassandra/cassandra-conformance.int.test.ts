import { generateId, systemClock } from '@hanse/core'
import { describe, expect, inject, it } from 'vitest'
import { dataEngineConformance } from '../testing/index.ts'
import type { DataEngineHarness } from '../testing/index.ts'
import { cassandra } from './index.ts'

const { cassandra: server } = inject('engines')

describe.skipIf(server === undefined)('Cassandra keeps the port of a data engine (needs cassandra)', () => {
  const run = generateId().replaceAll('-', '').slice(-12)
  const harness: DataEngineHarness = {
    createEngine() {
      if (server === undefined) throw new Error('no server')
      return cassandra({ ...server, keyspace: 'conformance', replication: { [server.localDataCenter]: 1 } })
    },
    passTime: (ms) => systemClock.sleep(ms),
    run,
  }
  for (const testCase of dataEngineConformance) {
    it.concurrent(`${testCase.name}`, async () => {
      await expect(testCase.run(harness)).resolves.toBeUndefined()
    })
  }
})
