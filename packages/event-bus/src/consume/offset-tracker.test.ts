import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOffsetTracker } from './offset-tracker.ts'

describe('createOffsetTracker', () => {
  it('never passes an unfinished record, and passes every finished run, in any order of finishing (seed-requirement 75)', () => {
    const plans = fc
      .uniqueArray(fc.nat(5_000), { minLength: 1, maxLength: 300 })
      .map((offsets) => offsets.toSorted((a, b) => a - b))
      .chain((offsets) => fc.tuple(fc.constant(offsets), fc.shuffledSubarray(offsets)))
    fc.assert(
      fc.property(plans, ([offsets, finished]) => {
        const tracker = createOffsetTracker(0)
        for (const offset of offsets) tracker.deliver(offset)
        const open = new Set(offsets)
        for (const offset of finished) {
          tracker.finish(offset)
          open.delete(offset)
          const firstOpen = offsets.find((each) => open.has(each))
          expect(tracker.committable).toBeLessThanOrEqual(firstOpen ?? Infinity)
          const before = offsets.filter((each) => firstOpen === undefined || each < firstOpen)
          expect(tracker.committable).toBe(before.length === 0 ? 0 : (before.at(-1) ?? 0) + 1)
          expect(tracker.unfinished).toBe(open.size)
        }
      }),
    )
  })

  it('ignores offsets it was never given, and finishing twice', () => {
    const tracker = createOffsetTracker(10)
    tracker.deliver(10)
    tracker.finish(99)
    tracker.finish(10)
    tracker.finish(10)
    expect(tracker.committable).toBe(11)
    expect(tracker.unfinished).toBe(0)
  })

  it('keeps its memory bounded over a long run', () => {
    const tracker = createOffsetTracker(0)
    for (let offset = 0; offset < 100_000; offset++) {
      tracker.deliver(offset)
      tracker.finish(offset)
    }
    expect(tracker.committable).toBe(100_000)
  })
})
