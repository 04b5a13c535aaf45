import { tracingChannel } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { createChannel } from './tracing.ts'

it('reports start, end and error to subscribers, and makes no message when nobody listens', async () => {
  const channel = createChannel<{ topic: string }>('hanse:test:work')
  expect(
    await channel.trace(
      () => expect.unreachable(),
      async () => 1,
    ),
  ).toBe(1)
  const seen: string[] = []
  const subscriber = {
    start: (message: object) => void seen.push(`start ${JSON.stringify(message)}`),
    end: () => void seen.push('end'),
    asyncStart: () => undefined,
    asyncEnd: () => void seen.push('asyncEnd'),
    error: () => void seen.push('error'),
  }
  const raw = tracingChannel('hanse:test:work')
  raw.subscribe(subscriber)
  await channel.trace(
    () => ({ topic: 't' }),
    async () => 1,
  )
  await expect(
    channel.trace(
      () => ({ topic: 't' }),
      async () => Promise.reject(new Error('no')),
    ),
  ).rejects.toThrow('no')
  raw.unsubscribe(subscriber)
  expect(seen).toEqual(['start {"topic":"t"}', 'end', 'asyncEnd', 'start {"topic":"t"}', 'end', 'error', 'asyncEnd'])
})
