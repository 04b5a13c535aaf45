import type { EngineFacet, EngineFacetCounts } from '../text/search-engine.ts'
import type { AttributeSpec } from '../index/attributes.ts'
import { attributePath } from './index-names.ts'
import { renderFilter, renderValue } from './render-filter.ts'
import type { Query } from './render-filter.ts'

/** The counts of one facet as the server gives them. */
export interface FacetAnswer {
  readonly counts: { readonly buckets: readonly { readonly key?: string | number; readonly key_as_string?: string; readonly doc_count: number }[] }
}

/** Renders a facet as an aggregation over what matches the text; its own filter takes the place of the query's. */
export function renderFacet(facet: EngineFacet, attribute: AttributeSpec, shards: number): object {
  return { filter: renderFilter(facet.filter), aggs: { counts: facet.kind === 'values' ? renderValues(facet, attribute, shards) : renderRanges(facet) } }
}

function renderValues({ field, limit }: Extract<EngineFacet, { kind: 'values' }>, { type }: AttributeSpec, shards: number): object {
  const terms = {
    field: attributePath(field),
    size: limit,
    order: [{ _count: 'desc' }, { _key: 'asc' }],
    // With several shards each names its own best; more of them make counts of rare values right.
    ...(shards > 1 ? { shard_size: limit * 10 + 100 } : {}),
    ...(type === 'integer' ? { format: '#' } : {}),
  }
  return { terms }
}

/** As filters, because a range aggregation compares 64-bit integers as floats. */
function renderRanges({ field, bounds }: Extract<EngineFacet, { kind: 'ranges' }>): object {
  const path = attributePath(field)
  const ranges = Array.from({ length: bounds.length + 1 }, (_, i): Query => {
    const from = bounds[i - 1]
    const to = bounds[i]
    if (from === undefined && to === undefined) return { exists: { field: path } }
    return { range: { [path]: { ...(from === undefined ? {} : { gte: renderValue(from) }), ...(to === undefined ? {} : { lt: renderValue(to) }) } } }
  })
  return { filters: { filters: ranges } }
}

/** Reads the counts back. */
export function readFacet(facet: EngineFacet, answer: FacetAnswer | undefined): EngineFacetCounts {
  const buckets = answer?.counts.buckets ?? []
  if (facet.kind === 'ranges') return { kind: 'ranges', counts: buckets.map(({ doc_count }) => doc_count) }
  return { kind: 'values', values: buckets.map(({ key, key_as_string, doc_count }) => ({ value: key_as_string ?? String(key), count: doc_count })) }
}
