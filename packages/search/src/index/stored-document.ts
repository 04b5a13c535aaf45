import { searchError } from '../errors.ts'

// Objects with one of these as their only key stand for what JSON cannot hold; an own key that looks like one gets one more '$'.
const dateKey = '$date'
const bigintKey = '$bigint'
const markerPattern = /^\$+(?:date|bigint)$/

/**
 * Writes a document as text: JSON, with dates and bigints kept. `undefined` properties are left out.
 * @throws HanseError `INVALID_DOCUMENT` for what cannot be kept, such as a cycle
 */
export function encodeStored(document: object): string {
  try {
    return JSON.stringify(pack(document))
  } catch (error) {
    throw searchError('INVALID_DOCUMENT', `a document cannot be stored: ${error instanceof Error ? error.message : 'it is not plain data'}.`, { cause: error })
  }
}

/** Reads a stored document back. */
export function decodeStored(source: string): object {
  return unpack(JSON.parse(source)) as object
}

function pack(value: unknown): unknown {
  if (typeof value === 'bigint') return { [bigintKey]: value.toString() }
  if (value instanceof Date) return { [dateKey]: value.getTime() }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(pack)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [markerPattern.test(key) ? `$${key}` : key, pack(one)]))
}

function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unpack)
  const entries = Object.entries(value)
  const [only] = entries
  if (entries.length === 1 && only !== undefined) {
    if (only[0] === dateKey) return new Date(only[1] as number)
    if (only[0] === bigintKey) return BigInt(only[1] as string)
  }
  return Object.fromEntries(entries.map(([key, one]) => [markerPattern.test(key) ? key.slice(1) : key, unpack(one)]))
}
