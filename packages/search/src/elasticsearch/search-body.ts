import type { CursorValue } from '../index/cursor.ts'
import { searchError } from '../errors.ts'
import type { AttributeSpec } from '../index/attributes.ts'
import type { EngineQuery, EngineSort, IndexSpec } from '../text/search-engine.ts'
import { renderFacet } from './facets.ts'
import { attributePath } from './index-names.ts'
import { nothing, renderFilter } from './render-filter.ts'
import type { Query } from './render-filter.ts'
import { renderText } from './render-text.ts'
import type { Corrections } from './render-text.ts'

/** The query that every document passes that is not deleted. */
export const alive: Query = { term: { deleted: false } }

/** What a search sends beside the words. */
export interface SearchShape {
  readonly spec: IndexSpec
  readonly shards: number
}

/** The body of a search, without the view that it runs on. */
export function renderSearch(shape: SearchShape, query: EngineQuery, corrections: Corrections, after: readonly CursorValue[] | undefined): object {
  const filter = renderFilter(query.filter)
  const integers = query.sort.flatMap((sort) => (sort.by === 'field' && attributeOf(shape.spec, sort.field).type === 'integer' ? [sort.field] : []))
  return {
    size: query.limit === 0 ? 0 : query.limit + 1,
    track_total_hits: true,
    track_scores: query.text !== undefined,
    _source: ['id', 'source'],
    query: renderMatch(query, corrections, query.facets.length === 0 ? filter : undefined),
    // Facets take filters of their own, so that the query's must not narrow what they count.
    ...(query.facets.length === 0 ? {} : { post_filter: filter, aggs: renderFacets(shape, query) }),
    ...(query.limit === 0 ? {} : { sort: [...query.sort.map((sort) => renderSort(shape.spec, sort)), { id: 'asc' }] }),
    // A 64-bit integer is exact as text only; sort values come as numbers.
    ...(integers.length === 0 ? {} : { docvalue_fields: integers.map((field) => ({ field: attributePath(field), format: '#' })) }),
    ...(after === undefined ? {} : { search_after: after }),
  }
}

/** What matches: the text or one of the further ids, among documents that are not deleted. */
function renderMatch(query: EngineQuery, corrections: Corrections, filter: Query | undefined): Query {
  const filters = filter === undefined ? [alive] : [alive, filter]
  if (query.text === undefined) return { bool: { filter: filters } }
  const text = renderText(query.text, corrections)
  const further = query.orIds === undefined || query.orIds.length === 0 ? [] : [{ constant_score: { filter: { terms: { id: query.orIds } }, boost: 0 } }]
  return { bool: { should: [text, ...further], minimum_should_match: 1, filter: filters } }
}

function renderFacets(shape: SearchShape, query: EngineQuery): object {
  return Object.fromEntries(query.facets.map((facet, i) => [`f${i}`, renderFacet(facet, attributeOf(shape.spec, facet.field), shape.shards)]))
}

function renderSort(spec: IndexSpec, sort: EngineSort): object {
  if (sort.by === 'relevance') return { _score: 'desc' }
  attributeOf(spec, sort.field)
  return { [attributePath(sort.field)]: { order: sort.order, missing: '_last' } }
}

/** Whether any document meets the text, whatever the filter. */
export function renderProbe(query: EngineQuery, corrections: Corrections): object {
  const text = query.text === undefined ? nothing : renderText(query.text, corrections)
  return { size: 0, track_total_hits: 1, terminate_after: 1, query: { bool: { filter: [alive, text] } } }
}

/**
 * The declaration of an attribute.
 * @throws HanseError `INDEX_MISMATCH`
 */
export function attributeOf(spec: IndexSpec, field: string): AttributeSpec {
  const found = spec.attributes.find(({ name }) => name === field)
  if (found !== undefined) return found
  throw searchError('INDEX_MISMATCH', `the stored index has no field '${field}' to filter, sort or count by; rebuild it with reindex().`)
}
