import { SocketAddress, isIP } from 'node:net'

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/** The canonical text of an IP address (RFC 5952; an IPv4-mapped address is IPv4), or `undefined` when the text is none. */
export function normalizeInet(text: string): string | undefined {
  if (text.includes('%')) return undefined
  const version = isIP(text)
  if (version === 0) return undefined
  if (version === 4) return text
  const canonical = new SocketAddress({ address: text, family: 'ipv6' }).address
  return mapped.exec(canonical)?.[1] ?? canonical
}

/** The 4 or 16 bytes of a canonical address. */
export function inetBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const [head = '', tail] = ipv6Words(text).split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0')
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  for (const [index, word] of [...front, ...zeros, ...back].entries()) view.setUint16(index * 2, Number.parseInt(word, 16))
  return bytes
}

/** The canonical text of 4 or 16 bytes. */
export function inetText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const words = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16))
  return normalizeInet(words.join(':')) ?? words.join(':')
}

/** Rewrites a trailing dotted quad (`::1.2.3.4`) as two words. */
function ipv6Words(text: string): string {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  if (quad === null) return text
  const [a = 0, b = 0, c = 0, d = 0] = quad.slice(1).map(Number)
  return `${text.slice(0, quad.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}
