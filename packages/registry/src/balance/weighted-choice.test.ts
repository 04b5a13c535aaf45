import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildAliasTable } from './weighted-choice.ts'

describe('buildAliasTable', () => {
  it('gives each column exactly the chance of its weight (seed-requirement 17)', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 50 }), (weights) => {
        const { own, alias } = buildAliasTable(weights)
        const chances = weights.map(() => 0)
        for (const [column, share] of own.entries()) {
          const kept = Math.min(1, share)
          chances[column] = (chances[column] ?? 0) + kept / weights.length
          const other = alias[column] ?? 0
          chances[other] = (chances[other] ?? 0) + (1 - kept) / weights.length
        }
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        for (const [index, weight] of weights.entries()) expect(chances[index]).toBeCloseTo(weight / total, 9)
      }),
    )
  })
})
