import { invalidArgument } from '@hanse/core'
import { splitWords } from '../text/analyze.ts'
import type { Embedder } from './embedder.ts'

/** Options of {@link ngramEmbedder}. */
export interface NgramEmbedderOptions {
  /**
   * Length of the vectors, 32 to 4096.
   * @defaultValue 384
   */
  readonly dimensions?: number
}

const shortest = 3
const longest = 5

/**
 * An embedder that works offline and knows nothing of meaning: it counts runs of 3 to 5 letters. Texts that share words, parts of words or
 * misspellings come out near each other; synonyms and paraphrases do not. Good for "more like this" and for typos, not for questions.
 *
 * Each run, word ends marked, is hashed (FNV-1a, 32 bits) to a dimension and a sign (feature hashing, Weinberger et al. 2009);
 * counts grow by the logarithm, and the vector is scaled to length 1. A text without letters and digits gives a zero vector.
 */
export function ngramEmbedder(options: NgramEmbedderOptions = {}): Embedder {
  const { dimensions = 384 } = options
  if (!Number.isInteger(dimensions) || dimensions < 32 || dimensions > 4096)
    throw invalidArgument("option 'dimensions' of ngramEmbedder", 'a whole number from 32 to 4096', dimensions)
  return {
    model: `hanse-ngram-1-${dimensions}`,
    dimensions,
    kind: 'lexical',
    async embed(texts, { signal } = {}) {
      return texts.map((text) => {
        signal?.throwIfAborted()
        return embedText(text, dimensions)
      })
    },
  }
}

function embedText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const [hash, count] of countRuns(text)) {
    // The low bit is the sign, the others choose the dimension, so that the two do not depend on each other.
    const at = (hash >>> 1) % dimensions
    vector[at] = (vector[at] ?? 0) + ((hash & 1) === 0 ? 1 : -1) * (1 + Math.log(count))
  }
  return scaled(vector)
}

function countRuns(text: string): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { token } of splitWords(text)) {
    const marked = `<${token}>`
    for (let length = shortest; length <= Math.min(longest, marked.length); length++) {
      for (let start = 0; start + length <= marked.length; start++) {
        const hash = hashRun(marked, start, start + length)
        counts.set(hash, (counts.get(hash) ?? 0) + 1)
      }
    }
  }
  return counts
}

function hashRun(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  // FNV mixes its low bits weakly; one more step spreads them.
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

function scaled(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((value) => value / length)
}
