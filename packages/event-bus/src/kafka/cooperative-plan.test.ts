import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planCooperatively } from './cooperative-plan.ts'
import type { GroupClaims } from './cooperative-plan.ts'

const members = (claims: Readonly<Record<string, readonly number[]>>) =>
  new Map<string, GroupClaims>(Object.entries(claims).map(([id, held]) => [id, { memberId: id, held }]))
const plain = (plan: ReadonlyMap<string, readonly number[]>) => Object.fromEntries(plan)

describe('planCooperatively', () => {
  it('gives a lone member everything', () => {
    expect(plain(planCooperatively(3, members({ a: [] })))).toEqual({ a: [0, 1, 2] })
  })

  it('withholds what is to move until its holder has given it back', () => {
    expect(plain(planCooperatively(4, members({ a: [0, 1, 2, 3], b: [] })))).toEqual({ a: [0, 1], b: [] })
    expect(plain(planCooperatively(4, members({ a: [0, 1], b: [] })))).toEqual({ a: [0, 1], b: [2, 3] })
  })

  it('takes no notice of claims under an id that the group no longer knows', () => {
    const stale = new Map<string, GroupClaims>([
      ['new', { memberId: 'old', held: [0, 1] }],
      ['b', { memberId: 'b', held: [1] }],
    ])
    expect(plain(planCooperatively(2, stale))).toEqual({ new: [0], b: [1] })
  })

  it('never gives a partition to two members, nor one that another holds, and settles after the holders gave back', () => {
    const claims = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 8 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(claims, (given) => {
        let held = new Map(given.map((partitions, n) => [`m${n}`, [...new Set(partitions)]]))
        const taken = new Set<number>()
        held = new Map([...held].map(([id, partitions]) => [id, partitions.filter((partition) => !taken.has(partition) && taken.add(partition))]))
        for (let round = 0; round < 3; round++) {
          const plan = planCooperatively(8, members(Object.fromEntries(held)))
          const all = [...plan.values()].flat()
          expect(new Set(all).size).toBe(all.length)
          const stolen = [...plan].flatMap(([id, partitions]) =>
            partitions.filter((one) => [...held].some(([other, theirs]) => other !== id && theirs.includes(one))),
          )
          expect(stolen).toEqual([])
          held = new Map([...plan].map(([id, partitions]) => [id, [...partitions]]))
        }
        const sizes = [...held.values()].map((partitions) => partitions.length)
        expect(sizes.reduce((sum, size) => sum + size)).toBe(8)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
