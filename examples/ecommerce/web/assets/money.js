/**
 * Money without floats: amounts are decimal strings outside and whole hundredths (BigInt) inside.
 */

/**
 * Hundredths of a decimal string such as `19.99`.
 * @param {string} amount
 * @returns {bigint}
 */
export function toCents(amount) {
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(amount)
  if (match === null) throw new RangeError(`"${amount}" is not an amount such as 19.99.`)
  return BigInt(match[1] ?? '0') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'))
}

/**
 * A decimal string with two decimals.
 * @param {bigint} cents
 * @returns {string}
 */
export function fromCents(cents) {
  const digits = String(cents).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/**
 * The exact sum of lines.
 * @param {Iterable<{ readonly price: string, readonly quantity: number }>} lines
 * @returns {string}
 */
export function totalOf(lines) {
  let cents = 0n
  for (const { price, quantity } of lines) cents += toCents(price) * BigInt(quantity)
  return fromCents(cents)
}

/**
 * As people read it, such as `€1,299.00`. The digits are grouped as text, so no amount is too large.
 * @param {string} amount
 * @param {string} [currency]
 * @returns {string}
 */
export function formatMoney(amount, currency = 'EUR') {
  const [units = '0', decimals = '00'] = fromCents(toCents(amount)).split('.')
  const grouped = units.replace(/\B(?=(\d{3})+$)/g, ',')
  const sign = signs[currency]
  return sign === undefined ? `${grouped}.${decimals}\u00a0${currency}` : `${sign}${grouped}.${decimals}`
}

/** @type {Readonly<Record<string, string>>} */
const signs = { EUR: '€', GBP: '£', USD: '$' }

/**
 * What a person typed into a price field, as a decimal string: `1.299,5`, `20` and `€ 19.99` are understood.
 * @param {string} typed
 * @returns {string | undefined} nothing when it is not an amount
 */
export function readAmount(typed) {
  const plain = typed.replace(/[€\s]/g, '')
  const normal = /,\d{1,2}$/.test(plain) ? plain.replaceAll('.', '').replace(',', '.') : plain.replaceAll(',', '')
  if (!/^\d{1,10}(\.\d{1,2})?$/.test(normal)) return undefined
  return normal.replace(/^0+(?=\d)/, '')
}
