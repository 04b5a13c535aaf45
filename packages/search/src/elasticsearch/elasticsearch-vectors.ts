import type { AbortOptions } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { WriteOutcome } from '../index/attributes.ts'
import { readyWrites } from '../vector/ready-writes.ts'
import type { ReadyWrite } from '../vector/ready-writes.ts'
import { requireSameModel } from '../vector/same-model.ts'
import type { StoredVector, VectorCapability, VectorHit, VectorIndex, VectorQuery, VectorSpec, VectorWrite } from '../vector/vector-index.ts'
import type { StoredWrite } from './bulk-lines.ts'
import type { Connection } from './connection.ts'
import { DocumentWriter } from './document-writer.ts'
import { IndexCatalog } from './index-catalog.ts'
import { vectorFields } from './index-fields.ts'
import { findNearest } from './nearest.ts'
import { PendingRefresh } from './pending-refresh.ts'
import { readDocuments } from './read-documents.ts'
import { renderAttributes } from './render-attributes.ts'
import { readVector, renderVector } from './vector-codec.ts'

const mostDimensions = 4096

interface Stored {
  readonly id: string
  readonly version: number
  readonly deleted: boolean
  readonly hash: string
  readonly vector: unknown
}

/** The vector index beside the engine, on the engine's connection, which the engine opens and closes. */
export class ElasticsearchVectors implements VectorIndex {
  readonly capabilities: ReadonlySet<VectorCapability> = new Set(['multi-process'] as const)
  readonly #connection: Connection
  readonly #catalog: IndexCatalog<VectorSpec>
  readonly #writer: DocumentWriter
  readonly #refresh: PendingRefresh

  constructor(connection: Connection) {
    this.#connection = connection
    this.#catalog = new IndexCatalog(connection, { kind: 'vector', fields: vectorFields, check: requireSameModel })
    this.#writer = new DocumentWriter(connection)
    this.#refresh = new PendingRefresh(connection)
  }

  async prepare(index: VectorSpec, options: AbortOptions = {}): Promise<void> {
    if (index.dimensions > mostDimensions)
      throw searchError('UNSUPPORTED', `Elasticsearch holds vectors of at most ${mostDimensions} dimensions; index '${index.name}' has ${index.dimensions}.`)
    await this.#catalog.prepare(index, options)
  }

  async write(index: string, writes: readonly VectorWrite[], options: AbortOptions = {}): Promise<readonly WriteOutcome[]> {
    const spec = await this.#catalog.spec(index, options)
    const alias = this.#catalog.alias(index)
    const ready = readyWrites(spec, writes).map((write) => storedWrite(spec, write))
    this.#refresh.mark(alias)
    try {
      return await this.#writer.write({ index, alias }, ready, options)
    } finally {
      this.#refresh.mark(alias)
    }
  }

  async search(index: string, query: VectorQuery, options: AbortOptions = {}): Promise<readonly VectorHit[]> {
    const spec = await this.#catalog.spec(index, options)
    const alias = this.#catalog.alias(index)
    try {
      await this.#refresh.run(index, alias, options)
      return await findNearest({ connection: this.#connection, alias, spec, options }, query)
    } catch (error) {
      throw this.#catalog.translate(error, index)
    }
  }

  async read(index: string, ids: readonly string[], options: AbortOptions = {}): Promise<readonly (StoredVector | undefined)[]> {
    if (ids.length === 0) return []
    const { dimensions } = await this.#catalog.spec(index, options)
    const target = { index, alias: this.#catalog.alias(index) }
    const stored = await readDocuments<Stored>(this.#connection, target, ids, ['id', 'version', 'deleted', 'hash', 'vector'], options)
    return stored.map((one) => {
      if (one === undefined || one.deleted) return undefined
      return { id: one.id, vector: readVector(one.vector, dimensions, index, one.id), contentHash: one.hash, version: one.version }
    })
  }

  async swap(index: string, other: string, options: AbortOptions = {}): Promise<void> {
    await this.#catalog.swap(index, other, options)
    this.#refresh.mark(this.#catalog.alias(index))
    this.#refresh.mark(this.#catalog.alias(other))
  }

  drop(index: string, options: AbortOptions = {}): Promise<void> {
    return this.#catalog.drop(index, options)
  }

  async close(): Promise<void> {
    // The connection belongs to the engine.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function storedWrite({ metric }: VectorSpec, write: ReadyWrite): StoredWrite {
  const version = write.version === undefined ? {} : { version: write.version }
  if (write.kind === 'delete') return { id: write.id, deleted: true, content: '', ...version }
  const { id, vector, contentHash, attributes } = write.entry
  const content = `"hash":${JSON.stringify(contentHash)},"vector":${renderVector(vector, metric)},"attributes":${renderAttributes(attributes)}`
  return { id, deleted: false, content, ...version }
}
