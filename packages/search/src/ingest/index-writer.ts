import type { AbortOptions } from '@hanse/core'
import { describe } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { IndexDefinition } from '../index/definition.ts'
import { documentId, expectedId, isDocumentId, prepareDocument } from '../index/prepare-document.ts'
import type { WriteOutcome } from '../index/attributes.ts'
import type { SearchEngine } from '../text/search-engine.ts'
import type { VectorIndex } from '../vector/vector-index.ts'
import type { CheckedDocument, DocumentEmbedder } from './document-embedder.ts'

/** Options of every write. */
export interface IndexWriteOptions extends AbortOptions {
  /**
   * Whether to resolve only when searches see the write. Embedded engines always do.
   * @defaultValue false
   */
  readonly refresh?: boolean
}

/** One document, or the deletion of one, on its way into an index. */
export type PendingWrite =
  | { readonly kind: 'index'; readonly document: object; readonly version?: number }
  | { readonly kind: 'delete'; readonly id: string; readonly version?: number }

/** Where an index writes to. */
export interface WriteTarget {
  readonly engine: SearchEngine
  readonly vectors: VectorIndex | undefined
  readonly embedder: DocumentEmbedder | undefined
}

/**
 * Writes one batch into text engine and vector index. All documents are checked, and their vectors made, before anything is written.
 * Outcomes come in order; of several writes to one document the last counts.
 */
export async function writeBatch(
  target: WriteTarget,
  definition: IndexDefinition,
  name: string,
  writes: readonly PendingWrite[],
  options: IndexWriteOptions,
): Promise<readonly WriteOutcome[]> {
  const checked = writes.map((write) => checkWrite(definition, write))
  const documents = checked.flatMap((write) => (write.kind === 'index' ? [write] : []))
  const entries =
    target.embedder === undefined || target.vectors === undefined ? undefined : await target.embedder.entries(name, target.vectors, documents, options)
  // Both in one turn: engines that share a file commit them together.
  const [outcomes, vectorOutcomes] = await Promise.all([
    target.engine.write(
      name,
      checked.map((write) => (write.kind === 'index' ? { kind: 'index', document: write.prepared, ...versionOf(write) } : write)),
      options,
    ),
    entries === undefined
      ? []
      : target.vectors?.write(
          name,
          checked.map((write) => {
            const entry = write.kind === 'index' ? entries.get(write) : undefined
            // A document without a text to embed has no vector; one that it had goes.
            return entry === undefined ? { kind: 'delete', id: idOf(write), ...versionOf(write) } : { kind: 'index', entry, ...versionOf(write) }
          }),
          options,
        ),
  ])
  return outcomes.map((outcome, i) => (vectorOutcomes?.[i]?.status === 'failed' ? vectorOutcomes[i] : outcome))
}

type CheckedWrite = CheckedDocument | { readonly kind: 'delete'; readonly id: string; readonly version?: number }

function checkWrite(definition: IndexDefinition, write: PendingWrite): CheckedWrite {
  if (write.kind === 'delete') {
    if (!isDocumentId(write.id)) throw searchError('INVALID_DOCUMENT', `the id of a document to delete must be ${expectedId}; got ${describe(write.id)}.`)
    checkVersion(write.id, write.version)
    return write
  }
  if (typeof write.document !== 'object' || write.document === null)
    throw searchError('INVALID_DOCUMENT', `a document of index '${definition.name}' must be an object; got ${describe(write.document)}.`)
  const version = write.version ?? definition.options.version?.(write.document)
  checkVersion(documentId(definition, write.document), version)
  return { kind: 'index', document: write.document, prepared: prepareDocument(definition, write.document), ...(version === undefined ? {} : { version }) }
}

function checkVersion(id: string, version: number | undefined): void {
  if (version === undefined || (Number.isSafeInteger(version) && version >= 0)) return
  throw searchError('INVALID_DOCUMENT', `the version of document '${id}' must be a whole number from 0 on; got ${describe(version)}.`, { details: { id } })
}

function idOf(write: CheckedWrite): string {
  return write.kind === 'index' ? write.prepared.id : write.id
}

function versionOf(write: { readonly version?: number }): { readonly version?: number } {
  return write.version === undefined ? {} : { version: write.version }
}
