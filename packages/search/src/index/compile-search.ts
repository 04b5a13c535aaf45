import { describe } from '@hanse/core'
import { searchError } from '../errors.ts'
import { buildTextQuery } from '../text/build-query.ts'
import type { EngineFacet, EngineQuery, EngineSort } from '../text/search-engine.ts'
import { compileSynonyms } from '../text/synonyms.ts'
import type { Synonyms } from '../text/synonyms.ts'
import type { IndexDefinition } from './definition.ts'
import type { Field } from './fields.ts'
import { searchedFields } from './spec.ts'
import type { SearchedField } from './spec.ts'
import { encodeValue } from './values.ts'
import { combine, compileWhere } from './where.ts'
import type { FieldFilters } from './where.ts'

const mostHits = 1000

/** An index definition with what every query needs worked out once. */
export interface QueryablePlan {
  readonly definition: IndexDefinition
  readonly searched: readonly SearchedField[]
  readonly synonyms: Synonyms
}

/** Search options as they may come from a request, before anything was checked. */
export interface LooseSearchOptions {
  readonly where?: Readonly<Record<string, unknown>>
  readonly sort?: string | readonly string[]
  readonly limit?: number
  readonly cursor?: string | undefined
  readonly facets?: readonly string[]
  readonly facetLimit?: number
  readonly match?: 'all' | 'any'
  readonly typos?: boolean
  readonly prefix?: boolean
}

/** Works out what every query of the index needs. */
export function planIndex(definition: IndexDefinition): QueryablePlan {
  const { fields, language, synonyms } = definition.options
  return { definition, searched: searchedFields(fields, language), synonyms: compileSynonyms(synonyms) }
}

/**
 * Compiles a search into what an engine runs.
 * @throws HanseError `INVALID_QUERY` that names what is wrong
 */
export function compileSearch(plan: QueryablePlan, text: string, options: LooseSearchOptions): EngineQuery {
  const { name, options: definition } = plan.definition
  if (typeof text !== 'string') throw invalidQuery(name, `takes a string as its text; got ${describe(text)}.`)
  const { match = 'all', typos = true, prefix = true, limit = 20, cursor } = options
  const filters = compileWhere(name, definition.fields, options.where)
  const query = buildTextQuery(text, { fields: plan.searched, language: definition.language, synonyms: plan.synonyms, match, typos, prefix })
  return {
    ...(query === undefined ? {} : { text: query }),
    filter: combine(filters),
    sort: compileSort(plan.definition, options.sort ?? 'relevance'),
    limit: checkLimit(name, 'limit', limit),
    ...(cursor === undefined ? {} : { after: checkCursor(cursor) }),
    facets: compileFacets(plan.definition, filters, options),
  }
}

/**
 * Checks a number of hits.
 * @throws HanseError `INVALID_QUERY`
 */
export function checkLimit(index: string, option: string, limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostHits) return limit
  throw invalidQuery(index, `takes a whole number from 1 to ${mostHits} as '${option}'; got ${describe(limit)}.`)
}

function checkCursor(cursor: string): string {
  if (typeof cursor === 'string') return cursor
  throw searchError('INVALID_CURSOR', `a cursor must be the 'next' of an earlier page; got ${describe(cursor)}.`)
}

function compileSort(definition: IndexDefinition, sort: string | readonly string[]): readonly EngineSort[] {
  const keys = typeof sort === 'string' ? [sort] : sort
  return keys.map((key) => {
    if (key === 'relevance') return { by: 'relevance' }
    const name = typeof key === 'string' && key.startsWith('-') ? key.slice(1) : key
    const field = Object.hasOwn(definition.options.fields, name) ? definition.options.fields[name] : undefined
    if (field === undefined || field.kind === 'text' || field.kind === 'stored' || (field.kind === 'keyword' && field.many))
      throw invalidQuery(definition.name, `cannot be sorted by ${describe(key)}; sort by 'relevance' or a field with one comparable value.`)
    return { by: 'field', field: name, order: name === key ? 'asc' : 'desc' }
  })
}

function compileFacets(definition: IndexDefinition, filters: FieldFilters, options: LooseSearchOptions): readonly EngineFacet[] {
  const limit = checkLimit(definition.name, 'facetLimit', options.facetLimit ?? 50)
  return [...new Set(options.facets ?? [])].map((name) => {
    const field = Object.hasOwn(definition.options.fields, name) ? definition.options.fields[name] : undefined
    const filter = combine(filters, name)
    if (field === undefined || !hasFacet(field))
      throw invalidQuery(definition.name, `has no facet ${describe(name)}; declare the field with the option 'facet'.`)
    if (field.kind !== 'number' && field.kind !== 'money') return { kind: 'values', field: name, filter, limit }
    return { kind: 'ranges', field: name, filter, bounds: field.buckets.flatMap((bound) => encodeValue(field, bound) ?? []) }
  })
}

function hasFacet(field: Field): boolean {
  if (field.kind === 'keyword' || field.kind === 'boolean') return field.facet
  return (field.kind === 'number' || field.kind === 'money') && field.buckets.length > 0
}

/** An error about a query to an index. */
export function invalidQuery(index: string, problem: string): Error {
  return searchError('INVALID_QUERY', `a query to index '${index}' ${problem}`)
}
