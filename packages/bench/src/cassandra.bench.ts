// @hanse/data on Cassandra against cassandra-driver with the same statements, options and server.
import { createDatabase, table } from '@hanse/data'
import { cassandra } from '@hanse/data/cassandra'
import { findProvider, startInfra } from '@hanse/infra'
import type { CassandraEndpoint } from '@hanse/infra'
import { Client, types } from 'cassandra-driver'
import { callFrom } from './callers.ts'
import { compare, median } from './compare.ts'
import type { Comparison, Measured, Side } from './compare.ts'

const keyspace = 'bench'
const count = 4_000
const callers = 64
const notes = table('notes', { fields: { id: 'text', title: 'text', count: 'int' }, key: [['id']], required: ['title', 'count'] })
const rowOf = (index: number) => ({ id: `note-${index}`, title: `The title of note ${index}`, count: index })

export async function run(): Promise<readonly Comparison[]> {
  const provider = await findProvider()
  if ('missing' in provider) {
    process.stdout.write(`\ncassandra: left out. ${provider.missing}\n`)
    return []
  }
  await using infra = await startInfra({ engines: ['cassandra'] })
  if (infra.cassandra === undefined) throw new Error('Cassandra was asked for')
  return await statements(infra.cassandra)
}

async function statements({ contactPoints, port, localDataCenter }: CassandraEndpoint): Promise<readonly Comparison[]> {
  const engine = cassandra({ contactPoints, port, localDataCenter, keyspace, replication: { [localDataCenter]: 1 } })
  await using db = createDatabase({ engine, tables: { notes }, schema: 'create' })
  await db.start()
  const client = new Client({
    contactPoints: [...contactPoints],
    protocolOptions: { port },
    localDataCenter,
    keyspace,
    queryOptions: { consistency: types.consistencies.localQuorum, prepare: true },
  })
  try {
    await client.connect()
    const put = 'INSERT INTO notes (id, title, count) VALUES (?, ?, ?)'
    const find = 'SELECT id, title, count FROM notes WHERE id = ?'
    const putRaw = async (index: number): Promise<void> => {
      const { id, title, count: of } = rowOf(index)
      await client.execute(put, [id, title, of], { prepare: true, isIdempotent: true })
    }
    const findRaw = async (index: number): Promise<void> =>
      found((await client.execute(find, [rowOf(index).id], { prepare: true, isIdempotent: true })).first())
    return [
      await interleaved('insert', client, async (index) => db.notes.insert(rowOf(index)), putRaw),
      await interleaved('get by key', client, async (index) => found(await db.notes.get({ id: rowOf(index).id })), findRaw),
    ]
  } finally {
    await client.shutdown()
  }
}

type Call = (index: number) => Promise<unknown>

async function interleaved(what: string, client: Client, ours: Call, theirs: Call): Promise<Comparison> {
  const [ourCpu, theirCpu]: [number[], number[]] = [[], []]
  const side = (name: string, cpu: number[], call: Call): Side => ({ name, run: () => timed(cpu, count, () => callFrom(callers, count, call)) })
  const sides = [side('@hanse/data/cassandra', ourCpu, ours), side('cassandra-driver', theirCpu, theirs)]
  const comparison = await compare(`cassandra: ${what}, ${callers} concurrent callers`, 'statements/s', sides, 11)
  const added = median(ourCpu.map((value, round) => value - (theirCpu[round] ?? Number.NaN)))
  return {
    ...comparison,
    notes: [
      `CPU time of this process: @hanse/data adds ${added.toFixed(1)} µs to the driver's ${median(theirCpu).toFixed(1)} µs a statement`,
      `requests a statement, as the server counts them: @hanse/data ${await requestsOf(client, ours)}, cassandra-driver ${await requestsOf(client, theirs)}`,
    ],
  }
}

/** Takes the time of a slice, and keeps its CPU time in microseconds an operation. */
async function timed(cpu: number[], operations: number, work: () => unknown): Promise<Measured> {
  const before = process.cpuUsage()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  cpu.push((user + system) / operations)
  return { operations, ms }
}

/** The difference of what the server has counted, without the two requests that ask for it. */
async function requestsOf(client: Client, call: Call): Promise<string> {
  const calls = 200
  const counted = async (): Promise<number> => {
    const { rows } = await client.execute('SELECT request_count FROM system_views.clients', [], { prepare: false, consistency: types.consistencies.one })
    return rows.reduce((sum, row) => sum + Number(row['request_count']), 0)
  }
  const before = await counted()
  for (let index = 0; index < calls; index++) await call(index)
  return (((await counted()) - before - 1) / calls).toFixed(2)
}

function found(row: unknown): void {
  if (row === undefined || row === null) throw new Error('a row that was inserted is not found')
}
