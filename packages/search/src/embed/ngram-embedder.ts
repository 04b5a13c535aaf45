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
    for (let start = 0; start + shortest <= marked.length; start++) countRunsFrom(marked, start, counts)
  }
  return counts
}

/** Counts the runs that begin at `start`: the hash of a run goes on from that of the shorter one. */
function countRunsFrom(marked: string, start: number, counts: Map<number, number>): void {
  let hash = 0x811c9dc5
  const end = Math.min(start + longest, marked.length)
  for (let i = start; i < end; i++) {
    const unit = marked.charCodeAt(i)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
    if (i - start + 1 < shortest) continue
    const run = spread(hash)
    counts.set(run, (counts.get(run) ?? 0) + 1)
  }
}

/** FNV mixes its low bits weakly; one more step spreads them. */
function spread(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
}

function scaled(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  return length === 0 ? vector : vector.map((value) => value / length)
}
