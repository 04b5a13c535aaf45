import { searchError } from '../errors.ts'
import type { Metric } from '../index/definition.ts'

/** The public score of a raw metric, in [0, 1]; see `VectorHit.score`. */
export function scoreOf(metric: Metric, similarity: number): number {
  return metric === 'cosine' ? (1 + similarity) / 2 : (1 + similarity / (1 + Math.abs(similarity))) / 2
}

/** The inner product as the raw metric: a cosine is kept within [-1, 1] against rounding. */
export function similarityOf(metric: Metric, product: number): number {
  return metric === 'cosine' ? Math.min(1, Math.max(-1, product)) : product
}

/**
 * Checks a vector and makes it ready to compare: under `cosine` it is scaled to length 1.
 * @throws HanseError `DIMENSION_MISMATCH`, or `INVALID_DOCUMENT` for one that is not finite or, under `cosine`, zero
 */
export function readyVector(vector: Float32Array, dimensions: number, metric: Metric, subject: string): Float32Array {
  if (vector.length !== dimensions) throw searchError('DIMENSION_MISMATCH', `${subject} must have ${dimensions} dimensions; got ${vector.length}.`)
  let squares = 0
  for (const value of vector) squares += value * value
  if (!Number.isFinite(squares)) throw searchError('INVALID_DOCUMENT', `${subject} must hold finite numbers only.`)
  if (metric === 'dot') return vector
  if (squares === 0) throw searchError('INVALID_DOCUMENT', `${subject} must not be zero everywhere: it has no direction to compare.`)
  // A vector that is of length 1 already stays as it is, to the bit.
  const length = Math.sqrt(squares)
  return Math.abs(length - 1) < 1e-6 ? vector : vector.map((value) => value / length)
}
