// Ingest of vectors into Elasticsearch: this package's writer against the plain client's bulk helper, on one real server.
import { Client } from '@elastic/elasticsearch'
import { generateId, seededRandom } from '@hanse/core'
import { findProvider, startInfra } from '@hanse/infra'
import { elasticsearch } from '@hanse/search/elasticsearch'
import { compare } from './compare.ts'
import type { Comparison, Measured, Side } from './compare.ts'

const dimensions = 1_536
const size = 600
const indexPrefix = 'bench-'

export async function run(): Promise<readonly Comparison[]> {
  const provider = await findProvider()
  if ('missing' in provider) {
    process.stdout.write(`\nelasticsearch: left out. ${provider.missing}\n`)
    return []
  }
  await using infra = await startInfra({ engines: ['elasticsearch'] })
  const node = infra.elasticsearch?.node ?? ''
  const random = seededRandom(17)
  const vectors = Array.from({ length: size }, () => Float32Array.from({ length: dimensions }, () => random() - 0.5))
  const client = new Client({ node })
  try {
    return [await ingest(node, client, vectors)]
  } finally {
    await client.close()
  }
}

async function ingest(node: string, client: Client, vectors: readonly Float32Array[]): Promise<Comparison> {
  const cpu: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  const ours: Side = { name: '@hanse/search/elasticsearch', run: async () => measured(cpu.ours, await prepareOurs(node, vectors)) }
  const theirs: Side = { name: '@elastic/elasticsearch, helpers.bulk', run: async () => measured(cpu.theirs, await preparePlain(client, vectors)) }
  const comparison = await compare(`elasticsearch: ingest of ${size} vectors × ${dimensions}, found afterwards`, 'vectors/s', [ours, theirs], 5)
  const perVector = (values: readonly number[]): string => `${(Math.min(...values) / size).toFixed(3)} ms`
  return { ...comparison, notes: [`least CPU time of this process for a vector: @hanse/search ${perVector(cpu.ours)}, plain client ${perVector(cpu.theirs)}`] }
}

interface Prepared {
  readonly work: () => Promise<void>
  readonly end: () => Promise<void>
}

/** Times the ingest alone; making and removing the index is left out. */
async function measured(cpu: number[], { work, end }: Prepared): Promise<Measured> {
  const before = process.cpuUsage()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  cpu.push((user + system) / 1_000)
  await end()
  return { operations: size, ms }
}

async function prepareOurs(node: string, vectors: readonly Float32Array[]): Promise<Prepared> {
  const engine = elasticsearch({ node, indexPrefix, replicas: 0 })
  const index = `v${generateId().slice(0, 8)}`
  await engine.vectors.prepare({ name: index, dimensions, metric: 'cosine', model: 'bench', attributes: [] })
  const writes = vectors.map((vector, at) => ({ kind: 'index' as const, entry: { id: `d${at}`, vector, contentHash: 'h', attributes: new Map() } }))
  return {
    async work() {
      await engine.vectors.write(index, writes)
      // A search refreshes the index first.
      const query = { vector: vectors[0] ?? new Float32Array(dimensions), limit: 1, filter: { kind: 'all' as const, of: [] }, excludeIds: [] }
      await engine.vectors.search(index, query)
    },
    async end() {
      await engine.vectors.drop(index)
      await engine.close()
    },
  }
}

/** The same mapping, the same index structure, and what the documentation of the client shows. */
async function preparePlain(client: Client, vectors: readonly Float32Array[]): Promise<Prepared> {
  const index = `${indexPrefix}plain-${generateId()}`
  const vector = { type: 'dense_vector' as const, dims: dimensions, similarity: 'cosine' as const, index_options: { type: 'hnsw' as const } }
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0 },
    mappings: { properties: { id: { type: 'keyword' }, hash: { type: 'keyword', index: false }, vector } },
  })
  return {
    async work() {
      await client.helpers.bulk({
        datasource: vectors.map((one, at) => ({ id: `d${at}`, hash: 'h', vector: Array.from(one) })),
        onDocument: ({ id }) => ({ index: { _index: index, _id: id } }),
      })
      await client.indices.refresh({ index })
      await client.search({ index, size: 1, _source: false, knn: { field: 'vector', query_vector: Array.from(vectors[0] ?? []), k: 1, num_candidates: 200 } })
    },
    async end() {
      await client.indices.delete({ index })
    },
  }
}
