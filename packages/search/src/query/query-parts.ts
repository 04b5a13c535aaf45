import type { AbortOptions } from '@hanse/core'
import { embedChecked } from '../embed/embed-checked.ts'
import type { Embedder } from '../embed/embedder.ts'
import { searchError } from '../errors.ts'
import type { QueryablePlan } from '../index/compile-search.ts'
import type { SearchEngine } from '../text/search-engine.ts'
import type { VectorIndex } from '../vector/vector-index.ts'

/** What a query runs on. */
export interface QueryParts {
  readonly engine: SearchEngine
  readonly vectors: VectorIndex | undefined
  readonly embedder: Embedder | undefined
  readonly plan: QueryablePlan
}

/**
 * The vector index and embedder of an index.
 * @throws HanseError `UNSUPPORTED` when the index has no vectors
 */
export function requireVectors({ vectors, embedder, plan }: QueryParts): { readonly vectors: VectorIndex; readonly embedder: Embedder } {
  if (vectors !== undefined && embedder !== undefined) return { vectors, embedder }
  throw searchError('UNSUPPORTED', `index '${plan.definition.name}' has no vectors; declare its option 'vector' to search by nearness.`)
}

/** The vector of a query text; `undefined` when the text has nothing to embed. */
export async function embedQuery(embedder: Embedder, text: string, options: AbortOptions): Promise<Float32Array | undefined> {
  const [vector] = await embedChecked(embedder, [text], options)
  return vector === undefined || vector.every((value) => value === 0) ? undefined : vector
}
