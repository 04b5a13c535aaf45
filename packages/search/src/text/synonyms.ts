import { splitWords } from './analyze.ts'

/** Synonym groups made ready: for the first word of each phrase, the phrases that start with it, longest first. */
export type Synonyms = ReadonlyMap<string, readonly { readonly phrase: readonly string[]; readonly group: readonly (readonly string[])[] }[]>

/** Folds and indexes synonym groups. */
export function compileSynonyms(groups: readonly (readonly string[])[]): Synonyms {
  const byFirst = new Map<string, { phrase: readonly string[]; group: readonly (readonly string[])[] }[]>()
  for (const members of groups) {
    const group = members.map((member) => splitWords(member).map(({ token }) => token)).filter((phrase) => phrase.length > 0)
    for (const phrase of group) {
      const [first = ''] = phrase
      byFirst.set(
        first,
        [...(byFirst.get(first) ?? []), { phrase, group }].toSorted((a, b) => b.phrase.length - a.phrase.length),
      )
    }
  }
  return byFirst
}

/** The longest synonym phrase that starts at `at`, with everything that means the same; `undefined` when there is none. */
export function synonymAt(
  synonyms: Synonyms,
  tokens: readonly string[],
  at: number,
): { readonly length: number; readonly phrases: readonly (readonly string[])[] } | undefined {
  const candidates = synonyms.get(tokens[at] ?? '') ?? []
  const longest = candidates.find(({ phrase }) => phrase.every((token, i) => tokens[at + i] === token))
  if (longest === undefined) return undefined
  const same = candidates.filter(({ phrase }) => phrase.join(' ') === longest.phrase.join(' '))
  return { length: longest.phrase.length, phrases: same.flatMap(({ group }) => group) }
}
