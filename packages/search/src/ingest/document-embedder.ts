import { createHash } from 'node:crypto'
import type { AbortOptions } from '@hanse/core'
import { embedChecked } from '../embed/embed-checked.ts'
import type { Embedder } from '../embed/embedder.ts'
import type { IndexDefinition } from '../index/definition.ts'
import type { VectorEntry, VectorIndex } from '../vector/vector-index.ts'
import type { EngineDocument } from '../text/search-engine.ts'

/** A document that was checked and analysed. */
export interface CheckedDocument {
  readonly kind: 'index'
  readonly document: object
  readonly prepared: EngineDocument
  readonly version?: number
}

/** Makes the vectors of documents. */
export interface DocumentEmbedder {
  /** The entries to write, by document; those without a text have none. A text that did not change is not embedded again. */
  entries(name: string, vectors: VectorIndex, documents: readonly CheckedDocument[], options: AbortOptions): Promise<ReadonlyMap<CheckedDocument, VectorEntry>>
}

/** A {@link DocumentEmbedder} for one index. */
export function createDocumentEmbedder(definition: IndexDefinition, embedder: Embedder): DocumentEmbedder {
  return {
    async entries(name, vectors, documents, options) {
      const texts = documents.flatMap((checked) => {
        const text = embeddedText(definition, checked.document)
        return text === undefined ? [] : [{ checked, text, contentHash: contentHash(embedder.model, text) }]
      })
      const known = await knownVectors(name, vectors, texts, options)
      const missing = new Map(texts.filter(({ contentHash: hash }) => !known.has(hash)).map(({ contentHash: hash, text }) => [hash, text]))
      const made = missing.size === 0 ? [] : await embedChecked(embedder, [...missing.values()], options)
      for (const [i, hash] of [...missing.keys()].entries()) {
        const vector = made[i]
        if (vector !== undefined) known.set(hash, vector)
      }
      return new Map(texts.flatMap(({ checked, contentHash: hash }) => toEntry(checked, hash, known.get(hash))))
    },
  }
}

function toEntry(checked: CheckedDocument, hash: string, vector: Float32Array | undefined): [CheckedDocument, VectorEntry][] {
  // An all-zero vector points nowhere; a text without a letter or digit can give one.
  if (vector === undefined || vector.every((value) => value === 0)) return []
  return [[checked, { id: checked.prepared.id, vector, contentHash: hash, attributes: checked.prepared.attributes }]]
}

interface EmbeddedText {
  readonly checked: CheckedDocument
  readonly contentHash: string
}

/** The vectors that are stored already for the same text by the same model, by content hash. */
async function knownVectors(name: string, vectors: VectorIndex, texts: readonly EmbeddedText[], options: AbortOptions): Promise<Map<string, Float32Array>> {
  const stored = await vectors.read(
    name,
    texts.map(({ checked }) => checked.prepared.id),
    options,
  )
  return new Map(stored.flatMap((one, i) => (one !== undefined && one.contentHash === texts[i]?.contentHash ? [[one.contentHash, one.vector]] : [])))
}

/** The text of a document that is embedded; `undefined` when there is none. Missing fields add nothing. */
function embeddedText(definition: IndexDefinition, document: object): string | undefined {
  const { vector, fields } = definition.options
  if (vector === undefined) return undefined
  const values = document as Readonly<Record<string, unknown>>
  if (typeof vector.from !== 'function') {
    const parts = (vector.from as readonly string[]).flatMap((name) => textParts(values[name]))
    return parts.length === 0 ? undefined : parts.join('\n')
  }
  const view = { ...values }
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind === 'text' || field.kind === 'keyword') view[name] ??= field.kind === 'keyword' && field.many ? [] : ''
  }
  const text = (vector.from as (view: object) => string)(view)
  return typeof text !== 'string' || text.trim() === '' ? undefined : text
}

function textParts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textParts)
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
  return typeof value === 'string' && value.trim() !== '' ? [value] : []
}

function contentHash(model: string, text: string): string {
  return createHash('sha256').update(`${model}\n${text}`).digest('base64url')
}
