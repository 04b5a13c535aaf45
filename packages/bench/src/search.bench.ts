// Nearest vectors against an exact scan in plain JavaScript; full text against minisearch.
import { seededRandom } from '@hanse/core'
import type { Random } from '@hanse/core'
import { createSearch, defineIndex, embedded, text } from '@hanse/search'
import type { VectorIndex } from '@hanse/search'
import MiniSearch from 'minisearch'
import type { Options } from 'minisearch'
import { compare } from './compare.ts'
import type { Comparison, Side } from './compare.ts'
import { misspelt, randomDocuments } from './random-documents.ts'
import type { RandomDocument } from './random-documents.ts'

const size = 20_000
const dimensions = 384
const limit = 10

export async function run(): Promise<readonly Comparison[]> {
  return [
    await vectors('in 500 clusters, as texts of a few kinds', 500),
    await vectors('independent of each other, the hardest case', size),
    ...(await fullText()),
  ]
}

async function vectors(kind: string, clusters: number): Promise<Comparison> {
  const random = seededRandom(7)
  const centres = Array.from({ length: Math.min(clusters, size) }, () => unitVector(random))
  const near = (index: number): Float32Array =>
    clusters === size ? (centres[index] ?? unitVector(random)) : perturbed(centres[index % clusters] ?? unitVector(random), random)
  const stored = Array.from({ length: size }, (_, index) => near(index))
  const queries = Array.from({ length: 50 }, () => perturbed(stored[Math.floor(random() * size)] ?? unitVector(random), random))
  await using engine = embedded({ file: ':memory:' })
  await fill(engine.vectors, stored)
  const matrix = flat(stored)
  const ask = async (vector: Float32Array): Promise<readonly string[]> => {
    const hits = await engine.vectors.search('items', { vector, limit, filter: { kind: 'all', of: [] }, excludeIds: [] })
    return hits.map((hit) => hit.id)
  }
  const exact = queries.map((query) => scan(matrix, query))
  const answers = await Promise.all(queries.map(ask))
  const found = answers.map((ids, index) => ids.filter((id) => exact[index]?.includes(id)).length)
  const recall = found.reduce((sum, hits) => sum + hits, 0) / (queries.length * limit)
  const comparison = await compare(`search: 10 nearest of ${size.toLocaleString('en')} vectors × ${dimensions}, ${kind}`, 'queries/s', [
    { name: '@hanse/search', run: async () => (await inTurn(queries, ask), queries.length) },
    { name: 'exact scan in plain JavaScript', run: async () => (await inTurn(queries.slice(0, 10), (query) => scan(matrix, query)), 10) },
  ])
  return { ...comparison, notes: [`recall@10 of @hanse/search against the exact scan: ${recall.toFixed(3)} over ${queries.length} queries`] }
}

function unitVector(random: Random): Float32Array {
  return normalised(Float32Array.from({ length: dimensions }, () => normal(random)))
}

/** A neighbour at a cosine of about 0.8. */
function perturbed(centre: Float32Array, random: Random): Float32Array {
  const noise = 0.75 / Math.sqrt(dimensions)
  return normalised(centre.map((value) => value + noise * normal(random)))
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function normalised(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

async function fill(index: VectorIndex, stored: readonly Float32Array[]): Promise<void> {
  await index.prepare({ name: 'items', dimensions, metric: 'cosine', model: 'bench', attributes: [] })
  const writes = stored.map((vector, at) => ({ kind: 'index' as const, entry: { id: idOf(at), vector, contentHash: idOf(at), attributes: new Map() } }))
  await index.write('items', writes)
}

function idOf(index: number): string {
  return `vector-${index}`
}

/**
 * What a careful hand writes: the vectors in one array, four sums that do not wait for each other, and the best ten kept in order.
 * The peer is only worth the comparison when it is fast itself; indexes are within bounds, so nothing is checked in the loop.
 */
function scan(matrix: Float32Array, query: Float32Array): readonly string[] {
  const best: { readonly index: number; readonly score: number }[] = []
  let least = -Infinity
  for (let index = 0, from = 0; from < matrix.length; index++, from += dimensions) {
    const score = innerProduct(matrix, from, query)
    if (score <= least) continue
    const place = best.findIndex((other) => other.score < score)
    best.splice(place === -1 ? best.length : place, 0, { index, score })
    if (best.length > limit) best.pop()
    if (best.length === limit) least = best.at(-1)?.score ?? least
  }
  return best.map(({ index }) => idOf(index))
}

function innerProduct(matrix: Float32Array, from: number, query: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let at = 0; at < dimensions; at += 4) {
    a += (matrix[from + at] as number) * (query[at] as number)
    b += (matrix[from + at + 1] as number) * (query[at + 1] as number)
    c += (matrix[from + at + 2] as number) * (query[at + 2] as number)
    d += (matrix[from + at + 3] as number) * (query[at + 3] as number)
  }
  return a + b + c + d
}

function flat(stored: readonly Float32Array[]): Float32Array {
  const matrix = new Float32Array(stored.length * dimensions)
  for (const [index, vector] of stored.entries()) matrix.set(vector, index * dimensions)
  return matrix
}

const articles = defineIndex('articles', { id: 'id', fields: { name: text({ boost: 2 }), description: text() } })
// The same reading on both sides: all words, whole words, the name counts twice, the documents come with the hits.
const miniOptions: Options<RandomDocument> = {
  fields: ['name', 'description'],
  storeFields: ['name', 'description'],
  searchOptions: { combineWith: 'AND', boost: { name: 2 } },
}

async function fullText(): Promise<readonly Comparison[]> {
  const { documents, words } = randomDocuments(size, 11)
  const random = seededRandom(13)
  const word = (): string => words[Math.floor(random() * 1_000)] ?? ''
  const queries = Array.from({ length: 100 }, () => `${word()} ${word()}`)
  const typos = queries.map((query) => query.replace(/^\S+/, misspelt))
  await using search = createSearch({ engine: embedded({ file: ':memory:' }), indexes: { articles } })
  await search.articles.bulk(documents)
  const mini = new MiniSearch<RandomDocument>(miniOptions)
  mini.addAll(documents)
  const ours = async (query: string, forgiving: boolean): Promise<number> =>
    (await search.articles.search(query, { typos: forgiving, prefix: false, limit: 20 })).total.value
  const theirs = (query: string, forgiving: boolean): number => mini.search(query, forgiving ? { fuzzy: edits } : {}).length
  const asked = async (title: string, texts: readonly string[], forgiving: boolean): Promise<Comparison> => {
    const hits = [await totalOf(texts, (query) => ours(query, forgiving)), await totalOf(texts, (query) => theirs(query, forgiving))]
    const comparison = await compare(title, 'queries/s', [
      { name: "@hanse/search, ':memory:'", run: async () => (await totalOf(texts, (query) => ours(query, forgiving)), texts.length) },
      { name: 'minisearch', run: async () => (await totalOf(texts, (query) => theirs(query, forgiving)), texts.length) },
    ])
    return { ...comparison, notes: [`hits of all ${texts.length} queries: @hanse/search ${hits[0]}, minisearch ${hits[1]}`] }
  }
  return [
    await built(documents),
    await asked('search: two words, both must occur, 20,000 documents', queries, false),
    await asked('search: the same with a typo in the first word', typos, true),
  ]
}

/** As many edits as @hanse/search forgives. */
function edits(term: string): number {
  if (term.length < 4) return 0
  return term.length < 8 ? 1 : 2
}

function built(documents: readonly RandomDocument[]): Promise<Comparison> {
  const part = documents.slice(0, 5_000)
  const ours: Side = {
    name: "@hanse/search, ':memory:'",
    async run() {
      await using search = createSearch({ engine: embedded({ file: ':memory:' }), indexes: { articles } })
      await search.articles.bulk(part)
      return part.length
    },
  }
  const theirs: Side = { name: 'minisearch', run: async () => (new MiniSearch<RandomDocument>(miniOptions).addAll(part), part.length) }
  return compare('search: build a full-text index, 5,000 documents', 'documents/s', [ours, theirs], 3)
}

async function totalOf(texts: readonly string[], hits: (query: string) => number | Promise<number>): Promise<number> {
  let total = 0
  await inTurn(texts, async (query) => {
    total += await hits(query)
  })
  return total
}

async function inTurn<T>(items: readonly T[], work: (item: T) => unknown): Promise<void> {
  for (const item of items) await work(item)
}
