import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it } from 'vitest'
import { pendingCases, pendingTables } from './count-pending.fixture.ts'

describe('outbox.pending (embedded)', () => {
  it.each(pendingCases)('$name', async ({ run }) => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: pendingTables })
    await expect(run(db)).resolves.toBeUndefined()
  })
})
