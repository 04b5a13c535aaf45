import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Embedder } from './embed/embedder.ts'
import { searchError } from './errors.ts'
import { planIndex } from './index/compile-search.ts'
import type { QueryablePlan } from './index/compile-search.ts'
import type { WriteOutcome } from './index/attributes.ts'
import type { IndexDefinition } from './index/definition.ts'
import { textSpec, vectorSpec } from './index/spec.ts'
import { compileWhere, combine } from './index/where.ts'
import { requireWritten, writeInBatches } from './ingest/bulk.ts'
import type { BulkOptions, BulkResult } from './ingest/bulk.ts'
import { createDocumentEmbedder } from './ingest/document-embedder.ts'
import { subscribeAll } from './ingest/index-from.ts'
import type { EventSource, IndexSubscription, LooseMapping, SourceEvent } from './ingest/index-from.ts'
import { writeBatch } from './ingest/index-writer.ts'
import type { IndexWriteOptions, PendingWrite, WriteTarget } from './ingest/index-writer.ts'
import { countDocuments, runReindex } from './ingest/reindex.ts'
import type { ReindexOptions, ReindexResult } from './ingest/reindex.ts'
import { decodeStored } from './index/stored-document.ts'
import { findSimilar } from './query/find-similar.ts'
import type { LooseSimilarOptions } from './query/find-similar.ts'
import { runSearch } from './query/run-search.ts'
import type { LooseRunOptions } from './query/run-search.ts'
import { suggestValues } from './query/suggest-values.ts'
import type { LooseSuggestOptions } from './query/suggest-values.ts'
import type { SearchIndex, SimilarHit, Suggestion, VersionedWriteOptions } from './search-index.ts'
import type { SearchEngine } from './text/search-engine.ts'
import type { VectorIndex } from './vector/vector-index.ts'

/** What an index stands on. */
export interface IndexParts {
  readonly engine: SearchEngine
  readonly vectors: VectorIndex | undefined
  readonly embedder: Embedder | undefined
  /** Throws when the search was closed. */
  readonly assertOpen: () => void
}

/** {@link SearchIndex} without the types of its document: what `createSearch` makes, and gives its type back to. */
export class IndexClient {
  readonly #definition: IndexDefinition
  readonly #plan: QueryablePlan
  readonly #parts: IndexParts
  readonly #target: WriteTarget
  #prepared: Promise<void> | undefined
  #shadow: string | undefined

  constructor(definition: IndexDefinition, parts: IndexParts) {
    this.#definition = definition
    this.#plan = planIndex(definition)
    this.#parts = parts
    const { engine, vectors, embedder } = parts
    const withVectors = definition.options.vector !== undefined && vectors !== undefined && embedder !== undefined
    this.#target = { engine, vectors: withVectors ? vectors : undefined, embedder: withVectors ? createDocumentEmbedder(definition, embedder) : undefined }
  }

  async prepare(options: AbortOptions = {}): Promise<void> {
    this.#parts.assertOpen()
    this.#prepared ??= this.#prepareAs(this.#definition.name).catch((error: unknown) => {
      this.#prepared = undefined
      throw error
    })
    await this.#prepared
    options.signal?.throwIfAborted()
  }

  async search(text: string, options: LooseRunOptions = {}): Promise<unknown> {
    await this.prepare(options)
    return runSearch({ ...this.#parts, vectors: this.#target.vectors, plan: this.#plan }, text, options)
  }

  async similar(options: LooseSimilarOptions): Promise<readonly SimilarHit<object>[]> {
    await this.prepare(options)
    return findSimilar({ ...this.#parts, vectors: this.#target.vectors, plan: this.#plan }, options)
  }

  async suggest(text: string, options: LooseSuggestOptions = {}): Promise<readonly Suggestion[]> {
    await this.prepare(options)
    return suggestValues({ ...this.#parts, vectors: this.#target.vectors, plan: this.#plan }, text, options)
  }

  async get(id: string, options: AbortOptions = {}): Promise<object | undefined> {
    await this.prepare(options)
    const [found] = await this.#parts.engine.read(this.#definition.name, [id], options)
    return found === undefined ? undefined : decodeStored(found.source)
  }

  async count(where: Readonly<Record<string, unknown>> = {}, options: AbortOptions = {}): Promise<number> {
    const filter = combine(compileWhere(this.#definition.name, this.#definition.options.fields, where))
    await this.prepare(options)
    const { total } = await this.#parts.engine.search(this.#definition.name, { filter, sort: [], limit: 0, facets: [] }, options)
    return total.value
  }

  async index(document: object, options: VersionedWriteOptions = {}): Promise<'applied' | 'stale'> {
    const { version, ...rest } = options
    return this.#writeOne({ kind: 'index', document, ...(version === undefined ? {} : { version }) }, rest)
  }

  async delete(id: string, options: VersionedWriteOptions = {}): Promise<'applied' | 'stale'> {
    const { version, ...rest } = options
    return this.#writeOne({ kind: 'delete', id, ...(version === undefined ? {} : { version }) }, rest)
  }

  async bulk(documents: Iterable<object> | AsyncIterable<object>, options: BulkOptions = {}): Promise<BulkResult> {
    await this.prepare(options)
    const { refresh = false, ...each } = options
    const written = await writeInBatches(documents, options, (batch) => this.#write(batch, each))
    // Once for all batches: each refresh of a cluster engine costs up to a second.
    if (refresh) await this.#write([], options)
    return written
  }

  async indexFrom(source: EventSource<SourceEvent>, options: { readonly group: string; readonly on: readonly LooseMapping[] }): Promise<IndexSubscription> {
    await this.prepare()
    return subscribeAll(source, options, async (write, signal) => {
      await this.#writeOne(write, { signal })
    })
  }

  async reindex(source: () => Iterable<object> | AsyncIterable<object>, options: ReindexOptions = {}): Promise<ReindexResult> {
    const { name } = this.#definition
    const shadow = `${name}~next`
    const { engine } = this.#parts
    this.#parts.assertOpen()
    if (this.#shadow !== undefined) throw searchError('REINDEX_FAILED', `index '${name}' is being rebuilt already; await that first.`)
    const remove = async (): Promise<void> => {
      await Promise.all([engine.drop(shadow), this.#target.vectors?.drop(shadow)])
    }
    return runReindex(
      name,
      {
        begin: async () => {
          // A live index of another shape or model is what a rebuild is for.
          await this.prepare().catch(toleratedMismatch)
          await remove()
          await this.#prepareAs(shadow)
          this.#shadow = shadow
        },
        fill: () => writeInBatches(source(), options, (batch) => writeBatch(this.#target, this.#definition, shadow, batch, { ...options, refresh: false })),
        counts: async () => ({ before: await countDocuments(engine, name), after: await countDocuments(engine, shadow) }),
        swap: async () => {
          await Promise.all([engine.swap(name, shadow, options), this.#target.vectors?.swap(name, shadow, options)])
          this.#prepared = undefined
        },
        end: () => {
          this.#shadow = undefined
        },
        remove,
      },
      options,
    )
  }

  async #prepareAs(name: string): Promise<void> {
    const { engine, vectors, embedder } = this.#parts
    const vector = vectorSpec(this.#definition, embedder?.model ?? '')
    await Promise.all([
      engine.prepare({ ...textSpec(this.#definition), name }),
      vector === undefined || vectors === undefined || embedder === undefined ? undefined : vectors.prepare({ ...vector, name }),
    ])
  }

  async #writeOne(write: PendingWrite, options: IndexWriteOptions): Promise<'applied' | 'stale'> {
    await this.prepare(options)
    const [outcome] = requireWritten(await this.#write([write], options))
    return outcome?.status === 'stale' ? 'stale' : 'applied'
  }

  async #write(writes: readonly PendingWrite[], options: IndexWriteOptions): Promise<readonly WriteOutcome[]> {
    const shadow = this.#shadow
    const outcomes = await writeBatch(this.#target, this.#definition, this.#definition.name, writes, options)
    if (shadow !== undefined) requireWritten(await writeBatch(this.#target, this.#definition, shadow, writes, options))
    return outcomes
  }
}

function toleratedMismatch(error: unknown): void {
  if (!HanseError.hasCode(error, 'INDEX_MISMATCH', 'MODEL_MISMATCH', 'DIMENSION_MISMATCH')) throw error
}

/** The client with the types of its definition. */
export type TypedIndex<Definition> = Definition extends IndexDefinition<infer Doc, infer F> ? SearchIndex<Doc, F> : never
