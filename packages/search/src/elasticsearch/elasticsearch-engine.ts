import type { AbortOptions } from '@hanse/core'
import type { WriteOutcome } from '../index/attributes.ts'
import type {
  EngineDocument,
  EngineQuery,
  EngineResult,
  EngineWrite,
  IndexSpec,
  SearchCapability,
  SearchEngine,
  StoredDocument,
  WriteOptions,
} from '../text/search-engine.ts'
import type { VectorIndex } from '../vector/vector-index.ts'
import type { StoredWrite } from './bulk-lines.ts'
import { createConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { DocumentWriter } from './document-writer.ts'
import { resolveOptions } from './elasticsearch-options.ts'
import type { ElasticsearchOptions } from './elasticsearch-options.ts'
import { ElasticsearchVectors } from './elasticsearch-vectors.ts'
import { renderAttributes } from './render-attributes.ts'
import { IndexCatalog } from './index-catalog.ts'
import { textFields } from './index-fields.ts'
import { textPath } from './index-names.ts'
import { readDocuments } from './read-documents.ts'
import { refresh } from './refresh.ts'
import { searchText } from './text-search.ts'

/** The engine on Elasticsearch: full text, and the vectors beside it. */
export interface ElasticsearchEngine extends SearchEngine {
  readonly vectors: VectorIndex
}

/**
 * A search engine on an Elasticsearch cluster of version 8. Connects at the first call, and checks there that the server fits.
 *
 * Needs nothing beyond the core of the server: no scripts, no ingest, no licence. Text is analysed by this package.
 *
 * @throws HanseError `INVALID_ARGUMENT`; from its calls, beside the errors of the port, `CONNECT_FAILED` that names the option,
 * what was expected and what was found, and `ENGINE_FAILED` with the driver's error as its cause
 * @example
 * ```ts
 * const engine = elasticsearch({ node: 'https://search.example:9200', auth: { apiKey }, tls: { ca } })
 * const search = createSearch({ engine, embedder: ngramEmbedder(), indexes: { products } })
 * ```
 */
export function elasticsearch(options: ElasticsearchOptions): ElasticsearchEngine {
  return new ElasticsearchSearchEngine(createConnection(resolveOptions(options)))
}

interface Stored {
  readonly id: string
  readonly version: number
  readonly deleted: boolean
  readonly source: string
}

class ElasticsearchSearchEngine implements ElasticsearchEngine {
  readonly capabilities: ReadonlySet<SearchCapability> = new Set(['multi-process', 'vectors'] as const)
  readonly vectors: VectorIndex
  readonly #connection: Connection
  readonly #catalog: IndexCatalog<IndexSpec>
  readonly #writer: DocumentWriter

  constructor(connection: Connection) {
    this.#connection = connection
    this.#catalog = new IndexCatalog(connection, { kind: 'text', fields: textFields })
    this.#writer = new DocumentWriter(connection)
    this.vectors = new ElasticsearchVectors(connection)
  }

  prepare(index: IndexSpec, options: AbortOptions = {}): Promise<void> {
    return this.#catalog.prepare(index, options)
  }

  async write(index: string, writes: readonly EngineWrite[], options: WriteOptions = {}): Promise<readonly WriteOutcome[]> {
    const alias = this.#catalog.alias(index)
    const { refresh: visible = false, ...rest } = options
    const awaitRefresh = visible && this.#connection.options.refresh === 'wait'
    const outcomes = await this.#writer.write({ index, alias }, writes.map(storedWrite), { ...rest, awaitRefresh })
    if (visible && (!awaitRefresh || writes.length === 0)) await this.#on(index, () => refresh(this.#connection, index, alias, rest))
    return outcomes
  }

  async search(index: string, query: EngineQuery, options: AbortOptions = {}): Promise<EngineResult> {
    const spec = await this.#catalog.spec(index, options)
    const shape = { spec, shards: this.#connection.options.shards }
    return this.#on(index, () => searchText({ connection: this.#connection, index, alias: this.#catalog.alias(index), shape, options }, query))
  }

  async read(index: string, ids: readonly string[], options: AbortOptions = {}): Promise<readonly (StoredDocument | undefined)[]> {
    if (ids.length === 0) return []
    const target = { index, alias: this.#catalog.alias(index) }
    const stored = await readDocuments<Stored>(this.#connection, target, ids, ['id', 'version', 'deleted', 'source'], options)
    return stored.map((one) => (one === undefined || one.deleted ? undefined : { id: one.id, source: one.source, version: one.version }))
  }

  swap(index: string, other: string, options: AbortOptions = {}): Promise<void> {
    return this.#catalog.swap(index, other, options)
  }

  drop(index: string, options: AbortOptions = {}): Promise<void> {
    return this.#catalog.drop(index, options)
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#connection.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #on<T>(index: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw this.#catalog.translate(error, index)
    }
  }
}

function storedWrite(write: EngineWrite): StoredWrite {
  const version = write.version === undefined ? {} : { version: write.version }
  if (write.kind === 'delete') return { id: write.id, deleted: true, content: '', ...version }
  return { id: write.document.id, deleted: false, content: renderDocument(write.document), ...version }
}

function renderDocument({ tokens, attributes, source }: EngineDocument): string {
  const text = Object.fromEntries([...tokens].map(([field, words]) => [textPath(field).slice('text.'.length), words.join(' ')]))
  return `"text":${JSON.stringify(text)},"attributes":${renderAttributes(attributes)},"source":${JSON.stringify(source)}`
}
