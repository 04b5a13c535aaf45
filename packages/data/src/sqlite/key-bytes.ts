import { stripDecimal } from '../schema/decimal.ts'

const negative = 1
const zero = 2
const positive = 3
const exponentBias = 2 ** 31

/**
 * Bytes of a decimal that sort by value: sign, exponent, digits; all but the sign inverted when negative.
 * The number is 0.d₁d₂… × 10^exponent, so the exponent decides before any digit does.
 */
export function decimalToBytes(text: string): Uint8Array {
  const stripped = stripDecimal(text)
  const isNegative = stripped.startsWith('-')
  const [whole = '', fraction = ''] = (isNegative ? stripped.slice(1) : stripped).split('.')
  const all = whole + fraction
  const digits = all.replace(/^0+/, '').replace(/0+$/, '')
  if (digits === '') return Uint8Array.of(zero)
  const exponent = whole.length - (all.length - all.replace(/^0+/, '').length)
  const bytes = Buffer.alloc(6 + digits.length)
  bytes[0] = isNegative ? negative : positive
  bytes.writeUInt32BE(exponent + exponentBias, 1)
  bytes.write(digits, 5, 'latin1')
  // The closing zero byte makes a shorter number sort before a longer one with the same start, also when inverted.
  if (isNegative) for (let at = 1; at < bytes.length; at++) bytes[at] = 255 - (bytes[at] ?? 0)
  return bytes
}

/** The decimal of {@link decimalToBytes}, without trailing zeros. */
export function decimalFromBytes(bytes: Uint8Array): string {
  if (bytes[0] === zero) return '0'
  const isNegative = bytes[0] === negative
  const plain = Buffer.from(isNegative ? bytes.map((byte, at) => (at === 0 ? byte : 255 - byte)) : bytes)
  const exponent = plain.readUInt32BE(1) - exponentBias
  const digits = plain.toString('latin1', 5, plain.length - 1)
  return `${isNegative ? '-' : ''}${placePoint(digits, exponent)}`
}

function placePoint(digits: string, exponent: number): string {
  if (exponent <= 0) return `0.${'0'.repeat(-exponent)}${digits}`
  if (exponent >= digits.length) return digits.padEnd(exponent, '0')
  return `${digits.slice(0, exponent)}.${digits.slice(exponent)}`
}
