/** A candidate with what it takes to compare it. */
export interface Candidate {
  /** How well it fits, greater is better. */
  readonly score: number
  readonly vector: Float32Array
}

/**
 * Picks `limit` candidates one by one: each time the one that fits best after what it shares with those picked before is taken off.
 * `weight` is how much that counts: 0 keeps the order of the scores, 1 looks at nothing else. Candidates come best first; equals keep their order.
 * Maximal marginal relevance, after Carbonell and Goldstein (SIGIR 1998), with cosines brought to [0, 1] as scores are.
 */
export function diversify<C extends Candidate>(candidates: readonly C[], weight: number, limit: number): C[] {
  const left = candidates.map((candidate) => ({ candidate, shared: 0 }))
  const picked: C[] = []
  while (picked.length < limit && left.length > 0) {
    const worth = left.map(({ candidate, shared }) => (1 - weight) * candidate.score - weight * shared)
    const [next] = left.splice(worth.indexOf(Math.max(...worth)), 1)
    if (next === undefined) break
    picked.push(next.candidate)
    for (const other of left) other.shared = Math.max(other.shared, (1 + cosine(next.candidate.vector, other.candidate.vector)) / 2)
  }
  return picked
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0
  let squaresA = 0
  let squaresB = 0
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0
    const y = b[i] ?? 0
    product += x * y
    squaresA += x * x
    squaresB += y * y
  }
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB)
}
