import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, forgivenEdits } from './edit-distance.ts'

/** The textbook recurrence, without any cut. */
function reference(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)))
  const at = (i: number, j: number): number => d[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(i - 2, j - 2) + 1)
      const row = d[i]
      if (row !== undefined) row[j] = least
    }
  }
  return at(a.length, b.length)
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 9 })

describe('editDistance', () => {
  it('equals the textbook recurrence up to its limit', () => {
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 4 }), (a, b, limit) => {
        expect(editDistance(a, b, limit)).toBe(Math.min(reference(a, b), limit + 1))
      }),
    )
  })

  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('kettle', 'ketlte', 2)).toBe(1)
    expect(editDistance('machine', 'machne', 2)).toBe(1)
  })
})

describe('forgivenEdits', () => {
  it('forgives none below four letters and in words with digits, one from four, two from eight', () => {
    expect(['tea', 'cafe', 'machine', 'machines', 'x1000000'].map(forgivenEdits)).toEqual([0, 1, 1, 2, 0])
  })
})
