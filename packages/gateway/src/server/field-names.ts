import { invalidArgument } from '@hanse/core'

/** A set of header field names, where `_` counts as `-` and a final `*` stands for anything. */
export interface FieldNames {
  /** @param name - in lower case */
  has(name: string): boolean
}

/**
 * Makes a {@link FieldNames}.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function fieldNames(patterns: readonly string[]): FieldNames {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const pattern of patterns) {
    const name = pattern.toLowerCase().replaceAll('_', '-')
    if (!/^[a-z\d-]+\*?$/.test(name)) throw invalidArgument('an internal header', "a field name, or its beginning and '*'", pattern)
    if (name.endsWith('*')) prefixes.push(name.slice(0, -1))
    else exact.add(name)
  }
  return {
    has(name) {
      const plain = name.includes('_') ? name.replaceAll('_', '-') : name
      return exact.has(plain) || prefixes.some((prefix) => plain.startsWith(prefix))
    },
  }
}

/** What no client and no service may pass through the gateway under these names: the gateway's own words to services. */
export const defaultInternalHeaders: readonly string[] = ['x-user-*', 'x-internal-*', 'x-hanse-*']

/** Fields that the gateway writes anew on every request. */
export const rewrittenHeaders: readonly string[] = [
  'x-forwarded-*',
  'forwarded',
  'x-real-ip',
  'client-cert',
  'client-cert-chain',
  'x-correlation-id',
  'traceparent',
]
