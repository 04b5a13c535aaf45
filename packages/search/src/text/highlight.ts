import type { Language } from './languages.ts'
import { splitWords, stemOf } from './analyze.ts'
import type { TextQuery } from './search-engine.ts'

/** A stretch of a text, and whether it matched. Escape `text` for where it is shown; there is no markup in it. */
export interface HighlightPart {
  readonly text: string
  readonly match: boolean
}

/** What of a text counts as matched. */
export interface HighlightTerms {
  readonly tokens: ReadonlySet<string>
  readonly prefixes: readonly string[]
}

/** The tokens that a query, with its corrections, looks for. */
export function highlightTerms(query: TextQuery, corrections: readonly string[]): HighlightTerms {
  const tokens = new Set(corrections)
  for (const { alternatives } of query.words) for (const alternative of alternatives) for (const token of alternative.tokens) tokens.add(token)
  return { tokens, prefixes: query.words.flatMap(({ prefix }) => (prefix === undefined ? [] : [prefix])) }
}

/** Parts a text into matched and other stretches, in order; put together they are the text again. */
export function highlight(value: string, language: Language, terms: HighlightTerms): HighlightPart[] {
  const parts: HighlightPart[] = []
  let at = 0
  for (const { token, start, end } of splitWords(value)) {
    const matched = terms.tokens.has(token) || terms.tokens.has(stemOf(token, language)) || terms.prefixes.some((prefix) => token.startsWith(prefix))
    if (!matched || start < at) continue
    if (start > at) parts.push({ text: value.slice(at, start), match: false })
    parts.push({ text: value.slice(start, end), match: true })
    at = end
  }
  if (at < value.length) parts.push({ text: value.slice(at), match: false })
  return parts
}
