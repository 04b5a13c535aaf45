import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { searchError } from '../errors.ts'
import { decodeCursor, encodeCursor, queryFingerprint } from '../index/cursor.ts'
import type { CursorValue } from '../index/cursor.ts'
import type { EngineQuery, EngineResult } from '../text/search-engine.ts'
import type { Connection } from './connection.ts'
import { findNeighbours } from './corrections.ts'
import type { Neighbours } from './corrections.ts'
import { readFacet } from './facets.ts'
import type { FacetAnswer } from './facets.ts'
import { attributePath } from './index-names.ts'
import type { Corrections } from './render-text.ts'
import { attributeOf, renderProbe, renderSearch } from './search-body.ts'
import type { SearchShape } from './search-body.ts'
import { closeView, isViewLost, livePlace, openView, viewPlace } from './shared-view.ts'
import type { SearchPlace } from './shared-view.ts'

/** What a search needs beside the query. */
export interface SearchContext {
  readonly connection: Connection
  readonly index: string
  readonly alias: string
  readonly shape: SearchShape
  readonly options: AbortOptions
}

interface Hit {
  readonly _score: number | null
  readonly _source: { readonly id: string; readonly source: string }
  readonly sort?: readonly CursorValue[]
  readonly fields?: Readonly<Record<string, readonly CursorValue[]>>
}

interface Answer {
  readonly timed_out: boolean
  readonly pit_id?: string
  readonly _shards: { readonly failed: number }
  readonly hits: { readonly total: { readonly value: number; readonly relation: 'eq' | 'gte' }; readonly hits: readonly Hit[] }
  readonly aggregations?: Readonly<Record<string, FacetAnswer>>
}

/** How a text was read, and what was found so. */
interface Reading {
  readonly pass: number
  readonly corrections: Corrections
  readonly answer: Answer
}

const asTyped: Corrections = new Map()

/** Runs a query; the pages behind the first share a view of the index. */
export async function searchText(context: SearchContext, query: EngineQuery): Promise<EngineResult> {
  // The page size may change between pages; all else that decides the order may not.
  const fingerprint = queryFingerprint([query.text, query.orIds, query.filter, query.sort])
  if (query.after === undefined) {
    const reading = await readFirst(context, query)
    return toResult(context, query, reading, (values) => encodeCursor([reading.pass, null, ...values], fingerprint))
  }
  const [pass, view, ...values] = decodeCursor(query.after, fingerprint)
  const reading = await readLater(context, query, { pass: Number(pass), view: typeof view === 'string' ? view : undefined, values })
  const { pit_id: lastView = '' } = reading.answer
  const result = toResult(context, query, reading, (next) => encodeCursor([reading.pass, lastView, ...next], fingerprint))
  if (result.next === undefined) await closeView(context.connection, lastView, context.options)
  return result
}

/** Reads the text as typed; where no document of the index meets that, with corrections for unknown words, then for all words. */
async function readFirst(context: SearchContext, query: EngineQuery): Promise<Reading> {
  const place = livePlace(context.alias)
  const typed: Reading = { pass: 0, corrections: asTyped, answer: await send(context, query, place, asTyped) }
  if (!query.text?.words.some(({ fuzzy }) => fuzzy !== undefined) || (await isMet(context, query, typed))) return typed
  const neighbours = await neighboursOf(context, query)
  const some: Reading = await readAs(context, query, place, 1, neighbours)
  return (await isMet(context, query, some)) ? some : readAs(context, query, place, 2, neighbours)
}

async function readAs(context: SearchContext, query: EngineQuery, place: SearchPlace, pass: number, neighbours: Neighbours): Promise<Reading> {
  const corrections = correctionsOf(pass, neighbours)
  return { pass, corrections, answer: await send(context, query, place, corrections) }
}

function correctionsOf(pass: number, { near, known }: Neighbours): Corrections {
  return pass === 2 ? near : new Map([...near].filter(([token]) => !known.has(token)))
}

/** Whether any document meets the text, be it one that the filter keeps out. */
async function isMet({ connection, index, alias, options }: SearchContext, query: EngineQuery, { answer, corrections }: Reading): Promise<boolean> {
  const { hits, total } = answer.hits
  if (hits.some(({ _score }) => (_score ?? 0) > 0)) return true
  if (total.value > 0 && query.orIds === undefined) return true
  const probe = { method: 'POST', path: `/${alias}/_search`, body: renderProbe(query, corrections), subject: `search index '${index}'` } as const
  return (await connection.request<Answer>(probe, options)).hits.total.value > 0
}

function neighboursOf({ connection, index, alias, options }: SearchContext, query: EngineQuery): Promise<Neighbours> {
  return findNeighbours(connection, index, alias, query.text ?? { words: [], fields: [], match: 'all' }, options)
}

interface Position {
  readonly pass: number
  /** The view of the page before; the first page has none, because most searches have no second. */
  readonly view: string | undefined
  readonly values: readonly CursorValue[]
}

async function readLater(context: SearchContext, query: EngineQuery, { pass, view, values }: Position): Promise<Reading> {
  const { connection, index, alias, options } = context
  const corrections = pass === 0 ? asTyped : correctionsOf(pass, await neighboursOf(context, query))
  const on = async (one: string): Promise<Reading> => {
    const answer = await send(context, query, viewPlace(one, connection.options.cursorKeepAliveMs), corrections, values)
    return { pass, corrections, answer: { pit_id: one, ...answer } }
  }
  if (view !== undefined) {
    try {
      return await on(view)
    } catch (error) {
      if (!isViewLost(error)) throw error
    }
  }
  return on(await openView(connection, index, alias, options))
}

async function send(
  { connection, index, shape, options }: SearchContext,
  query: EngineQuery,
  { path, part }: SearchPlace,
  corrections: Corrections,
  after?: readonly CursorValue[],
): Promise<Answer> {
  const body = { ...renderSearch(shape, query, corrections, after), ...part }
  // Statistics of all shards together make scores of documents on different shards comparable.
  const params = shape.shards > 1 ? { search_type: 'dfs_query_then_fetch' } : {}
  try {
    return await connection.request<Answer>({ method: 'POST', path, query: params, body, subject: `search index '${index}'` }, options)
  } catch (error) {
    if (after === undefined || !HanseError.hasCode(error, 'ENGINE_FAILED') || error.details['status'] !== 400) throw error
    throw searchError('INVALID_CURSOR', 'the cursor does not belong to this query; repeat the query without one to start again.', { cause: error })
  }
}

function toResult({ shape }: SearchContext, query: EngineQuery, reading: Reading, cursor: (values: readonly CursorValue[]) => string): EngineResult {
  const { answer, corrections } = reading
  const page = answer.hits.hits.slice(0, query.limit)
  const last = page.at(-1)
  const more = answer.hits.hits.length > page.length
  return {
    hits: page.map(({ _source, _score }) => ({ id: _source.id, source: _source.source, relevance: _score ?? 0 })),
    total: answer.hits.total,
    facets: query.facets.map((facet, i) => readFacet(facet, answer.aggregations?.[`f${i}`])),
    ...(more && last !== undefined ? { next: cursor(sortValues(shape, query, last)) } : {}),
    corrections: [...new Set([...corrections.values()].flat())],
    partial: answer.timed_out || answer._shards.failed > 0,
  }
}

/** Where a hit stands, 64-bit integers as text. */
function sortValues({ spec }: SearchShape, query: EngineQuery, hit: Hit): readonly CursorValue[] {
  return (hit.sort ?? []).map((value, i) => {
    const sort = query.sort[i]
    if (sort?.by !== 'field' || attributeOf(spec, sort.field).type !== 'integer') return value
    return hit.fields?.[attributePath(sort.field)]?.[0] ?? missingInteger[sort.order]
  })
}

// What the server sorts a missing 64-bit integer as, to have it last either way.
const missingInteger = { asc: '9223372036854775807', desc: '-9223372036854775808' } as const
