import { Client } from 'cassandra-driver'
import { systemClock } from '@hanse/core'
import { cassandra } from '../cassandra/index.ts'
import type { CassandraOptions } from '../cassandra/index.ts'
import { migrate } from '../index.ts'
import { migrations } from './catalogue.fixture.ts'

// A process of its own for migrate.int.test.ts: node migrator.fixture.ts JSON. It prints its report as JSON.
interface Given {
  readonly options: CassandraOptions
  /** The statement of the schema at which the process ends, counted from 1. */
  readonly dieAt?: number
  /** Whether it ends before the answer to that statement, or behind it. */
  readonly answered?: boolean
  /** How far its clock is ahead, so that the lock of a dead one is over. */
  readonly aheadMs?: number
}
const { options, dieAt = Number.NaN, answered = false, aheadMs = 0 } = JSON.parse(process.argv[2] ?? '') as Given

const die = (): void => void process.kill(process.pid, 'SIGKILL')
// oxlint-disable-next-line typescript/unbound-method -- called with the client as its this
const execute = Client.prototype.execute as (this: Client, query: string, ...rest: unknown[]) => Promise<unknown>
let schemaStatements = 0
// The driver itself is wrapped: nothing else sees the moment between two statements of one change.
Client.prototype.execute = async function (this: Client, query: string, ...rest: unknown[]) {
  const isSchema = /^(CREATE (TYPE|TABLE)|ALTER|DROP)/.test(query)
  const isLast = isSchema && ++schemaStatements === dieAt
  const answer = execute.call(this, query, ...rest)
  // Long enough to be sent, too short for an answer that waits for the agreement of the nodes.
  if (isLast && !answered) void systemClock.sleep(2).then(die)
  const result = await answer
  if (isLast) die()
  return result
} as Client['execute']

const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
const report = await migrate({ engine: cassandra(options), migrations, clock, lockTimeoutMs: 110_000 })
process.stdout.write(JSON.stringify({ ...report, schemaStatements }))
