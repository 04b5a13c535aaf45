import type { EngineFacet, EngineFacetCounts } from '../text/search-engine.ts'
import type { Field, Fields } from './fields.ts'

/** A bucket of any facet. */
export type Bucket = { readonly value: string; readonly count: number } | { readonly from?: string; readonly to?: string; readonly count: number }

/** Puts an engine's counts in the words of the definition. */
export function facetResults(fields: Fields, asked: readonly EngineFacet[], counts: readonly EngineFacetCounts[]): Record<string, readonly Bucket[]> {
  return Object.fromEntries(
    asked.map(({ field }, i) => {
      const declared = fields[field]
      const found = counts[i]
      return [field, declared === undefined || found === undefined ? [] : buckets(declared, found)]
    }),
  )
}

function buckets(field: Field, counts: EngineFacetCounts): readonly Bucket[] {
  if (counts.kind === 'values') {
    const name = (value: string): string => (field.kind === 'boolean' ? String(value === '1') : value)
    return counts.values.map(({ value, count }) => ({ value: name(value), count }))
  }
  const bounds = field.kind === 'number' || field.kind === 'money' ? field.buckets.map(String) : []
  return counts.counts.map((count, i) => {
    const from = bounds[i - 1]
    const to = bounds[i]
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), count }
  })
}
