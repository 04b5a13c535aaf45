import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planAssignment } from './assignment-plan.ts'
import type { HeldPartition } from './assignment-plan.ts'

const situations = fc
  .record({ partitions: fc.integer({ min: 1, max: 32 }), members: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 9 }) })
  .chain(({ partitions, members }) =>
    fc.tuple(
      fc.constant(members),
      fc.array(fc.option(fc.constantFrom(...members, 'gone'), { nil: undefined }), { minLength: partitions, maxLength: partitions }),
    ),
  )
const toHeld = (owners: readonly (string | undefined)[]): HeldPartition[] => owners.map((owner, partition) => ({ partition, owner }))

describe('planAssignment', () => {
  it('gives every partition to a member, evenly to within one', () => {
    fc.assert(
      fc.property(situations, ([members, owners]) => {
        const plan = planAssignment(toHeld(owners), members)
        expect(plan.size).toBe(owners.length)
        const counts = members.map((member) => [...plan.values()].filter((owner) => owner === member).length)
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(owners.length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('changes nothing when it runs again on its own result', () => {
    fc.assert(
      fc.property(situations, ([members, owners]) => {
        const plan = planAssignment(toHeld(owners), members)
        const again = planAssignment(toHeld(owners.map((_, partition) => plan.get(partition))), members)
        expect(again).toEqual(plan)
      }),
    )
  })

  it('takes from a member only what is above its share', () => {
    fc.assert(
      fc.property(situations, ([members, owners]) => {
        const plan = planAssignment(toHeld(owners), members)
        for (const member of members) {
          const before = owners.filter((owner) => owner === member).length
          const kept = owners.filter((owner, partition) => owner === member && plan.get(partition) === member).length
          expect(kept).toBeGreaterThanOrEqual(Math.min(before, Math.floor(owners.length / members.length)))
        }
      }),
    )
  })

  it('plans nothing without members', () => {
    expect(planAssignment(toHeld([undefined, 'a']), []).size).toBe(0)
  })
})
