import { tracingChannel } from 'node:diagnostics_channel'
import { eventually } from '@hanse/core/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createEventBus, defineEvent, embedded, processChannel, publishChannel } from './index.ts'

it('reports publishes and attempts on tracing channels (seed-requirement 82)', async () => {
  const ping = defineEvent('ping', { schema: z.object({ id: z.string() }), key: (event) => event.id })
  await using bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'test' })
  const seen: unknown[] = []
  const subscribers = (name: string) => ({
    start: (message: object) => seen.push([name, 'start', message]),
    asyncEnd: (message: object) => seen.push([name, 'end', message]),
    error: (message: object) => seen.push([name, 'error', message]),
    end: () => undefined,
    asyncStart: () => undefined,
  })
  const channels = [publishChannel, processChannel].map(({ name }) => ({ channel: tracingChannel(name), handlers: subscribers(name) }))
  for (const { channel, handlers } of channels) channel.subscribe(handlers)
  try {
    await bus.subscribe(ping, { group: 'g', retry: { attempts: 2, backoff: { initialMs: 1 } } }, (_event, { attempt }) => {
      if (attempt === 1) throw new Error('once')
    })
    const id = await bus.publish(ping, { id: 'a' })
    await eventually(() => expect(seen.filter((each) => JSON.stringify(each).includes('"end"'))).toHaveLength(3))
    expect(seen).toEqual(
      expect.arrayContaining([
        ['hanse:event-bus:publish', 'start', expect.objectContaining({ events: [expect.objectContaining({ id })] })],
        ['hanse:event-bus:process', 'error', expect.objectContaining({ attempt: 1, group: 'g', error: expect.any(Error) })],
        ['hanse:event-bus:process', 'end', expect.objectContaining({ attempt: 2, event: expect.objectContaining({ id }) })],
      ]),
    )
  } finally {
    for (const { channel, handlers } of channels) channel.unsubscribe(handlers)
  }
})
