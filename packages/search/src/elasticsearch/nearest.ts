import type { AbortOptions } from '@hanse/core'
import { readyVector, scoreOf } from '../vector/metrics.ts'
import type { VectorHit, VectorQuery, VectorSpec } from '../vector/vector-index.ts'
import type { Connection } from './connection.ts'
import { renderFilter } from './render-filter.ts'
import { alive } from './search-body.ts'
import { renderVector, similarityOfScore } from './vector-codec.ts'

/** What a search for vectors needs beside the query. */
export interface NearestContext {
  readonly connection: Connection
  readonly alias: string
  readonly spec: VectorSpec
  readonly options: AbortOptions
}

interface Answer {
  readonly hits: { readonly hits: readonly { readonly _score: number | null; readonly fields?: { readonly id?: readonly string[] } }[] }
}

/** The server takes no more candidates. */
const mostCandidates = 10_000
const fewestCandidates = 200

/**
 * Finds the nearest vectors by the server's graph. Where that gives fewer hits than were asked for, and more documents pass the filter,
 * it is asked for as many as pass: then the server compares every one of them.
 */
export async function findNearest(context: NearestContext, query: VectorQuery): Promise<readonly VectorHit[]> {
  const { metric, dimensions, name } = context.spec
  const vector = renderVector(readyVector(query.vector, dimensions, metric, `a vector to search index '${name}' by`), metric)
  // Twice as many as asked for, so that ties at the end are broken by id.
  const first = Math.min(mostCandidates, Math.max(query.limit * 2, query.limit + 50))
  let found = await ask(context, query, vector, first)
  if (found.length < query.limit) {
    const passing = await countPassing(context, query)
    if (passing > found.length) found = await ask(context, query, vector, Math.min(mostCandidates, passing))
  }
  const { minScore = 0 } = query
  return found
    .filter(({ score }) => score >= minScore)
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, query.limit)
}

async function ask({ connection, alias, spec, options }: NearestContext, query: VectorQuery, vector: string, k: number): Promise<readonly VectorHit[]> {
  const { metric, name } = spec
  const body = {
    size: k,
    _source: false,
    docvalue_fields: ['id'],
    track_total_hits: false,
    knn: {
      field: 'vector',
      query_vector: JSON.parse(vector) as number[],
      k,
      num_candidates: Math.min(mostCandidates, Math.max(k * 2, fewestCandidates)),
      filter: filterOf(query),
    },
  }
  const answer = await connection.request<Answer>({ method: 'POST', path: `/${alias}/_search`, body, subject: `search vector index '${name}'` }, options)
  return answer.hits.hits.map(({ _score, fields }) => {
    const similarity = similarityOfScore(metric, _score ?? 0)
    return { id: fields?.id?.[0] ?? '', score: scoreOf(metric, similarity), similarity }
  })
}

/** Deleted documents have no vector, so that the graph never gives them. */
function filterOf({ filter, excludeIds }: VectorQuery): object {
  return { bool: { filter: [renderFilter(filter)], must_not: excludeIds.length === 0 ? [] : [{ terms: { id: excludeIds } }] } }
}

async function countPassing({ connection, alias, spec, options }: NearestContext, query: VectorQuery): Promise<number> {
  const body = { query: { bool: { filter: [alive, filterOf(query)] } } }
  const answer = await connection.request<{ readonly count: number }>(
    { method: 'POST', path: `/${alias}/_count`, body, subject: `count vector index '${spec.name}'` },
    options,
  )
  return answer.count
}
