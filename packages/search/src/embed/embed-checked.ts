import type { AbortOptions } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { Embedder } from './embedder.ts'

/**
 * Embeds texts and checks what comes back.
 * @throws HanseError `EMBEDDING_FAILED` for an answer of another number or with anything but finite numbers, `DIMENSION_MISMATCH` for one of another length
 */
export async function embedChecked(embedder: Embedder, texts: readonly string[], options: AbortOptions): Promise<readonly Float32Array[]> {
  const made = await embedder.embed(texts, options)
  if (made.length !== texts.length)
    throw searchError('EMBEDDING_FAILED', `embedder '${embedder.model}' must give one vector for each of ${texts.length} texts; got ${made.length}.`)
  for (const vector of made) {
    if (vector.length !== embedder.dimensions)
      throw searchError('DIMENSION_MISMATCH', `embedder '${embedder.model}' must give vectors of ${embedder.dimensions} dimensions; got ${vector.length}.`)
    if (!vector.every(Number.isFinite)) throw searchError('EMBEDDING_FAILED', `embedder '${embedder.model}' gave a vector with a number that is not finite.`)
  }
  return made
}
