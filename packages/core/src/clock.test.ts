import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.ts'
import { createManualClock } from './testing/manual-clock.ts'

describe('systemClock', () => {
  it('sleeps and moves on', async () => {
    const before = systemClock.monotonic()
    await systemClock.sleep(2)
    expect(systemClock.monotonic()).toBeGreaterThan(before)
  })

  it('rejects a sleep with the reason of the signal, untouched, and leaves no timer', async () => {
    const reason = { why: 'enough' }
    await expect(systemClock.sleep(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const sleeping = systemClock.sleep(60_000, { signal: controller.signal })
    controller.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
  })

  it('bears a wait longer than a timer of Node can hold', () => {
    const timer = systemClock.setTimer(2 ** 40, () => expect.unreachable())
    timer.cancel()
    timer.cancel()
  })
})

describe('createManualClock', () => {
  it('fires timers in order of their time, also those set on the way', async () => {
    const clock = createManualClock({ nowMs: 1_000 })
    const fired: string[] = []
    clock.setTimer(20, () => fired.push('b'))
    void clock.sleep(10).then(async () => {
      fired.push('a')
      await clock.sleep(5)
      fired.push('a+5')
    })
    await clock.advance(19)
    expect(fired).toEqual(['a', 'a+5'])
    await clock.advance(1)
    expect(fired).toEqual(['a', 'a+5', 'b'])
    expect([clock.now(), clock.monotonic(), clock.pendingTimers]).toEqual([1_020, 20, 0])
  })

  it('skews wall time without passing time', async () => {
    const clock = createManualClock({ nowMs: 0 })
    clock.skew(5_000)
    expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0])
    expect(await clock.advanceToNext()).toBe(false)
  })
})
