import type { Language } from '../text/languages.ts'
import type { BoostedField, IndexSpec, TextSpec } from '../text/search-engine.ts'
import type { VectorSpec } from '../vector/vector-index.ts'
import type { AttributeSpec, AttributeType } from './attributes.ts'
import type { IndexDefinition } from './definition.ts'
import type { Field, Fields } from './fields.ts'

// Raised when the same text gives other tokens than before, so that an index made by older rules is rebuilt.
const analysisVersion = 2

/** A field whose words are searched, with its language and boost resolved. */
export interface SearchedField extends BoostedField {
  readonly language: Language
}

/** The fields of a definition whose words are searched, in the order of declaration. */
export function searchedFields(fields: Fields, language: Language): readonly SearchedField[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.kind === 'text') return [{ name, boost: field.boost, language: field.language ?? language }]
    return field.kind === 'keyword' && field.searchable ? [{ name, boost: field.boost, language: 'none' as const }] : []
  })
}

/** What the text engine is asked to prepare. */
export function textSpec(definition: IndexDefinition): IndexSpec {
  const { fields, language } = definition.options
  const texts = searchedFields(fields, language).map((field): TextSpec => ({ name: field.name, language: `${field.language}@${analysisVersion}` }))
  return { name: definition.name, texts, attributes: attributeSpecs(fields) }
}

/** What the vector index is asked to prepare; `undefined` for an index without vectors. */
export function vectorSpec(definition: IndexDefinition, model: string): VectorSpec | undefined {
  const { vector, fields } = definition.options
  if (vector === undefined) return undefined
  return { name: definition.name, dimensions: vector.dimensions, metric: vector.metric, model, attributes: attributeSpecs(fields) }
}

function attributeSpecs(fields: Fields): readonly AttributeSpec[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const type = attributeType(field)
    return type === undefined ? [] : [{ name, type, many: field.kind === 'keyword' && field.many }]
  })
}

function attributeType(field: Field): AttributeType | undefined {
  if (field.kind === 'keyword') return 'string'
  if (field.kind === 'number') return 'double'
  return field.kind === 'text' || field.kind === 'stored' ? undefined : 'integer'
}
