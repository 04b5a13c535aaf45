const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?$/
const mostDigits = 18

/**
 * A decimal string as a whole number of its smallest units: `'19.9'` with 2 decimals is `1990n`.
 * Order is kept, so engines compare amounts exactly as 64-bit integers.
 *
 * @returns `undefined` for anything that is no plain decimal, has more decimals than are kept (zeros aside) or more than 18 digits
 */
export function parseDecimal(value: string, decimals: number): bigint | undefined {
  const match = decimalPattern.exec(value)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = ''] = match
  const kept = fraction.slice(0, decimals).padEnd(decimals, '0')
  if (/[1-9]/.test(fraction.slice(decimals))) return undefined
  const digits = (whole + kept).replace(/^0+/, '')
  if (digits.length > mostDigits) return undefined
  const amount = BigInt(digits === '' ? '0' : digits)
  return sign === '-' ? -amount : amount
}
