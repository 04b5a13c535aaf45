import type { Metric } from '../index/definition.ts'
import { searchError } from '../errors.ts'

/** A vector as the JSON array that the server indexes. */
export function renderVector(vector: Float32Array, metric: Metric): string {
  // Numbers of a vector of length 1 need no more than eight decimals to be as exact as a float, and are then half as long.
  if (metric === 'cosine') return `[${Array.from(vector, (value) => Math.round(value * 1e8) / 1e8).join(',')}]`
  return `[${vector.join(',')}]`
}

/** The bytes of a vector, little-endian, as text. */
export function encodeVector(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

/**
 * Reads a vector back.
 * @throws HanseError `CORRUPT_INDEX`
 */
export function decodeVector(text: unknown, dimensions: number, index: string, id: string): Float32Array {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined
  if (bytes === undefined || bytes.byteLength !== dimensions * 4)
    throw searchError('CORRUPT_INDEX', `the stored vector of document '${id}' of index '${index}' is damaged; rebuild the index with reindex().`, {
      details: { id },
    })
  const vector = new Float32Array(dimensions)
  new Uint8Array(vector.buffer).set(bytes)
  return vector
}

/** The raw metric behind the server's score: (1 + cosine) / 2, or of an inner product s: s + 1 from 0 up, 1 / (1 - s) below. */
export function similarityOfScore(metric: Metric, score: number): number {
  if (metric === 'cosine') return Math.min(1, Math.max(-1, 2 * score - 1))
  return score >= 1 ? score - 1 : 1 - 1 / score
}
