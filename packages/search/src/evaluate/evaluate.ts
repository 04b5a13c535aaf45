import { invalidArgument } from '@hanse/core'
import { discountedGain, recall, reciprocalRank } from './measures.ts'

/** A query and what should be found for it. */
export interface Judgment {
  /** The text to search for. */
  readonly query: string
  /** How well each relevant document fits, greater than 0; documents that are not listed do not fit. */
  readonly relevant: Readonly<Record<string, number>>
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /**
   * Places of the ranking that count.
   * @defaultValue 10
   */
  readonly depth?: number
}

/** How one query did. */
export interface QueryEvaluation {
  readonly query: string
  readonly ndcg: number
  readonly reciprocalRank: number
  readonly recall: number
}

/** How all queries did: means in [0, 1], and each query, the worst first. */
export interface Evaluation {
  readonly ndcg: number
  readonly meanReciprocalRank: number
  readonly recall: number
  readonly queries: readonly QueryEvaluation[]
}

/**
 * Measures how well a search ranks, against judgments made by people: run it in a test, so that a change of fields, boosts or synonyms that hurts is seen.
 *
 * @param find - gives the ids found for a text, best first
 * @throws HanseError `INVALID_ARGUMENT` for no judgments, or one without a relevant document; or what `find` threw
 * @example
 * ```ts
 * const { ndcg, queries } = await evaluate(async (text) => (await search.products.search(text)).hits.map(({ id }) => id), judgments)
 * ```
 */
export async function evaluate(
  find: (query: string) => Promise<readonly string[]>,
  judgments: readonly Judgment[],
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { depth = 10 } = options
  if (!Number.isInteger(depth) || depth < 1) throw invalidArgument("option 'depth' of evaluate", 'a whole number from 1 on', depth)
  if (judgments.length === 0) throw invalidArgument('the judgments of evaluate', 'at least one', judgments)
  const queries: QueryEvaluation[] = []
  for (const { query, relevant } of judgments) {
    const gains = new Map(Object.entries(relevant))
    if (gains.size === 0 || [...gains.values()].some((gain) => !(gain > 0)))
      throw invalidArgument(`the judgment for '${query}'`, 'relevant documents with gains greater than 0', relevant)
    const found = (await find(query)).slice(0, depth)
    queries.push({ query, ndcg: discountedGain(found, gains, depth), reciprocalRank: reciprocalRank(found, gains), recall: recall(found, gains, depth) })
  }
  const mean = (measure: (one: QueryEvaluation) => number): number => queries.reduce((sum, one) => sum + measure(one), 0) / queries.length
  return {
    ndcg: mean((one) => one.ndcg),
    meanReciprocalRank: mean((one) => one.reciprocalRank),
    recall: mean((one) => one.recall),
    queries: queries.toSorted((a, b) => a.ndcg - b.ndcg),
  }
}
