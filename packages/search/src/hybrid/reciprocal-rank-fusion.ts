/** A document after fusion. */
export interface FusedHit {
  readonly id: string
  /** The fused score over the greatest possible, which is first place in every list: in (0, 1]. */
  readonly score: number
}

/** The constant of the method; 60 is the value of the paper. */
const rankConstant = 60

/**
 * Fuses ranked lists of ids: each list adds 1 / (k + rank) to its documents, ranks counted from 1; a document that is not in a list gets nothing from it.
 * Best first, ties by id. After Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods" (SIGIR 2009).
 */
export function reciprocalRankFusion(lists: readonly (readonly string[])[], k: number = rankConstant): FusedHit[] {
  const sums = new Map<string, number>()
  for (const list of lists) {
    for (const [i, id] of list.entries()) sums.set(id, (sums.get(id) ?? 0) + 1 / (k + i + 1))
  }
  const best = lists.length / (k + 1)
  return [...sums].map(([id, sum]) => ({ id, score: sum / best })).toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
}
