/** The gains of relevant documents, by id. */
export type Gains = ReadonlyMap<string, number>

/**
 * Normalised discounted cumulative gain: gains 2^g - 1, discounted by the logarithm of the rank, over the best that could be.
 * After Järvelin and Kekäläinen (2002) in the exponential form of Burges et al. (2005).
 */
export function discountedGain(found: readonly string[], gains: Gains, depth: number): number {
  const gained = sumDiscounted(found.map((id) => gains.get(id) ?? 0))
  const best = sumDiscounted([...gains.values()].toSorted((a, b) => b - a).slice(0, depth))
  return best === 0 ? 0 : gained / best
}

function sumDiscounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + (2 ** gain - 1) / Math.log2(i + 2), 0)
}

/** One over the rank of the first relevant document; 0 without one. */
export function reciprocalRank(found: readonly string[], gains: Gains): number {
  const first = found.findIndex((id) => gains.has(id))
  return first < 0 ? 0 : 1 / (first + 1)
}

/** The part of the relevant documents that was found, of as many as there were places for. */
export function recall(found: readonly string[], gains: Gains, depth: number): number {
  return found.filter((id) => gains.has(id)).length / Math.min(gains.size, depth)
}
