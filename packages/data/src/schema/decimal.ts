const strictDecimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/
const maxDigits = 10_000

/** Whether a text is a decimal in strict form: an optional minus, no leading zeros, no exponent, digits behind a point. */
export function isDecimal(text: string): boolean {
  return text.length <= maxDigits && strictDecimal.test(text)
}

/** The one zero: `-0.00` is `0.00`. The scale (digits behind the point) stays as it was written. */
export function normalizeDecimal(text: string): string {
  return text.startsWith('-') && !/[1-9]/.test(text) ? text.slice(1) : text
}

/** The shortest text of the same number: `1.50` is `1.5`, `2.00` is `2`. What keys use, because they compare by value. */
export function stripDecimal(text: string): string {
  if (!text.includes('.')) return text
  const stripped = text.replace(/\.?0+$/, '')
  return stripped === '-0' ? '0' : stripped
}

/** Compares two strict decimals by value. */
export function compareDecimals(a: string, b: string): number {
  const negativeA = a.startsWith('-')
  const negativeB = b.startsWith('-')
  const zeroA = !/[1-9]/.test(a)
  const zeroB = !/[1-9]/.test(b)
  const signA = zeroA ? 0 : negativeA ? -1 : 1
  const signB = zeroB ? 0 : negativeB ? -1 : 1
  if (signA !== signB || signA === 0) return signA - signB
  return signA < 0 ? compareMagnitudes(b.slice(1), a.slice(1)) : compareMagnitudes(a, b)
}

function compareMagnitudes(a: string, b: string): number {
  const [wholeA = '', fractionA = ''] = a.split('.')
  const [wholeB = '', fractionB = ''] = b.split('.')
  if (wholeA.length !== wholeB.length) return wholeA.length - wholeB.length
  if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1
  const scale = Math.max(fractionA.length, fractionB.length)
  const paddedA = fractionA.padEnd(scale, '0')
  const paddedB = fractionB.padEnd(scale, '0')
  return paddedA === paddedB ? 0 : paddedA < paddedB ? -1 : 1
}
