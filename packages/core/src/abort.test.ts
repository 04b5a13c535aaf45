import { describe, expect, it } from 'vitest'
import { createDeadline, raceAbort } from './abort.ts'
import { createManualClock } from './testing/manual-clock.ts'

describe('createDeadline', () => {
  it('aborts with DEADLINE_EXCEEDED when the time is up', async () => {
    const clock = createManualClock()
    using deadline = createDeadline({ timeoutMs: 100, subject: 'charge', clock })
    await clock.advance(99)
    expect([deadline.signal.aborted, deadline.remainingMs()]).toEqual([false, 1])
    await clock.advance(1)
    expect(deadline.signal.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: true, message: 'charge did not end within 100 ms.' })
  })

  it('aborts with the reason of its parent, also one that aborted before', () => {
    const parent = new AbortController()
    using deadline = createDeadline({ timeoutMs: 100, subject: 'x', signal: parent.signal, clock: createManualClock() })
    parent.abort('gone')
    expect(deadline.signal.reason).toBe('gone')
    using late = createDeadline({ timeoutMs: 100, subject: 'x', signal: parent.signal, clock: createManualClock() })
    expect(late.signal.reason).toBe('gone')
  })

  it('leaves no timer behind once disposed or aborted', () => {
    const clock = createManualClock()
    createDeadline({ timeoutMs: 100, subject: 'x', clock })[Symbol.dispose]()
    const parent = new AbortController()
    createDeadline({ timeoutMs: 100, subject: 'x', clock, signal: parent.signal })
    parent.abort()
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('raceAbort', () => {
  it('settles like the promise, or with the reason of the signal if that is first', async () => {
    const { signal } = new AbortController()
    await expect(raceAbort(Promise.resolve(1), signal)).resolves.toBe(1)
    await expect(raceAbort(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
    const controller = new AbortController()
    const waiting = raceAbort(new Promise(() => {}), controller.signal)
    controller.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    await expect(raceAbort(Promise.resolve(1), AbortSignal.abort('early'))).rejects.toBe('early')
  })
})
