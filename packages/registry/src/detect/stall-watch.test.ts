import type { Clock } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { StallWatch } from './stall-watch.ts'

function make() {
  const manual = createManualClock()
  let stoodStillMs = 0
  const clock: Clock = { ...manual, monotonic: () => manual.monotonic() + stoodStillMs }
  const watch = new StallWatch(clock)
  watch.start()
  return { watch, manual, standStill: (ms: number) => (stoodStillMs += ms) }
}

describe('StallWatch', () => {
  it('is calm while its ticks come in time', async () => {
    const { watch, manual } = make()
    await manual.advance(60_000)
    expect(watch.stalled).toBe(false)
  })

  it('notices a standstill before its own tick has run, and for a second after', async () => {
    const { watch, manual, standStill } = make()
    await manual.advance(1_000)
    standStill(5_000)
    expect(watch.stalled).toBe(true)
    await manual.advance(500)
    expect(watch.stalled).toBe(true)
    await manual.advance(2_000)
    expect(watch.stalled).toBe(false)
  })

  it('does not mind a short pause, and leaves no timer', async () => {
    const { watch, manual, standStill } = make()
    await manual.advance(1_000)
    standStill(200)
    expect(watch.stalled).toBe(false)
    watch.stop()
    expect(manual.pendingTimers).toBe(0)
  })
})
