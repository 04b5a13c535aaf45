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
      return renderRange(filter)
  }
}

const strict = ['gt', 'lt'] as const
const inclusive = ['gte', 'lte'] as const

/** As one range where that says all; of two bounds on one side the server would forget the first. */
function renderRange(filter: Extract<Filter, { kind: 'range' }>): Query {
  const path = attributePath(filter.field)
  const isDouble = (filter.gt !== undefined && filter.gte !== undefined) || (filter.lt !== undefined && filter.lte !== undefined)
  if (!isDouble) return { range: { [path]: renderBounds(filter, [...strict, ...inclusive]) } }
  return { bool: { filter: [strict, inclusive].map((keys) => ({ range: { [path]: renderBounds(filter, keys) } })) } }
}

function renderBounds(
  filter: Extract<Filter, { kind: 'range' }>,
  keys: readonly ((typeof strict)[number] | (typeof inclusive)[number])[],
): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = filter[key]
      return value === undefined ? [] : [[key, renderValue(value)]]
    }),
  )
}

/** A value in JSON: 64-bit integers as text, which the server reads exactly. */
export function renderValue(value: AttributeValue): string | number {
  return typeof value === 'bigint' ? value.toString() : value
}
