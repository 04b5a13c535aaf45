import { searchError } from '../errors.ts'

/**
 * Checks that an index was made by the definition that asks for it.
 * @throws HanseError `INDEX_MISMATCH` that says what differs
 */
export function requireEqualSpecs(kind: 'text' | 'vector', stored: object, wanted: { readonly name: string }): void {
  requireNoDifferences(kind, wanted.name, compareSpecs(stored, wanted))
}

/**
 * Refuses an index that differs from its definition.
 * @throws HanseError `INDEX_MISMATCH`
 */
export function requireNoDifferences(kind: 'text' | 'vector', index: string, differences: readonly string[]): void {
  if (differences.length === 0) return
  throw searchError(
    'INDEX_MISMATCH',
    `the stored ${kind} index '${index}' differs from its definition: ${differences.join('; ')}. Rebuild it with reindex().`,
    {
      details: { index, differences },
    },
  )
}

/** Says, part by part, how a stored spec differs from the wanted one. */
function compareSpecs(stored: unknown, wanted: unknown): string[] {
  const before = flatten(stored)
  const after = flatten(wanted)
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key} is ${before.get(key) ?? 'missing'} and should be ${after.get(key) ?? 'absent'}`)
}

function flatten(spec: unknown): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(spec as object)) {
    if (!Array.isArray(value)) flat.set(key, JSON.stringify(value))
    else for (const part of value as { name: string }[]) flat.set(`${key} '${part.name}'`, JSON.stringify(part))
  }
  return flat
}
