import { expect, it } from 'vitest'
import { z } from 'zod'
import { createEventBus, defineEvent, embedded } from '../index.ts'
import { recordEvents } from './index.ts'

it('records what is published after it has resolved, and says what came instead', async () => {
  const placed = defineEvent('order.placed', { schema: z.object({ id: z.string() }), key: (order) => order.id })
  const paid = defineEvent('order.paid', { schema: z.object({ id: z.string() }), key: (order) => order.id })
  await using bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'test' })
  await bus.publish(placed, { id: 'before' })
  await using recorder = await recordEvents(bus, [placed, paid])
  await bus.publish(placed, { id: 'a' })
  await bus.publish(paid, { id: 'b' })
  expect((await recorder.waitFor((event) => event.type === 'order.paid')).data).toEqual({ id: 'b' })
  expect((await recorder.waitFor((event) => event.key === 'a')).type).toBe('order.placed')
  expect(recorder.events).toHaveLength(2)
  await expect(recorder.waitFor((event) => event.key === 'before', { timeoutMs: 1 })).rejects.toThrow('no such event among 2')
})
