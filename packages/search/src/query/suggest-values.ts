import { describe } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { checkLimit, invalidQuery } from '../index/compile-search.ts'
import { decodeStored } from '../index/stored-document.ts'
import { combine, compileWhere } from '../index/where.ts'
import type { Suggestion } from '../search-index.ts'
import { fold } from '../text/analyze.ts'
import { buildTextQuery } from '../text/build-query.ts'
import { highlight, highlightTerms } from '../text/highlight.ts'
import type { QueryParts } from './query-parts.ts'

/** `suggest` options as they may come from a request. */
export interface LooseSuggestOptions extends AbortOptions {
  readonly field?: string
  readonly limit?: number
  readonly where?: Readonly<Record<string, unknown>>
}

/** Completes a text by the values of one field, each once. */
export async function suggestValues({ engine, plan }: QueryParts, text: string, options: LooseSuggestOptions): Promise<readonly Suggestion[]> {
  const { name: index, options: definition } = plan.definition
  const limit = checkLimit(index, 'limit', options.limit ?? 8)
  const field = options.field === undefined ? plan.searched[0] : plan.searched.find(({ name }) => name === options.field)
  if (field === undefined) throw invalidQuery(index, `cannot suggest from ${describe(options.field)}; it is not a field that is searched.`)
  const reading = { fields: [field], language: definition.language, synonyms: new Map(), match: 'all', typos: true, prefix: true } as const
  const query = buildTextQuery(text, reading)
  if (query === undefined) return []
  const filter = combine(compileWhere(index, definition.fields, options.where))
  // Some values may repeat; a few more hits than suggestions make up for that.
  const found = await engine.search(index, { text: query, filter, sort: [{ by: 'relevance' }], limit: limit * 4, facets: [] }, options)
  const terms = highlightTerms(query, found.corrections)
  const byValue = new Map<string, Suggestion>()
  for (const { id, source } of found.hits) {
    const value = (decodeStored(source) as Readonly<Record<string, unknown>>)[field.name]
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one !== 'string' || byValue.has(fold(one))) continue
      const parts = highlight(one, field.language, terms)
      if (parts.some(({ match }) => match)) byValue.set(fold(one), { text: one, parts, id })
    }
  }
  return [...byValue.values()].slice(0, limit)
}
