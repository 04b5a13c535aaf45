import { describe, expect, it } from 'vitest'
import { diversify } from './diversify.ts'

const candidate = (id: string, score: number, ...vector: number[]) => ({ id, score, vector: Float32Array.from(vector) })
const twins = [candidate('a', 0.9, 1, 0), candidate('a2', 0.89, 1, 0.01), candidate('b', 0.7, 0, 1)]
const ids = (picked: readonly { readonly id: string }[]): string[] => picked.map(({ id }) => id)

describe('diversify (seed-requirement 72)', () => {
  it('keeps the order of the scores at weight 0', () => {
    expect(ids(diversify(twins, 0, 3))).toEqual(['a', 'a2', 'b'])
  })

  it('prefers what differs from what was picked', () => {
    expect(ids(diversify(twins, 0.5, 2))).toEqual(['a', 'b'])
    expect(ids(diversify(twins, 1, 3))).toEqual(['a', 'b', 'a2'])
  })

  it('gives as many as there are', () => {
    expect(ids(diversify(twins, 0.5, 10)).toSorted()).toEqual(['a', 'a2', 'b'])
    expect(diversify([], 0.5, 10)).toEqual([])
  })
})
