import type { AbortOptions } from '@hanse/core'
import { describe } from '@hanse/core'
import { compileSearch, invalidQuery } from '../index/compile-search.ts'
import type { LooseSearchOptions } from '../index/compile-search.ts'
import { decodeCursor, encodeCursor, queryFingerprint } from '../index/cursor.ts'
import { facetResults } from '../index/facet-result.ts'
import type { Bucket } from '../index/facet-result.ts'
import type { Filter } from '../index/filter.ts'
import { decodeStored } from '../index/stored-document.ts'
import { reciprocalRankFusion } from '../hybrid/reciprocal-rank-fusion.ts'
import type { SearchHit } from '../search-types.ts'
import { highlight, highlightTerms } from '../text/highlight.ts'
import type { EngineHit, EngineQuery, EngineResult, Total } from '../text/search-engine.ts'
import type { VectorHit } from '../vector/vector-index.ts'
import { embedQuery, requireVectors } from './query-parts.ts'
import type { QueryParts } from './query-parts.ts'

/** Search options as they may come from a request. */
export interface LooseRunOptions extends LooseSearchOptions, AbortOptions {
  readonly mode?: 'text' | 'vector' | 'hybrid'
  readonly highlight?: readonly string[]
  readonly threshold?: number
}

/** A result before it got its document's type. */
export interface LooseResult {
  readonly hits: readonly SearchHit<object>[]
  readonly total: Total
  readonly facets: Readonly<Record<string, readonly Bucket[]>>
  readonly next?: string
  readonly partial: boolean
}

// How many of the nearest documents take part in a vector or hybrid search.
const rankWindow = 200

/** Runs a search in the mode that was asked for. */
export async function runSearch(parts: QueryParts, text: string, options: LooseRunOptions): Promise<LooseResult> {
  const { mode = 'text' } = options
  const query = compileSearch(parts.plan, text, options)
  if (mode !== 'text' && mode !== 'vector' && mode !== 'hybrid')
    throw invalidQuery(parts.plan.definition.name, `takes 'text', 'vector' or 'hybrid' as 'mode'; got ${describe(mode)}.`)
  checkThreshold(parts.plan.definition.name, options.threshold)
  if (mode === 'text' || query.text === undefined) return searchByText(parts, query, options)
  const nearest = await findNearest(parts, text, query, options)
  if (mode === 'vector') return searchByVector(parts, query, nearest, options)
  return query.sort.every(({ by }) => by === 'relevance')
    ? searchByBoth(parts, query, nearest, options)
    : searchByText(parts, { ...query, orIds: nearest.map(({ id }) => id) }, options)
}

/**
 * Checks a least score.
 * @throws HanseError `INVALID_QUERY`
 */
export function checkThreshold(index: string, threshold: number | undefined): void {
  if (threshold === undefined || (typeof threshold === 'number' && threshold >= 0 && threshold <= 1)) return
  throw invalidQuery(index, `takes a number from 0 to 1 as 'threshold'; got ${describe(threshold)}.`)
}

async function findNearest(parts: QueryParts, text: string, query: EngineQuery, options: LooseRunOptions): Promise<readonly VectorHit[]> {
  const { vectors, embedder } = requireVectors(parts)
  const vector = await embedQuery(embedder, text, options)
  if (vector === undefined) return []
  const { threshold } = options
  return vectors.search(
    parts.plan.definition.name,
    { vector, limit: rankWindow, filter: query.filter, excludeIds: [], ...(threshold === undefined ? {} : { minScore: threshold }) },
    options,
  )
}

async function searchByText(parts: QueryParts, query: EngineQuery, options: LooseRunOptions): Promise<LooseResult> {
  const result = await parts.engine.search(parts.plan.definition.name, query, options)
  const mark = createMarker(parts, query, result, options)
  const { next } = result
  return {
    ...shared(parts, query, result),
    hits: result.hits.map((hit) => toHit(hit, hit.relevance / (1 + hit.relevance), mark)),
    ...(next === undefined ? {} : { next }),
  }
}

/** Facets and total count the documents of the window; a facet's own filter narrows it here, for only the nearest are known. */
async function searchByVector(parts: QueryParts, query: EngineQuery, nearest: readonly VectorHit[], options: LooseRunOptions): Promise<LooseResult> {
  const { name } = parts.plan.definition
  const ids: Filter = { kind: 'ids', ids: nearest.map(({ id }) => id) }
  const facets = query.facets.map((facet) => ({ ...facet, filter: { kind: 'all', of: [facet.filter, ids] } as const }))
  const counted = await parts.engine.search(name, { filter: { kind: 'all', of: [query.filter, ids] }, sort: [], limit: 0, facets }, options)
  const ranked = nearest.map(({ id, score }) => ({ id, score }))
  const total: Total = { value: counted.total.value, relation: nearest.length < rankWindow ? 'eq' : 'gte' }
  return { ...(await rankedPage(parts, query, ranked, nearest, counted, options)), total }
}

async function searchByBoth(parts: QueryParts, query: EngineQuery, nearest: readonly VectorHit[], options: LooseRunOptions): Promise<LooseResult> {
  const { after: _, ...first } = query
  const orIds = nearest.map(({ id }) => id)
  const byText = await parts.engine.search(parts.plan.definition.name, { ...first, orIds, limit: rankWindow }, options)
  const textIds = byText.hits.filter(({ relevance }) => relevance > 0).map(({ id }) => id)
  return rankedPage(parts, query, reciprocalRankFusion([textIds, orIds]), nearest, byText, options)
}

interface RankedId {
  readonly id: string
  readonly score: number
}

/** One page of a ranking that is known as a whole; its cursor counts places. */
async function rankedPage(
  parts: QueryParts,
  query: EngineQuery,
  ranked: readonly RankedId[],
  nearest: readonly VectorHit[],
  result: EngineResult,
  options: LooseRunOptions,
): Promise<LooseResult> {
  const fingerprint = queryFingerprint([options.mode, options.threshold, query.text, query.filter])
  const from = query.after === undefined ? 0 : Number(decodeCursor(query.after, fingerprint)[0])
  const page = ranked.slice(from, from + query.limit)
  const to = from + page.length
  const sources = await readSources(parts, page, result.hits, options)
  const similarities = new Map(nearest.map(({ id, similarity }) => [id, similarity]))
  const mark = createMarker(parts, query, result, options)
  const hits = page.flatMap(({ id, score }) => {
    const source = sources.get(id)
    const similarity = similarities.get(id)
    if (source === undefined) return []
    return [{ ...toHit({ id, source, relevance: 0 }, score, mark), ...(similarity === undefined ? {} : { similarity }) }]
  })
  return { ...shared(parts, query, result), hits, ...(to < ranked.length ? { next: encodeCursor([to], fingerprint) } : {}) }
}

/** The stored documents of a page; those that the text search did not bring are read by id. A document deleted meanwhile is left out. */
async function readSources(parts: QueryParts, page: readonly RankedId[], known: readonly EngineHit[], options: AbortOptions): Promise<Map<string, string>> {
  const sources = new Map(known.map(({ id, source }) => [id, source]))
  const missing = page.filter(({ id }) => !sources.has(id)).map(({ id }) => id)
  if (missing.length === 0) return sources
  for (const stored of await parts.engine.read(parts.plan.definition.name, missing, options)) {
    if (stored !== undefined) sources.set(stored.id, stored.source)
  }
  return sources
}

function shared({ plan }: QueryParts, query: EngineQuery, result: EngineResult): Pick<LooseResult, 'total' | 'facets' | 'partial'> {
  return { total: result.total, facets: facetResults(plan.definition.options.fields, query.facets, result.facets), partial: result.partial }
}

type Marker = (document: object) => Pick<SearchHit<object>, 'highlights'>

function toHit(hit: EngineHit, score: number, mark: Marker): SearchHit<object> {
  const document = decodeStored(hit.source)
  return { id: hit.id, score, document, ...mark(document) }
}

function createMarker({ plan }: QueryParts, query: EngineQuery, result: EngineResult, options: LooseRunOptions): Marker {
  const names = options.highlight ?? []
  const fields = names.map((name) => {
    const field = plan.searched.find((searched) => searched.name === name)
    if (field === undefined) throw invalidQuery(plan.definition.name, `cannot highlight ${describe(name)}; it is not a field that is searched.`)
    return field
  })
  if (query.text === undefined || fields.length === 0) return () => ({})
  const terms = highlightTerms(query.text, result.corrections)
  return (document) => {
    const marked = fields.flatMap(({ name, language }) => {
      const value = (document as Readonly<Record<string, unknown>>)[name]
      const parts = typeof value === 'string' ? highlight(value, language, terms) : []
      return parts.some(({ match }) => match) ? [[name, parts] as const] : []
    })
    return marked.length === 0 ? {} : { highlights: Object.fromEntries(marked) }
  }
}
