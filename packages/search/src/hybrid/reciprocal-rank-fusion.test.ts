import { describe, expect, it } from 'vitest'
import { reciprocalRankFusion } from './reciprocal-rank-fusion.ts'

describe('reciprocalRankFusion', () => {
  it('adds 1 / (60 + rank), ranks from 1, and nothing for an absent document', () => {
    const fused = reciprocalRankFusion([
      ['a', 'b', 'c'],
      ['b', 'd'],
    ])
    const best = 2 / 61
    expect(fused.map(({ id }) => id)).toEqual(['b', 'a', 'd', 'c'])
    const scores = new Map(fused.map(({ id, score }) => [id, score]))
    expect(scores.get('b')).toBeCloseTo((1 / 62 + 1 / 61) / best, 12)
    expect(scores.get('a')).toBeCloseTo(1 / 61 / best, 12)
    expect(scores.get('c')).toBeCloseTo(1 / 63 / best, 12)
  })

  it('gives 1 to what is first in every list, breaks ties by id, and bears empty lists', () => {
    expect(reciprocalRankFusion([['x'], ['x']])).toEqual([{ id: 'x', score: 1 }])
    expect(reciprocalRankFusion([['b'], ['a']]).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(reciprocalRankFusion([[], []])).toEqual([])
  })
})
