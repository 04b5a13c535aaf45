import { createHash } from 'node:crypto'

const longestName = 120

/**
 * A name as Elasticsearch takes it for an alias: lower-case letters, digits and `-` stay, every other byte becomes `_` and two hex digits.
 * Different names stay different. A name that would be too long is replaced by its hash.
 */
export function encodeIndexName(name: string): string {
  const encoded = encode(name, /[a-z0-9-]/, '_')
  return encoded.length <= longestName ? encoded : `_${createHash('sha256').update(name).digest('hex')}`
}

/** The name of a field as it may stand in a mapping and in a path: letters, digits and `_` stay, every other byte becomes `-` and two hex digits. */
function encodeFieldName(name: string): string {
  return encode(name, /\w/, '-')
}

/** Where the tokens of a text field are. */
export function textPath(field: string): string {
  return `text.${encodeFieldName(field)}`
}

/** Where the values of an attribute are. */
export function attributePath(field: string): string {
  return `attributes.${encodeFieldName(field)}`
}

const longestKey = 512

/** The key of a document: its id, or the hash of one that is longer than Elasticsearch takes. */
export function documentKey(id: string): string {
  return Buffer.byteLength(id) <= longestKey ? id : `#${createHash('sha256').update(id).digest('base64url')}`
}

function encode(name: string, kept: RegExp, escape: '_' | '-'): string {
  let encoded = ''
  for (const byte of Buffer.from(name)) {
    const character = String.fromCharCode(byte)
    encoded += byte < 128 && kept.test(character) ? character : `${escape}${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}
