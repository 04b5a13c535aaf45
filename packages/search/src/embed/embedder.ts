import type { AbortOptions } from '@hanse/core'

/**
 * Turns texts into vectors.
 *
 * - The same text gives the same vector for as long as `model` stays the same.
 * - The answer has one finite vector of `dimensions` numbers for each text, in order.
 * - May be called with any number of texts at once, concurrently, and rejects as a whole.
 */
export interface Embedder {
  /** Names the model and its version; stored with every index, so that vectors of different models are never compared. */
  readonly model: string
  /** The length of the vectors. */
  readonly dimensions: number
  /** What nearness means: `lexical` for shared letters and words, `semantic` for shared meaning. */
  readonly kind: 'lexical' | 'semantic'
  /** @throws the signal's reason when it aborts; otherwise the provider's error */
  embed(texts: readonly string[], options?: AbortOptions): Promise<readonly Float32Array[]>
}
