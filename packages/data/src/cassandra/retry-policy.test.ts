import type { policies } from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { createDatabase } from '../database.ts'
import type { WriteStatement } from '../query/statement.ts'
import { table } from '../schema/table.ts'
import { sqlite } from '../sqlite/sqlite.ts'
import { retryPolicyOf } from './retry-policy.ts'

/** Which decisions of a policy are to send again. */
function repeats(policy: policies.retry.RetryPolicy): Readonly<Record<string, boolean>> {
  const info = { query: 'UPDATE', executionOptions: {} as never, nbRetry: 0 }
  // `RetryPolicy.retryDecision.retry` of the driver, which does not declare it; nor that the copies alive are a number.
  const retry = 1
  return {
    unavailable: policy.onUnavailable(info, 6, 2, 1 as never).decision === retry,
    readTimeout: policy.onReadTimeout(info, 6, 2, 2, false).decision === retry,
    writeTimeout: policy.onWriteTimeout(info, 6, 1, 2, 'BATCH_LOG').decision === retry,
    lostConnection: policy.onRequestError(info, 6, new Error('closed')).decision === retry,
  }
}

describe('retryPolicyOf (seed-requirement 74)', () => {
  const leases = table('leases', { fields: { id: 'uuid', owner: 'text' }, key: ['id'] })
  const id = '0197a2b4-0000-7000-8000-000000000001'

  it('never repeats a write with a condition, also in a batch beside others', async () => {
    const sent: (readonly WriteStatement[])[] = []
    const engine = sqlite({ file: ':memory:' })
    const write = engine.write.bind(engine)
    engine.write = (statements, options) => {
      sent.push(statements)
      return write(statements, options)
    }
    await using db = createDatabase({ engine, tables: { leases } })
    await db.leases.insert({ id })
    await db.leases.insertIfAbsent({ id })
    await db.leases.update({ id }).set({ owner: 'a' }).if({ owner: null })
    await db.atomically([db.leases.update({ id }).set({ owner: 'b' }).if({ owner: 'a' })])
    const never = { unavailable: false, readTimeout: false, writeTimeout: false, lostConnection: false }
    const once = { unavailable: true, readTimeout: true, writeTimeout: true, lostConnection: true }
    expect(sent.map((statements) => repeats(retryPolicyOf(statements)))).toEqual([once, never, never, never])
  })
})
