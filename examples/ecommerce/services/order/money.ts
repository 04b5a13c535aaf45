/** Amounts as whole cents: exact sums and products. */
export function toCents(amount: string): bigint {
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(amount)
  if (match === null) throw new TypeError(`An amount must be a decimal string such as "19.99"; got ${JSON.stringify(amount)}.`)
  return BigInt(match[1] ?? '0') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'))
}

/** Whole cents as a decimal string with two digits behind the point. */
export function fromCents(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
