import type { AbortOptions, Gate } from '@hanse/core'
import { readyVector, scoreOf, similarityOf } from '../vector/metrics.ts'
import type { VectorHit, VectorQuery } from '../vector/vector-index.ts'
import { filterBranches, namedIds } from './filter-branches.ts'
import type { Branch } from './filter-branches.ts'
import { passesFilter } from './passes-filter.ts'
import type { PendingWrite, VectorRow, VectorRows, VectorTable, Written } from './vector-table.ts'

/** An index that can be read. */
export interface OpenIndex extends VectorTable {
  readonly rows: VectorRows
  /** Applies conditional writes to one document as one. */
  readonly atomically: (writes: readonly PendingWrite[], options: AbortOptions) => Promise<Written>
}

interface Asked {
  readonly index: OpenIndex
  readonly query: VectorQuery
  /** Of the query, ready to compare. */
  readonly vector: Float32Array
  readonly columns: readonly string[]
  readonly options: AbortOptions
  readonly passes: (row: VectorRow) => boolean
}

/** The server ranks no more than this many. */
const mostRanked = 1_000

/** Finds the nearest vectors; `gate` bounds the reads that are under way. */
export async function findNearest(index: OpenIndex, query: VectorQuery, gate: Gate, options: AbortOptions): Promise<readonly VectorHit[]> {
  const { filter, limit, excludeIds, minScore = 0 } = query
  const { dimensions, metric, name } = index.spec
  const vector = readyVector(query.vector, dimensions, metric, `a vector to search index '${name}' by`)
  if (limit < 1) return []
  const excluded = new Set(excludeIds)
  const isFiltered = filter.kind !== 'all' || filter.of.length > 0
  const asked: Asked = {
    index,
    query,
    vector,
    columns: ['id', ...(isFiltered ? index.attributes.map(({ column }) => column) : [])],
    options,
    passes: (row) => !excluded.has(String(row['id'])) && (!isFiltered || passesFilter(index, filter, row)),
  }
  const ids = namedIds(filter)
  const found = ids === undefined ? await Promise.all(filterBranches(index, filter).map((branch) => ofBranch(asked, branch))) : [await ofIds(asked, ids, gate)]
  const byId = new Map(found.flat().map((hit) => [hit.id, hit]))
  return best([...byId.values()], limit).filter(({ score }) => score >= minScore)
}

/**
 * The nearest of a branch, by the server's graph while that gives enough. Where it does not, because the filter leaves too few of those that are near
 * or because there are no more, all rows of the branch are compared: then they are few, or the server's 1,000 are not enough to choose from.
 */
async function ofBranch(asked: Asked, branch: Branch): Promise<readonly VectorHit[]> {
  const { limit, excludeIds } = asked.query
  if (!asked.index.ranked || limit > mostRanked) return compareAll(asked, branch)
  // Twice as many as asked for, so that ties at the end are broken by id.
  let count = Math.min(mostRanked, Math.max(limit * 2, limit + 50) + excludeIds.length)
  while (count <= mostRanked) {
    const { hits, exhausted } = await ranked(asked, branch, count)
    if (hits.length >= limit) return hits
    if (exhausted) break
    count = Math.ceil((count * limit * 1.5) / hits.length)
  }
  return compareAll(asked, branch)
}

async function ranked(
  { index, vector, columns, options, passes }: Asked,
  { equal }: Branch,
  limit: number,
): Promise<{ readonly hits: readonly VectorHit[]; readonly exhausted: boolean }> {
  const near = await index.rows.nearest('vector', vector, { limit, where: equal, columns, ...options })
  const hits = near.filter(({ row }) => passes(row)).map(({ row, similarity }) => hitOf(index, row, similarity))
  return { hits, exhausted: near.length < limit }
}

async function compareAll(asked: Asked, branch: Branch): Promise<readonly VectorHit[]> {
  const { index, columns, options, query } = asked
  let hits: VectorHit[] = []
  for await (const row of rowsOf(index.rows, branch, { columns: [...columns, 'vector'], ...options })) {
    const hit = compareRow(asked, row)
    if (hit !== undefined) hits.push(hit)
    if (hits.length >= query.limit * 2 + mostRanked) hits = best(hits, query.limit)
  }
  return best(hits, query.limit)
}

function rowsOf(rows: VectorRows, { equal, further }: Branch, options: Parameters<VectorRows['scan']>[0]): AsyncIterable<VectorRow> {
  if (Object.keys(equal).length === 0 && further.length === 0) return rows.scan(options)
  return further.reduce((found, { column, operator, value }) => found.where(column, operator, value), rows.find(equal, options))
}

async function ofIds(asked: Asked, ids: readonly string[], gate: Gate): Promise<readonly VectorHit[]> {
  const { index, columns, options } = asked
  const rows = await Promise.all(ids.map((id) => gate.pass(async () => index.rows.select({ id }, { columns: [...columns, 'vector'], ...options }))))
  return rows.flat().flatMap((row) => compareRow(asked, row) ?? [])
}

function compareRow({ index, vector, passes }: Asked, row: VectorRow): VectorHit | undefined {
  const stored = row['vector'] as Float32Array | null
  if (!passes(row)) return undefined
  let product = 0
  for (const [i, value] of vector.entries()) product += value * (stored?.[i] ?? 0)
  return hitOf(index, row, product)
}

function hitOf({ spec: { metric } }: VectorTable, row: VectorRow, product: number): VectorHit {
  const similarity = similarityOf(metric, product)
  return { id: String(row['id']), score: scoreOf(metric, similarity), similarity }
}

function best(hits: readonly VectorHit[], limit: number): VectorHit[] {
  return hits.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, limit)
}
