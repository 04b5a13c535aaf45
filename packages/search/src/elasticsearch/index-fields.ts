import { describe } from '@hanse/core'
import type { AttributeSpec } from '../index/attributes.ts'
import type { IndexSpec } from '../text/search-engine.ts'
import type { VectorSpec } from '../vector/vector-index.ts'
import { attributePath, textPath } from './index-names.ts'

/** What a field of a mapping is. */
export interface FieldMapping {
  readonly type: string
  readonly [option: string]: unknown
}

/** The fields of an index by their paths. */
export type IndexFields = ReadonlyMap<string, FieldMapping>

const own: readonly (readonly [string, FieldMapping])[] = [
  // `_id` cannot be sorted by, so the id is there once more.
  ['id', { type: 'keyword' }],
  ['deleted', { type: 'boolean' }],
]

/** Tokens come analysed: the server only splits at the spaces between them. They need no positions, for phrases are never asked for. */
export function textFields(spec: IndexSpec): IndexFields {
  const texts = spec.texts.map(({ name }) => [textPath(name), { type: 'text', analyzer: 'whitespace', index_options: 'freqs' }] as const)
  return new Map<string, FieldMapping>([...own, ...texts, ...attributes(spec.attributes)])
}

/** Vectors are compared as whole floats: codes of one byte would blur the score that is promised. */
export function vectorFields(spec: VectorSpec): IndexFields {
  const similarity = spec.metric === 'cosine' ? 'cosine' : 'max_inner_product'
  const vector: FieldMapping = { type: 'dense_vector', dims: spec.dimensions, index: true, similarity, index_options: { type: 'hnsw' } }
  return new Map<string, FieldMapping>([...own, ['vector', vector], ...attributes(spec.attributes)])
}

const types = { string: 'keyword', double: 'double', integer: 'long' } as const

function attributes(specs: readonly AttributeSpec[]): (readonly [string, FieldMapping])[] {
  return specs.map(({ name, type }) => [attributePath(name), { type: types[type] }] as const)
}

/** The mapping that a request makes an index with. */
export function mappingOf(fields: IndexFields, meta: object): object {
  const properties: Record<string, object> = {}
  for (const [path, field] of fields) {
    const [group = '', name] = path.split('.')
    if (name === undefined) properties[group] = field
    else properties[group] = { properties: { ...(properties[group] as { properties?: object } | undefined)?.properties, [name]: field } }
  }
  return { dynamic: false, _meta: meta, properties }
}

/** A mapping as the server gives it back. */
export interface StoredProperties {
  readonly [name: string]: { readonly type?: string; readonly properties?: StoredProperties; readonly [option: string]: unknown }
}

/** Says how the fields of a stored mapping differ from those that are needed; further fields do no harm. */
export function compareMapping(fields: IndexFields, stored: StoredProperties): string[] {
  const differences: string[] = []
  for (const [path, field] of fields) {
    const [group = '', name] = path.split('.')
    const found = name === undefined ? stored[group] : stored[group]?.properties?.[name]
    for (const option of ['type', 'analyzer', 'dims', 'similarity']) {
      const expected = field[option]
      if (expected !== undefined && found?.[option] !== expected)
        differences.push(`${option} of '${path}' in the mapping is ${describe(found?.[option])} and should be ${describe(expected)}`)
    }
  }
  return differences
}
