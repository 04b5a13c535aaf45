import type { AbortOptions } from '@hanse/core'
import { correctionDistance } from '../text/edit-distance.ts'
import type { TextQuery } from '../text/search-engine.ts'
import type { Connection } from './connection.ts'
import { textPath } from './index-names.ts'
import type { Corrections } from './render-text.ts'

/** What the index knows about the words of a query that may be misspelt. */
export interface Neighbours {
  /** Tokens that the index has as they were typed. */
  readonly known: ReadonlySet<string>
  /** Tokens of the index near each word, nearest first, then by the alphabet. */
  readonly near: Corrections
}

interface Answer {
  readonly suggest?: Readonly<Record<string, readonly { readonly options: readonly { readonly text: string }[] }[]>>
  readonly aggregations?: { readonly known: { readonly buckets: readonly { readonly doc_count: number }[] } }
}

const mostCorrections = 24
const mostCandidates = 200

/** Asks the index, in one request, which words of a query it has and which tokens lie near them. */
export async function findNeighbours(connection: Connection, index: string, alias: string, query: TextQuery, options: AbortOptions): Promise<Neighbours> {
  const words = [...new Map(query.words.flatMap(({ fuzzy }) => (fuzzy === undefined ? [] : [[fuzzy.token, fuzzy] as const]))).values()]
  const fields = query.fields.map(({ name }) => textPath(name))
  const suggest = Object.fromEntries(
    words.flatMap(({ token, edits }, w) => fields.map((field, f) => [`${w}.${f}`, { text: token, term: { ...nearTerms, field, max_edits: edits } }])),
  )
  const filters = words.map(({ token }) => ({ bool: { should: fields.map((field) => ({ term: { [field]: token } })) } }))
  const body = { size: 0, track_total_hits: false, suggest, aggs: { known: { filters: { filters } } } }
  const answer = await connection.request<Answer>({ method: 'POST', path: `/${alias}/_search`, body, subject: `search index '${index}'` }, options)
  const counts = answer.aggregations?.known.buckets ?? []
  return {
    known: new Set(words.filter((_, w) => (counts[w]?.doc_count ?? 0) > 0).map(({ token }) => token)),
    near: new Map(
      words.map(({ token, edits }, w) => [
        token,
        nearest(
          token,
          edits,
          fields.flatMap((_, f) => answer.suggest?.[`${w}.${f}`]?.flatMap((entry) => entry.options.map(({ text }) => text)) ?? []),
        ),
      ]),
    ),
  }
}

const nearTerms = {
  suggest_mode: 'always',
  size: mostCandidates,
  shard_size: mostCandidates,
  prefix_length: 0,
  min_word_length: 1,
  // Frequent words may be misspelt, too.
  max_term_freq: 2_000_000_000,
} as const

function nearest(token: string, edits: 1 | 2, candidates: readonly string[]): readonly string[] {
  return [...new Set(candidates)]
    .flatMap((candidate) => {
      const distance = correctionDistance(token, candidate, edits)
      return distance === undefined ? [] : [{ candidate, distance }]
    })
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, mostCorrections)
    .map(({ candidate }) => candidate)
}
