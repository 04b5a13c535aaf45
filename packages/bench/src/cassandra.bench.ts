// @hanse/data on Cassandra against cassandra-driver with the same statements, options and server; and the codec of vectors against the driver's.
import { createDatabase, table } from '@hanse/data'
import { cassandra } from '@hanse/data/cassandra'
import { findProvider, startInfra } from '@hanse/infra'
import type { CassandraEndpoint } from '@hanse/infra'
import * as cassandraDriver from 'cassandra-driver'
// The codec is no part of the public interface; only its time is of interest here.
import { decodeVector, encodeVector } from '../../data/src/cassandra/vector-codec.ts'
import { callFrom } from './callers.ts'
import { compare, median } from './compare.ts'
import type { Comparison, Measured, Side } from './compare.ts'

const { Client, types } = cassandraDriver
const keyspace = 'bench'
const count = 4_000
const callers = 64
const notes = table('notes', { fields: { id: 'text', title: 'text', count: 'int' }, key: [['id']], required: ['title', 'count'] })
const rowOf = (index: number) => ({ id: `note-${index}`, title: `The title of note ${index}`, count: index })

export async function run(): Promise<readonly Comparison[]> {
  const codec = await vectorCodec()
  const provider = await findProvider()
  if ('missing' in provider) {
    process.stdout.write(`\ncassandra: statements are left out. ${provider.missing}\n`)
    return [codec]
  }
  await using infra = await startInfra({ engines: ['cassandra'] })
  if (infra.cassandra === undefined) throw new Error('Cassandra was asked for')
  return [codec, ...(await statements(infra.cassandra))]
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

async function interleaved(what: string, client: cassandraDriver.Client, ours: Call, theirs: Call): Promise<Comparison> {
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
async function requestsOf(client: cassandraDriver.Client, call: Call): Promise<string> {
  const calls = 200
  const counted = async (): Promise<number> => {
    const { rows } = await client.execute('SELECT request_count FROM system_views.clients', [], { prepare: false, consistency: types.consistencies.one })
    return rows.reduce((sum, row) => sum + Number(row['request_count']), 0)
  }
  const before = await counted()
  for (let index = 0; index < calls; index++) await call(index)
  return (((await counted()) - before - 1) / calls).toFixed(2)
}

/** The driver's own codec of a type, which it exports but does not declare. */
interface DriverEncoder {
  encode(value: unknown, type: object): Buffer
  decode(bytes: Buffer, type: object): Iterable<number>
}

async function vectorCodec(): Promise<Comparison> {
  const dimensions = 1_536
  const { Encoder } = cassandraDriver as unknown as { readonly Encoder: new (protocolVersion: number, options: object) => DriverEncoder }
  const driver = new Encoder(4, {})
  const type = { code: types.dataTypes.custom, customTypeName: 'vector', info: [{ code: types.dataTypes.float }, dimensions] }
  const values = Float32Array.from({ length: dimensions }, (_, index) => Math.sin(index))
  const vector = new types.Vector(values, 'float')
  const bytes = encodeVector(values)
  const cpu: Record<'ours' | 'theirs' | 'oursBack' | 'theirsBack', number[]> = { ours: [], theirs: [], oursBack: [], theirsBack: [] }
  const side = (name: string, into: number[], operations: number, work: () => unknown): Side => ({
    name,
    run: () => timed(into, operations, () => times(operations, work)),
  })
  const comparison = await compare(
    `cassandra: codec of a vector of ${dimensions} floats`,
    'vectors/s',
    [
      side('@hanse/data, write', cpu.ours, 20_000, () => encodeVector(values)),
      side('@hanse/data, read', cpu.oursBack, 20_000, () => decodeVector(bytes)),
      side('cassandra-driver, read', cpu.theirsBack, 500, () => Float32Array.from(driver.decode(bytes, type))),
      side('cassandra-driver, write', cpu.theirs, 500, () => driver.encode(vector, type)),
    ],
    11,
  )
  const ratio = (theirs: readonly number[], ours: readonly number[]): string =>
    median(theirs.map((value, round) => value / (ours[round] ?? Number.NaN))).toFixed(0)
  const told = `CPU time, driver / @hanse/data: write ${ratio(cpu.theirs, cpu.ours)}, read ${ratio(cpu.theirsBack, cpu.oursBack)}`
  return { ...comparison, notes: [told, 'rows are still read by the codec of the driver, which has no place to put another'] }
}

function found(row: unknown): void {
  if (row === undefined || row === null) throw new Error('a row that was inserted is not found')
}

function times(operations: number, work: () => unknown): void {
  for (let index = 0; index < operations; index++) work()
}
