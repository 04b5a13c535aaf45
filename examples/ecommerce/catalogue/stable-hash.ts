/**
 * A 32-bit hash of a text that is the same on every machine and in every run (FNV-1a over UTF-16 units, then an avalanche).
 * Good for colours and seeds, not for secrets.
 */
export function stableHash(text: string, salt = 0): number {
  let hash = (0x811c9dc5 ^ salt) >>> 0
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A UUID (RFC 9562, version 8: bits of our own choice) that depends on the text alone. */
export function stableUuid(text: string): string {
  const hex = [1, 2, 3, 4].map((salt) => stableHash(text, Math.imul(salt, 0x9e3779b9)).toString(16).padStart(8, '0')).join('')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4] ?? '8'
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}
