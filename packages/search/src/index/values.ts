import { describe } from '@hanse/core'
import { parseDecimal } from './decimal.ts'
import type { Field } from './fields.ts'
import type { AttributeValue } from './filter.ts'

const longestKeyword = 4096

/** What a value of the field must be, for error messages. */
export function expectedValue(field: Field): string {
  switch (field.kind) {
    case 'number':
      return 'a finite number'
    case 'money':
      return `a decimal string with at most ${field.decimals} decimals and 18 digits, never a float`
    case 'date':
      return 'a valid Date or an ISO 8601 string'
    case 'boolean':
      return 'true or false'
    case 'keyword':
      return `a string of at most ${longestKeyword} characters`
    case 'text':
      return 'a string'
    case 'stored':
      return 'anything'
  }
}

/** One value in the form in which engines compare it; `undefined` when it does not fit the field. */
export function encodeValue(field: Field, value: unknown): AttributeValue | undefined {
  switch (field.kind) {
    case 'keyword':
      return typeof value === 'string' && value.length <= longestKeyword && value.isWellFormed() ? value : undefined
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    case 'money':
      return typeof value === 'string' ? parseDecimal(value, field.decimals) : undefined
    case 'date':
      return encodeDate(value)
    case 'boolean':
      return typeof value === 'boolean' ? BigInt(value) : undefined
    case 'text':
    case 'stored':
      return undefined
  }
}

const isoPattern = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/

function encodeDate(value: unknown): bigint | undefined {
  if (typeof value === 'string' && !isoPattern.test(value)) return undefined
  if (typeof value !== 'string' && !(value instanceof Date)) return undefined
  const ms = new Date(value).getTime()
  return Number.isNaN(ms) ? undefined : BigInt(ms)
}

/** The end of an error message for a value that does not fit. */
export function mismatch(field: Field, value: unknown): string {
  return `must be ${expectedValue(field)}; got ${describe(value)}.`
}
