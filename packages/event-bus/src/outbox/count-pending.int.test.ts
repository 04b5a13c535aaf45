import { generateId } from '@hanse/core'
import { createDatabase } from '@hanse/data'
import { cassandra } from '@hanse/data/cassandra'
import { describe, expect, inject, it } from 'vitest'
import { pendingCases, pendingTables } from './count-pending.fixture.ts'

const { cassandra: server } = inject('engines')

describe.skipIf(server === undefined)('outbox.pending (needs cassandra)', () => {
  it.each(pendingCases)('$name', async ({ run }) => {
    const { contactPoints = [], port = 0, localDataCenter = '' } = server ?? {}
    const keyspace = `pending_${generateId().replaceAll('-', '').slice(-12)}`
    const engine = cassandra({ contactPoints, port, localDataCenter, keyspace, replication: { [localDataCenter]: 1 }, connectTimeoutMs: 60_000 })
    await using db = createDatabase({ engine, tables: pendingTables, schema: 'create' })
    await expect(run(db)).resolves.toBeUndefined()
  })
})
