import { createLifecycle, invalidArgument } from '@hanse/core'
import type { AbortOptions, Closable } from '@hanse/core'
import type { Embedder } from './embed/embedder.ts'
import { searchError } from './errors.ts'
import { IndexClient } from './index-client.ts'
import type { TypedIndex } from './index-client.ts'
import type { IndexDefinition } from './index/definition.ts'
import type { Fields } from './index/fields.ts'
import type { SearchEngine } from './text/search-engine.ts'
import type { VectorIndex } from './vector/vector-index.ts'

/** A definition of whatever documents. */
export type AnyIndexDefinition = IndexDefinition<never, Fields>

/** Options of {@link createSearch}. */
export interface CreateSearchOptions<Indexes extends Readonly<Record<string, AnyIndexDefinition>>> {
  /** Where documents are kept and found; closed with the search. */
  readonly engine: SearchEngine
  /** The indexes, by the names under which the search offers them. */
  readonly indexes: Indexes
  /** Makes the vectors; needed when an index declares one. */
  readonly embedder?: Embedder
  /**
   * Where vectors are kept; closed with the search.
   * @defaultValue the vector index of the engine
   */
  readonly vectors?: VectorIndex
}

/** The indexes by name, and what concerns all of them. */
export type Search<Indexes> = { readonly [K in keyof Indexes]: TypedIndex<Indexes[K]> } & SearchControl

/** What concerns all indexes of a search. */
export interface SearchControl extends Closable {
  /**
   * Makes missing indexes and checks the others against their definitions. Calls do this by themselves; a service that
   * wants to fail at its start rather than at its first request awaits it there.
   * @throws HanseError `INDEX_MISMATCH`, `MODEL_MISMATCH`, `DIMENSION_MISMATCH`
   */
  prepare(options?: AbortOptions): Promise<void>
}

const reserved = ['prepare', 'close']

/**
 * Puts an engine, an embedder and index definitions together. Does no I/O; the first call prepares its index.
 *
 * @throws HanseError `INVALID_ARGUMENT`; `UNSUPPORTED` when an index declares a vector and there is no embedder or vector index;
 * `DIMENSION_MISMATCH` when the embedder makes vectors of another length
 * @example
 * ```ts
 * await using search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder(), indexes: { products } })
 * await search.products.bulk(rows)
 * const { hits, total, facets } = await search.products.search('coffee', { where: { brand: ['Nordwind'] }, facets: ['category'] })
 * ```
 */
export function createSearch<const Indexes extends Readonly<Record<string, AnyIndexDefinition>>>(options: CreateSearchOptions<Indexes>): Search<Indexes> {
  const { engine, indexes, embedder, vectors = engine.vectors } = options
  const lifecycle = createLifecycle({
    subject: 'the search',
    stop: async (stopOptions) => {
      await Promise.all([engine.close(stopOptions), vectors?.close(stopOptions)])
    },
  })
  const clients = new Map<string, IndexClient>()
  for (const [name, given] of Object.entries(indexes)) {
    // Functions of the definition take the index's own documents, which is all they will be given.
    const definition = given as unknown as IndexDefinition
    checkIndex(name, definition, embedder, vectors)
    clients.set(name, new IndexClient(definition, { engine, vectors, embedder, assertOpen: () => lifecycle.assertOpen() }))
  }
  const control: SearchControl = {
    async prepare(prepareOptions) {
      for (const client of clients.values()) await client.prepare(prepareOptions)
    },
    close: (closeOptions) => lifecycle.close(closeOptions),
    [Symbol.asyncDispose]: () => lifecycle.close(),
  }
  // The clients take and give documents of any type; their definitions say which.
  return Object.assign(control, Object.fromEntries(clients)) as unknown as Search<Indexes>
}

function checkIndex(name: string, definition: IndexDefinition, embedder: Embedder | undefined, vectors: VectorIndex | undefined): void {
  if (reserved.includes(name)) throw invalidArgument("a name in option 'indexes'", `other than ${reserved.join(' and ')}`, name)
  const { vector } = definition.options
  if (vector === undefined) return
  if (embedder === undefined || vectors === undefined) {
    const missing = embedder === undefined ? "option 'embedder'" : "an engine with vectors, or option 'vectors'"
    throw searchError('UNSUPPORTED', `index '${definition.name}' declares a vector, which needs ${missing}.`)
  }
  if (vector.dimensions === embedder.dimensions) return
  throw searchError(
    'DIMENSION_MISMATCH',
    `index '${definition.name}' declares vectors of ${vector.dimensions} dimensions, but embedder '${embedder.model}' makes ${embedder.dimensions}.`,
  )
}
