import type { SearchedField } from '../index/spec.ts'
import { splitWords, stemOf, withoutStopWords } from './analyze.ts'
import { forgivenEdits } from './edit-distance.ts'
import type { Language } from './languages.ts'
import type { QueryWord, TextQuery, WordAlternative } from './search-engine.ts'
import { synonymAt } from './synonyms.ts'
import type { Synonyms } from './synonyms.ts'

/** How a text is read as a query. */
export interface QueryReading {
  readonly fields: readonly SearchedField[]
  readonly language: Language
  readonly synonyms: Synonyms
  readonly match: 'all' | 'any'
  readonly typos: boolean
  /** Whether the last word may be unfinished. */
  readonly prefix: boolean
}

const mostWords = 32

/** Makes the text part of an engine's query; `undefined` for a text that is empty or only spaces. At most 32 words count. */
export function buildTextQuery(value: string, reading: QueryReading): TextQuery | undefined {
  if (value.trim() === '') return undefined
  const all = splitWords(value)
  const kept = withoutStopWords(all, reading.language).slice(0, mostWords)
  const tokens = kept.map(({ token }) => token)
  // A text that ends in a space or a sign has no unfinished word.
  const unfinished = reading.prefix && kept.at(-1)?.end === value.length
  const words: QueryWord[] = []
  for (let at = 0; at < tokens.length;) {
    const synonym = synonymAt(reading.synonyms, tokens, at)
    const length = synonym?.length ?? 1
    const phrases = synonym?.phrases ?? [[tokens[at] ?? '']]
    const last = at + length === tokens.length
    words.push(toWord(reading, phrases, length === 1 ? tokens[at] : undefined, unfinished && last))
    at += length
  }
  return { words, fields: reading.fields.map(({ name, boost }) => ({ name, boost })), match: reading.match }
}

function toWord(reading: QueryReading, phrases: readonly (readonly string[])[], token: string | undefined, unfinished: boolean): QueryWord {
  const edits = token === undefined || !reading.typos ? 0 : forgivenEdits(token)
  return {
    alternatives: phrases.flatMap((phrase) => alternatives(reading.fields, phrase)),
    ...(token !== undefined && unfinished ? { prefix: token } : {}),
    ...(token === undefined || edits === 0 ? {} : { fuzzy: { token, edits } }),
  }
}

/** A phrase as it is written in every field, and its stems in the fields of each language. */
function alternatives(fields: readonly SearchedField[], phrase: readonly string[]): WordAlternative[] {
  const written = { tokens: phrase, fields: fields.map(({ name }) => name) }
  const byStems = new Map<string, { tokens: readonly string[]; fields: string[] }>()
  for (const { name, language } of fields) {
    const stems = phrase.map((token) => stemOf(token, language))
    const key = stems.join(' ')
    if (key === phrase.join(' ')) continue
    const known = byStems.get(key)
    if (known === undefined) byStems.set(key, { tokens: stems, fields: [name] })
    else known.fields.push(name)
  }
  return [written, ...byStems.values()]
}
