import { HanseError, generateId, systemClock } from '@hanse/core'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import type { DatabaseCore } from '../database.ts'
import type { Table } from '../schema/table.ts'
import { sqlite } from '../sqlite/sqlite.ts'
import { cassandra } from './index.ts'
import { anyCounts, anyStatements, anyTable, countersTable, shortLived, writtenPartitions } from './any-statements.fixture.ts'
import type { AnyStatement, Layout } from './any-statements.fixture.ts'
import { cellColumns, indexedColumns, scalarTypes, vectorColumns } from './any-statements-columns.fixture.ts'
import { clear, contentsOf, runCount, runStatement, scanAll } from './any-statements-run.fixture.ts'
import type { Subject } from './any-statements-run.fixture.ts'

/*
 * Every run of the tests makes a few sequences of statements from a seed. For long runs, with a seed that a failure tells:
 *
 * - ANY_STATEMENTS: how many sequences for each table, for instance 500
 * - ANY_STATEMENTS_SEED: a seed to run again
 * - ANY_STATEMENTS_VERSION: a version of Cassandra other than the usual one, for instance 4.1.9
 */
const { ANY_STATEMENTS: asked, ANY_STATEMENTS_SEED: seedAsked, ANY_STATEMENTS_VERSION: version } = process.env
const isLong = asked !== undefined
const seed = Number(seedAsked ?? (isLong ? systemClock.now() % 1e9 : 106_521))
/** Each table has sequences of its own. */
const runs = (usual: number, table: number) => ({ seed: seed + table, numRuns: Number(asked ?? usual) })
const isOld = version?.startsWith('4.') === true

const { cassandra: server } = inject('engines')
const keyspace = `same${generateId().replaceAll('-', '').slice(0, 20)}`
const clusteringTypes = scalarTypes.filter((type) => type !== 'duration')
const orders = (index: number) => (isLong ? (['asc', 'desc'] as const) : ([index % 2 === 0 ? 'asc' : 'desc'] as const))
const columns = { ...cellColumns, ...(isOld ? {} : vectorColumns) }
const layouts = clusteringTypes.flatMap((type, index) =>
  orders(index).map((order): Layout => ({ name: `same_${type}_${order}`, type, order, columns, indexed: false })),
)

/** What a call gives, or why it is refused. Any other error is nothing that two engines could agree on. */
async function answerOf(call: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return { value: await call() }
  } catch (error) {
    if (HanseError.hasCode(error, 'INVALID_ARGUMENT')) return { refused: error.message }
    throw error
  }
}

type Engines = AsyncDisposable & { readonly [Name in 'embedded' | 'cluster']: DatabaseCore }

describe.skipIf(server === undefined).concurrent('the embedded engine and Cassandra (needs cassandra)', { timeout: isLong ? 36e6 : 120_000 }, () => {
  let infra: Infra | undefined
  let endpoint = server
  beforeAll(async () => {
    if (version === undefined) return
    infra = await startInfra({ engines: ['cassandra'], versions: { cassandra: version } })
    endpoint = infra.cassandra
  })
  afterAll(() => infra?.close())

  async function open(table: Table): Promise<Engines> {
    if (endpoint === undefined) throw new Error('no server')
    const tables = { rows: table }
    const engine = cassandra({ ...endpoint, keyspace, replication: { [endpoint.localDataCenter]: 1 } })
    const embedded = createDatabase({ engine: sqlite({ file: ':memory:' }), tables, schema: 'create' })
    const cluster = createDatabase({ engine, tables, schema: 'create' })
    await Promise.all([embedded.start(), cluster.start()])
    return {
      embedded,
      cluster,
      async [Symbol.asyncDispose]() {
        await Promise.all([embedded.close(), cluster.close()])
      },
    }
  }

  /** The same partitions on both. */
  function subjects({ embedded, cluster }: Engines): readonly [Subject, Subject] {
    const ids = [generateId(), generateId()]
    return [
      { db: embedded, ids },
      { db: cluster, ids },
    ]
  }

  /** Runs a sequence on both, and compares the answer to each statement and what is there after it. */
  async function compare([here, there]: readonly [Subject, Subject], statements: readonly AnyStatement[]): Promise<void> {
    for (const [index, statement] of statements.entries()) {
      const told = `statement ${index}: ${fc.stringify(statement)}`
      const expected = await answerOf(() => runStatement(here, statement))
      expect(await answerOf(() => runStatement(there, statement)), told).toStrictEqual(expected)
      const written = writtenPartitions(statement)
      expect(await contentsOf(there, written), told).toStrictEqual(await contentsOf(here, written))
    }
  }

  it.each(layouts)('give the same answers to any statements, $name', async (layout) => {
    await using engines = await open(anyTable(layout))
    await fc.assert(
      fc.asyncProperty(anyStatements(layout, { minLength: 1, maxLength: 30 }), (statements) => compare(subjects(engines), statements)),
      runs(10, layouts.indexOf(layout)),
    )
    const [here, there] = subjects(engines)
    expect(await scanAll(there)).toStrictEqual(await scanAll(here))
  })

  it.each([...indexedColumns.entries()])('find the same rows by indexes, columns of group %i', async (index, some) => {
    const layout: Layout = { name: `found_${index}`, type: 'int', order: 'asc', columns: some, indexed: true }
    await using engines = await open(anyTable(layout))
    await fc.assert(
      fc.asyncProperty(anyStatements(layout, { minLength: 1, maxLength: 30 }), async (statements) => {
        const both = subjects(engines)
        await compare(both, statements)
        await Promise.all(both.map(clear))
      }),
      runs(16, index),
    )
  })

  it.each(['text', 'decimal', 'blob'] as const)('count the same, by %s', async (type) => {
    await using engines = await open(countersTable(`counted_${type}`, type))
    await fc.assert(
      fc.asyncProperty(anyCounts(type), async (counts) => {
        const both = subjects(engines)
        for (const count of counts) {
          const [expected, answer] = [await answerOf(() => runCount(both[0], count)), await answerOf(() => runCount(both[1], count))]
          expect(answer).toStrictEqual(expected)
        }
      }),
      runs(10, type.length),
    )
    const [here, there] = subjects(engines)
    expect(await scanAll(there)).toStrictEqual(await scanAll(here))
  })

  it('keep the same of what lived for a second only', async () => {
    const layout: Layout = { name: 'lived', type: 'text', order: 'asc', columns: cellColumns, indexed: false }
    await using engines = await open(anyTable(layout))
    const sequence = fc.tuple(shortLived(layout, 1), anyStatements(layout, { minLength: 3, maxLength: 6 }))
    const sequences = fc.array(sequence, { minLength: 40, maxLength: 40 })
    const property = fc.asyncProperty(sequences, async (all) => {
      const started = all.map(([writes, after]) => ({ writes, after, both: subjects(engines) }))
      for (const { writes, both } of started) for (const write of writes) for (const subject of both) await answerOf(() => runStatement(subject, write))
      await systemClock.sleep(2_000)
      for (const { writes, after, both } of started) {
        expect(await contentsOf(both[1]), fc.stringify(writes)).toStrictEqual(await contentsOf(both[0]))
        await compare(both, after)
      }
    })
    await fc.assert(property, { seed, numRuns: isLong ? Math.ceil(Number(asked) / 40) : 1 })
  })
})
