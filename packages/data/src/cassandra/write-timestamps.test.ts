import { createManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { createWriteTimestamps } from './write-timestamps.ts'

describe('createWriteTimestamps', () => {
  it('gives microseconds that only grow, within the millisecond of the wall clock', async () => {
    const clock = createManualClock()
    const next = createWriteTimestamps(clock)
    const start = clock.now() * 1_000
    expect([next(), next(), next()]).toEqual([start, start + 1, start + 2])
    await clock.advance(1)
    expect(next()).toBe(start + 1_000)
  })

  it('never goes back when the wall clock does', () => {
    let now = 5_000
    const next = createWriteTimestamps({ ...createManualClock(), now: () => now, monotonic: () => 0 })
    expect(next()).toBe(5_000_000)
    now = 4_000
    expect(next()).toBe(5_000_001)
    now = 6_000
    expect(next()).toBe(6_000_000)
  })
})
