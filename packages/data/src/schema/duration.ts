const units = /(\d+)(y|mo|w|d|h|ms|us|µs|ns|m|s)/g
const whole = /^-?(?:\d+(?:y|mo|w|d|h|ms|us|µs|ns|m|s))+$/

const months: Readonly<Record<string, bigint>> = { y: 12n, mo: 1n }
const days: Readonly<Record<string, bigint>> = { w: 7n, d: 1n }
const nanos: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
}

/**
 * The canonical form of a CQL duration such as `1y2mo3d4h5m6s`, or `undefined` when the text is none.
 * Months, days and nanoseconds are kept apart, as in Cassandra, because they do not convert into each other.
 */
export function normalizeDuration(text: string): string | undefined {
  if (!whole.test(text)) return undefined
  let month = 0n
  let day = 0n
  let nano = 0n
  for (const [, digits = '0', unit = ''] of text.matchAll(units)) {
    const amount = BigInt(digits)
    month += amount * (months[unit] ?? 0n)
    day += amount * (days[unit] ?? 0n)
    nano += amount * (nanos[unit] ?? 0n)
  }
  if (month > 2147483647n || day > 2147483647n || nano > 9223372036854775807n) return undefined
  const canonical = `${part(month / 12n, 'y')}${part(month % 12n, 'mo')}${part(day, 'd')}${formatNanos(nano)}`
  return canonical === '' ? '0s' : `${text.startsWith('-') ? '-' : ''}${canonical}`
}

function formatNanos(total: bigint): string {
  let rest = total
  let text = ''
  for (const unit of ['h', 'm', 's', 'ms', 'us', 'ns']) {
    const size = nanos[unit] ?? 1n
    text += part(rest / size, unit)
    rest %= size
  }
  return text
}

function part(amount: bigint, unit: string): string {
  return amount === 0n ? '' : `${amount}${unit}`
}
