import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, resolveBackoff } from './backoff.ts'
import { seededRandom } from './random.ts'

describe('backoffMs', () => {
  it('grows by the factor up to the longest wait when there is no jitter', () => {
    const policy = resolveBackoff({ initialMs: 10, maxMs: 50, factor: 2, jitter: 'none' })
    expect([1, 2, 3, 4, 5, 2_000].map((attempt) => backoffMs(policy, attempt, () => 0.5))).toEqual([10, 20, 40, 50, 50, 50])
  })

  it('never leaves [0, maxMs], whatever the attempt', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer(), fc.double({ min: 0, max: 1e6, noNaN: true }), (attempt, seed, maxMs) => {
        const wait = backoffMs(resolveBackoff({ maxMs }), attempt, seededRandom(seed))
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(maxMs)
      }),
    )
  })

  it.each([[{ initialMs: -1 }], [{ maxMs: Number.NaN }], [{ factor: 0.5 }], [{ jitter: 'some' as 'full' }]])('refuses %j', (policy) => {
    expect(() => resolveBackoff(policy)).toThrow(/of a backoff must be/)
  })
})
