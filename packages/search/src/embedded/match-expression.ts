import type { QueryWord, TextQuery, WordAlternative } from '../text/search-engine.ts'
import type { TextTables } from './text-tables.ts'
import { textColumn } from './text-tables.ts'

/** Finds tokens that a misspelt word may stand for. */
export type Correct = (token: string, edits: 1 | 2) => readonly string[]

/**
 * Renders words as an FTS5 expression; `undefined` when nothing can match.
 * Every token is quoted, so that no text can reach the expression's own syntax.
 */
export function matchExpression(tables: TextTables, query: TextQuery, correct: Correct): string | undefined {
  const fields = query.fields.map(({ name }) => name)
  if (fields.length === 0) return undefined
  const words = query.words.map((word) => wordExpression(tables, fields, word, correct))
  const known = words.filter((word) => word !== undefined)
  if (known.length === 0 || (query.match === 'all' && known.length < words.length)) return undefined
  return known.map((word) => `(${word})`).join(query.match === 'all' ? ' AND ' : ' OR ')
}

function wordExpression(tables: TextTables, fields: readonly string[], word: QueryWord, correct: Correct): string | undefined {
  const parts = word.alternatives.map((alternative) => alternativeExpression(tables, alternative))
  if (word.prefix !== undefined) parts.push(`${columns(tables, fields)} : ${quote(word.prefix)} *`)
  if (word.fuzzy !== undefined) {
    for (const token of correct(word.fuzzy.token, word.fuzzy.edits)) parts.push(`${columns(tables, fields)} : ${quote(token)}`)
  }
  return parts.length === 0 ? undefined : parts.join(' OR ')
}

function alternativeExpression(tables: TextTables, alternative: WordAlternative): string {
  const tokens = alternative.tokens.map((token) => `${columns(tables, alternative.fields)} : ${quote(token)}`)
  return tokens.length === 1 ? (tokens[0] ?? '') : `(${tokens.join(' AND ')})`
}

function columns(tables: TextTables, fields: readonly string[]): string {
  return `{${fields.map((field) => textColumn(tables, field)).join(' ')}}`
}

function quote(token: string): string {
  return `"${token.replaceAll('"', '""')}"`
}
