import type { AttributeValue } from '../index/filter.ts'
import { attributePath } from './index-names.ts'
import { renderValue } from './render-filter.ts'

/** The attributes of a document as JSON. */
export function renderAttributes(attributes: ReadonlyMap<string, readonly AttributeValue[]>): string {
  return JSON.stringify(
    Object.fromEntries([...attributes].map(([field, values]) => [attributePath(field).slice('attributes.'.length), values.map(renderValue)])),
  )
}
