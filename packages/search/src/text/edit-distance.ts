/**
 * The optimal-string-alignment form of the Damerau-Levenshtein distance: insert, delete, replace, swap of neighbours.
 * Compares UTF-16 units; tokens are folded, so this is letters in practice.
 *
 * @returns the distance, or `limit + 1` as soon as it is known to be greater than `limit`
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const cost = cellCost(a, b, i, j, row, last, beforeLast)
      row.push(cost)
      if (cost < least) least = cost
    }
    if (least > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return Math.min(last[b.length] ?? limit + 1, limit + 1)
}

function cellCost(a: string, b: string, i: number, j: number, row: readonly number[], last: readonly number[], beforeLast: readonly number[]): number {
  const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
  const cost = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return swapped ? Math.min(cost, (beforeLast[j - 2] ?? 0) + 1) : cost
}

/**
 * How far a token is from a misspelt one that may mean it; `undefined` when it does not. Two edits are forgiven where the first letter is right:
 * it seldom is wrong, and the dictionaries of search servers are not searched otherwise.
 */
export function correctionDistance(misspelt: string, token: string, edits: 1 | 2): number | undefined {
  const distance = editDistance(misspelt, token, edits)
  if (distance > edits || (distance === 2 && misspelt.codePointAt(0) !== token.codePointAt(0))) return undefined
  return distance
}

/** How many edits are forgiven: none below 4 letters and in words with digits, 1 from 4, 2 from 8; see {@link correctionDistance}. */
export function forgivenEdits(token: string): 0 | 1 | 2 {
  if (token.length < 4 || /\p{N}/u.test(token)) return 0
  return token.length < 8 ? 1 : 2
}
