import type { AttributeValue, Filter } from '../index/filter.ts'
import { attributePath } from './index-names.ts'

/** A query as the server takes it. */
export type Query = Readonly<Record<string, object>>

/** The query that no document passes. */
export const nothing: Query = { match_none: {} }

/** Renders a filter as a query that does not score. */
export function renderFilter(filter: Filter): Query {
  switch (filter.kind) {
    case 'all':
      return { bool: { filter: filter.of.map(renderFilter) } }
    case 'any':
      return filter.of.length === 0 ? nothing : { bool: { should: filter.of.map(renderFilter), minimum_should_match: 1 } }
    case 'not':
      return { bool: { must_not: [renderFilter(filter.of)] } }
    case 'ids':
      return { terms: { id: filter.ids } }
    case 'exists':
      return { exists: { field: attributePath(filter.field) } }
    case 'in':
      return { terms: { [attributePath(filter.field)]: filter.values.map(renderValue) } }
    case 'range':
      return { range: { [attributePath(filter.field)]: renderBounds(filter) } }
  }
}

const bounds = ['gt', 'gte', 'lt', 'lte'] as const

function renderBounds(filter: Extract<Filter, { kind: 'range' }>): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    bounds.flatMap((key) => {
      const value = filter[key]
      return value === undefined ? [] : [[key, renderValue(value)]]
    }),
  )
}

/** A value in JSON: 64-bit integers as text, which the server reads exactly. */
export function renderValue(value: AttributeValue): string | number {
  return typeof value === 'bigint' ? value.toString() : value
}
