import { invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { embedChecked } from './embed-checked.ts'
import type { Embedder } from './embedder.ts'

/** Options of {@link cachedEmbedder}. */
export interface CachedEmbedderOptions {
  /**
   * Vectors kept, the least recently used leaving first.
   * @defaultValue 10000
   */
  readonly maxEntries?: number
  /**
   * Texts sent in one call.
   * @defaultValue 128
   */
  readonly batchSize?: number
}

/**
 * Wraps an embedder so that a text is embedded once: repeated texts come from memory,
 * and what is left is sent in batches, one after the other. A batch that failed is not remembered.
 */
export function cachedEmbedder(embedder: Embedder, options: CachedEmbedderOptions = {}): Embedder {
  const { maxEntries = 10_000, batchSize = 128 } = options
  if (!Number.isInteger(maxEntries) || maxEntries < 1) throw invalidArgument("option 'maxEntries' of cachedEmbedder", 'a whole number from 1 on', maxEntries)
  if (!Number.isInteger(batchSize) || batchSize < 1) throw invalidArgument("option 'batchSize' of cachedEmbedder", 'a whole number from 1 on', batchSize)
  const known = new Map<string, Float32Array>()
  const remember = (text: string, vector: Float32Array): void => {
    known.delete(text)
    known.set(text, vector)
    const oldest = known.keys().next().value
    if (known.size > maxEntries && oldest !== undefined) known.delete(oldest)
  }
  const embedMissing = async (texts: readonly string[], abort: AbortOptions): Promise<Map<string, Float32Array>> => {
    const made = new Map<string, Float32Array>()
    for (let start = 0; start < texts.length; start += batchSize) {
      abort.signal?.throwIfAborted()
      const batch = texts.slice(start, start + batchSize)
      for (const [i, vector] of (await embedChecked(embedder, batch, abort)).entries()) {
        made.set(batch[i] ?? '', vector)
        remember(batch[i] ?? '', vector)
      }
    }
    return made
  }
  return {
    model: embedder.model,
    dimensions: embedder.dimensions,
    kind: embedder.kind,
    async embed(texts, abort = {}) {
      const found = new Map<string, Float32Array>()
      for (const text of new Set(texts)) {
        const vector = known.get(text)
        if (vector === undefined) continue
        remember(text, vector)
        found.set(text, vector)
      }
      const made = await embedMissing(
        [...new Set(texts)].filter((text) => !found.has(text)),
        abort,
      )
      // Every text is in one of the two; a copy keeps the cache safe from callers.
      return texts.map((text) => (found.get(text) ?? made.get(text) ?? new Float32Array(embedder.dimensions)).slice())
    },
  }
}
