import { describe } from '@hanse/core'
import { searchError } from '../errors.ts'
import { indexTokens } from '../text/analyze.ts'
import type { EngineDocument } from '../text/search-engine.ts'
import type { IndexDefinition } from './definition.ts'
import type { Field } from './fields.ts'
import type { AttributeValue } from './filter.ts'
import { searchedFields } from './spec.ts'
import { encodeStored } from './stored-document.ts'
import { encodeValue, expectedValue, mismatch } from './values.ts'

const longestId = 256

/**
 * Turns a document into what an engine stores.
 * @throws HanseError `INVALID_DOCUMENT` that names the document and the field
 */
export function prepareDocument(definition: IndexDefinition, document: object): EngineDocument {
  const id = documentId(definition, document)
  const { fields, language } = definition.options
  const values = new Map(Object.keys(fields).map((name) => [name, (document as Readonly<Record<string, unknown>>)[name] ?? undefined]))
  const attributes = new Map<string, readonly AttributeValue[]>()
  for (const [name, field] of Object.entries(fields)) {
    const encoded = encodeField({ definition, id, name, field }, values.get(name))
    if (encoded.length > 0) attributes.set(name, encoded)
  }
  const tokens = searchedFields(fields, language).map(
    ({ name, language: own }) => [name, textsOf(values.get(name)).flatMap((text) => indexTokens(text, own))] as const,
  )
  return { id, tokens: new Map(tokens), attributes, source: encodeStored(document) }
}

/**
 * Reads and checks the id of a document.
 * @throws HanseError `INVALID_DOCUMENT`
 */
export function documentId(definition: IndexDefinition, document: object): string {
  const { id: name } = definition.options
  const id = (document as Readonly<Record<string, unknown>>)[name]
  if (isDocumentId(id)) return id
  throw searchError('INVALID_DOCUMENT', `property '${name}' of a document of index '${definition.name}' must be ${expectedId}; got ${describe(id)}.`)
}

/** What an id must be, for messages. */
export const expectedId = `a non-empty string of at most ${longestId} characters`

/** Whether a value can be the id of a document. */
export function isDocumentId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= longestId && id.isWellFormed()
}

interface Place {
  readonly definition: IndexDefinition
  readonly id: string
  readonly name: string
  readonly field: Field
}

function encodeField(place: Place, value: unknown): readonly AttributeValue[] {
  const { field } = place
  if (value === undefined || field.kind === 'stored') return []
  if (field.kind === 'text') {
    if (typeof value !== 'string') throw invalid(place, mismatch(field, value))
    return []
  }
  if (field.kind === 'keyword' && field.many && !Array.isArray(value)) throw invalid(place, `must be an array of strings; got ${describe(value)}.`)
  const values: readonly unknown[] = field.kind === 'keyword' && field.many && Array.isArray(value) ? value : [value]
  return values.map((one) => {
    const encoded = encodeValue(field, one)
    if (encoded === undefined) throw invalid(place, `must be ${expectedValue(field)}; got ${describe(one)}.`)
    return encoded
  })
}

function invalid({ definition, id, name }: Place, problem: string): Error {
  return searchError('INVALID_DOCUMENT', `field '${name}' of document '${id}' of index '${definition.name}' ${problem}`, { details: { id, field: name } })
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
