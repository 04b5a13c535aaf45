import { describe, expect, it } from 'vitest'
import { createLifecycle } from './lifecycle.ts'

const make = (hooks: { start?: () => Promise<void>; stop?: () => Promise<void> } = {}) => {
  const calls: string[] = []
  const lifecycle = createLifecycle({
    subject: 'the bus',
    async start() {
      calls.push('start')
      await hooks.start?.()
    },
    async stop() {
      calls.push('stop')
      await hooks.stop?.()
    },
  })
  return { calls, lifecycle }
}

describe('createLifecycle', () => {
  it('starts once and closes once, however often it is asked', async () => {
    const { calls, lifecycle } = make()
    await Promise.all([lifecycle.start(), lifecycle.start()])
    expect(lifecycle.state).toBe('started')
    lifecycle.assertStarted()
    await Promise.all([lifecycle.close(), lifecycle.close()])
    await lifecycle.close()
    expect(calls).toEqual(['start', 'stop'])
    expect(lifecycle.state).toBe('closed')
  })

  it('refuses work before start and after close, and says what to do', async () => {
    const { lifecycle } = make()
    expect(() => lifecycle.assertStarted()).toThrow('the bus is not started; await its start() first.')
    lifecycle.assertOpen()
    await lifecycle.close()
    expect(() => lifecycle.assertStarted()).toThrow('the bus is closed')
    expect(() => lifecycle.assertOpen()).toThrow('the bus is closed')
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('releases what a failed start had acquired, and rejects with its cause', async () => {
    const { calls, lifecycle } = make({ start: () => Promise.reject(new Error('port taken')) })
    await expect(lifecycle.start()).rejects.toThrow('port taken')
    expect(calls).toEqual(['start', 'stop'])
    expect(() => lifecycle.assertStarted()).toThrow('is not started')
    await lifecycle.close()
    expect(calls).toEqual(['start', 'stop'])
    expect(lifecycle.state).toBe('closed')
  })

  it('starts again after a start that failed, and releases it once', async () => {
    let broker = false
    const { calls, lifecycle } = make({ start: () => (broker ? Promise.resolve() : Promise.reject(new Error('no broker'))) })
    await expect(Promise.all([lifecycle.start(), lifecycle.start()])).rejects.toThrow('no broker')
    broker = true
    await lifecycle.start()
    expect(lifecycle.state).toBe('started')
    await lifecycle.close()
    expect(calls).toEqual(['start', 'stop', 'start', 'stop'])
  })

  it('stays closed when it is closed while a start fails', async () => {
    let fail = (): void => {}
    const { calls, lifecycle } = make({ start: () => new Promise((_, reject) => (fail = () => reject(new Error('no broker')))) })
    const starting = lifecycle.start()
    const closing = lifecycle.close()
    fail()
    await expect(starting).rejects.toThrow('no broker')
    await closing
    expect(calls).toEqual(['start', 'stop'])
    expect(lifecycle.state).toBe('closed')
  })

  it('closes after a start that is under way', async () => {
    let ready = (): void => {}
    const { calls, lifecycle } = make({ start: () => new Promise((resolve) => (ready = resolve)) })
    const starting = lifecycle.start()
    const closing = lifecycle.close()
    expect(calls).toEqual(['start'])
    ready()
    await Promise.all([starting, closing])
    expect(calls).toEqual(['start', 'stop'])
  })

  it('gives up what is in flight as soon as the signal of any call to close aborts, the later ones included', async () => {
    const told: unknown[] = []
    const lifecycle = createLifecycle({
      subject: 'the bus',
      stop: ({ signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => {
            told.push(signal.reason)
            resolve()
          })
        }),
    })
    const patient = lifecycle.close()
    const hurried = new AbortController()
    const second = lifecycle.close({ signal: hurried.signal })
    hurried.abort('second Ctrl-C')
    await Promise.all([patient, second])
    await lifecycle.close({ signal: AbortSignal.abort('too late') })
    expect(told).toEqual(['second Ctrl-C'])
  })

  it('does not wait for a start that is under way when a later call to close is in a hurry', async () => {
    const { calls, lifecycle } = make({ start: () => new Promise(() => undefined) })
    void lifecycle.start()
    const closing = lifecycle.close()
    await lifecycle.close({ signal: AbortSignal.abort() })
    await closing
    expect([calls, lifecycle.state]).toEqual([['start', 'stop'], 'closed'])
  })
})
