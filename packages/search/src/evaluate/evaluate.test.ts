import { describe, expect, it } from 'vitest'
import { createSearch, defineIndex, embedded, evaluate, text } from '../index.ts'
import { discountedGain, recall, reciprocalRank } from './measures.ts'

const gains = new Map([
  ['a', 3],
  ['b', 2],
  ['c', 1],
])

describe('the measures', () => {
  it('give 1 to the ideal order and 0 to nothing', () => {
    expect(discountedGain(['a', 'b', 'c'], gains, 10)).toBe(1)
    expect(discountedGain([], gains, 10)).toBe(0)
    expect([reciprocalRank(['a'], gains), reciprocalRank(['x'], gains)]).toEqual([1, 0])
    expect([recall(['c', 'b', 'a'], gains, 10), recall(['a'], gains, 1)]).toEqual([1, 1])
  })

  it('follow their formulas', () => {
    const ideal = 7 + 3 / Math.log2(3) + 1 / 2
    expect(discountedGain(['x', 'b', 'a'], gains, 10)).toBeCloseTo((3 / Math.log2(3) + 7 / 2) / ideal, 12)
    expect(reciprocalRank(['x', 'y', 'b'], gains)).toBeCloseTo(1 / 3, 12)
    expect(recall(['x', 'a'], gains, 2)).toBe(1 / 2)
  })
})

describe('evaluate', () => {
  it('measures a search and lists the worst query first', async () => {
    const notes = defineIndex('notes', { id: 'id', fields: { title: text() } })
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), indexes: { notes } })
    await search.notes.bulk([
      { id: 'a', title: 'red lamp' },
      { id: 'b', title: 'blue lamp' },
      { id: 'c', title: 'chair' },
    ])
    const find = async (query: string) => (await search.notes.search(query)).hits.map(({ id }) => id)
    const result = await evaluate(find, [
      { query: 'red lamp', relevant: { a: 1 } },
      { query: 'seat', relevant: { c: 1 } },
    ])
    expect(result).toMatchObject({ ndcg: 0.5, meanReciprocalRank: 0.5, recall: 0.5 })
    expect(result.queries.map(({ query }) => query)).toEqual(['seat', 'red lamp'])
  })

  it('refuses judgments that judge nothing', async () => {
    await expect(evaluate(async () => [], [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(evaluate(async () => [], [{ query: 'x', relevant: {} }])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
