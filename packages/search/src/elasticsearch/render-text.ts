import type { QueryWord, TextQuery, WordAlternative } from '../text/search-engine.ts'
import { textPath } from './index-names.ts'
import { nothing } from './render-filter.ts'
import type { Query } from './render-filter.ts'

/** Tokens that stand in for a misspelt one. */
export type Corrections = ReadonlyMap<string, readonly string[]>

/** Renders words as a query that scores by BM25 over all fields as if they were one (BM25F), each counting as much as its boost. */
export function renderText(query: TextQuery, corrections: Corrections): Query {
  if (query.fields.length === 0 || query.words.length === 0) return nothing
  // Boosts below 1 are refused for such a query; only their ratios matter.
  const smallest = Math.min(...query.fields.map(({ boost }) => boost))
  const boosts = new Map(query.fields.map(({ name, boost }) => [name, boost / smallest]))
  const words = query.words.map((word) => renderWord(word, boosts, corrections))
  return query.match === 'all' ? { bool: { must: words } } : anyOf(words)
}

function renderWord(word: QueryWord, boosts: ReadonlyMap<string, number>, corrections: Corrections): Query {
  const everywhere = [...boosts.keys()]
  const ways = word.alternatives.map((alternative) => renderTokens(alternative, boosts, 'and'))
  if (word.prefix !== undefined) ways.push(renderPrefix(word.prefix, boosts))
  const tokens = word.fuzzy === undefined ? [] : (corrections.get(word.fuzzy.token) ?? [])
  if (tokens.length > 0) ways.push(renderTokens({ tokens, fields: everywhere }, boosts, 'or'))
  return anyOf(ways)
}

/** All tokens, or any, each in any of the fields. */
function renderTokens({ tokens, fields }: WordAlternative, boosts: ReadonlyMap<string, number>, operator: 'and' | 'or'): Query {
  const boosted = fields.map((field) => `${textPath(field)}^${boosts.get(field) ?? 1}`)
  return { combined_fields: { query: tokens.join(' '), fields: boosted, operator } }
}

/** Counts the same for every token that begins so; a whole word then counts on top of it. */
function renderPrefix(prefix: string, boosts: ReadonlyMap<string, number>): Query {
  return { dis_max: { queries: [...boosts].map(([field, boost]) => ({ prefix: { [textPath(field)]: { value: prefix, boost } } })) } }
}

function anyOf(queries: readonly Query[]): Query {
  const [first] = queries
  if (first === undefined) return nothing
  return queries.length === 1 ? first : { bool: { should: queries, minimum_should_match: 1 } }
}
