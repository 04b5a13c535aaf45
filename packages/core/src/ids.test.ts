import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdGenerator } from './ids.ts'
import { seededRandom } from './random.ts'
import { createManualClock } from './testing/manual-clock.ts'

const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('createIdGenerator', () => {
  it('makes UUIDv7 that increase strictly, whatever the clock does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 50 }), async (steps) => {
        const clock = createManualClock()
        const generate = createIdGenerator({ clock })
        let last = generate()
        for (const step of steps) {
          clock.skew(step)
          const id = generate()
          expect(id).toMatch(uuidv7)
          expect(id > last).toBe(true)
          last = id
        }
      }),
    )
  })

  it('repeats itself from the same clock and seed', () => {
    const ids = () => {
      const generate = createIdGenerator({ clock: createManualClock({ nowMs: 1 }), random: seededRandom(7) })
      return [generate(), generate()]
    }
    expect(ids()).toEqual(ids())
    expect(new Set(ids()).size).toBe(2)
  })

  it('makes ids that differ in their random part, over more of them than are drawn at once', () => {
    const clock = createManualClock({ nowMs: 1 })
    // Generators of their own have the same time and sequence, so that only chance tells their ids apart.
    const first = Array.from({ length: 1_000 }, () => createIdGenerator({ clock })())
    const generate = createIdGenerator({ clock })
    const tails = Array.from({ length: 1_000 }, () => generate().slice(-11))
    expect(new Set(first).size).toBe(1_000)
    expect(new Set(tails).size).toBe(1_000)
  })

  it('keeps the time of the clock in the first 48 bits', () => {
    const id = createIdGenerator({ clock: createManualClock({ nowMs: 0x0123456789ab }) })()
    expect(id.slice(0, 13)).toBe('01234567-89ab')
  })
})
