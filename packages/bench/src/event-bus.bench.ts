// The bus in one process against emittery, and durable publishing against a commit for each event.
import Emittery from 'emittery'
import { createEventBus, defineEvent, embedded } from '@hanse/event-bus'
import type { EventBus } from '@hanse/event-bus'
import { z } from 'zod'
import { callFrom } from './callers.ts'
import { compare } from './compare.ts'
import type { Comparison, Side } from './compare.ts'
import { durableSqlite, scratchFolder } from './scratch-folder.ts'

const schema = z.object({ orderId: z.string(), customerId: z.string(), total: z.string() })
const orderPlaced = defineEvent('order.placed', { schema, key: (order) => order.customerId })
const orderOf = (index: number) => ({ orderId: `order-${index}`, customerId: `customer-${index % 50}`, total: '39.98' })
const callers = 100

export async function run(): Promise<readonly Comparison[]> {
  return [await inProcess(), await durable()]
}

async function inProcess(): Promise<Comparison> {
  const count = 3_000
  await using bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'bench' })
  const ours = await deliverySide(bus, count)
  const checked = emitterySide('emittery, the same schema checked', count, (data) => schema.parse(data))
  const bare = emitterySide('emittery', count, (data) => data)
  return await compare('event bus: publish and handle in one process, one subscriber, 100 callers', 'events/s', [ours, checked, bare])
}

/** Publishes, and waits until the subscriber has handled every event. */
async function deliverySide(bus: EventBus, count: number): Promise<Side> {
  let left = 0
  let finish: () => void = () => undefined
  await bus.subscribe(orderPlaced, { group: 'bench' }, () => {
    if (--left === 0) finish()
  })
  return {
    name: "@hanse/event-bus, log in ':memory:', zod",
    async run() {
      left = count
      const handled = new Promise<void>((resolve) => (finish = resolve))
      await callFrom(callers, count, (index) => bus.publish(orderPlaced, orderOf(index)))
      await handled
      return count
    },
  }
}

function emitterySide(name: string, count: number, check: (data: unknown) => unknown): Side {
  const emitter = new Emittery<{ 'order.placed': unknown }>()
  let handled = 0
  emitter.on('order.placed', () => void handled++)
  return { name, run: async () => (await callFrom(callers, count, (index) => emitter.emit('order.placed', check(orderOf(index)))), count) }
}

async function durable(): Promise<Comparison> {
  using folder = scratchFolder()
  await using bus = createEventBus({ transport: embedded({ file: folder.file('bus.db') }), source: 'bench' })
  const raw = durableSqlite(folder.file('raw.db'))
  try {
    raw.exec('CREATE TABLE events (position INTEGER PRIMARY KEY, key TEXT NOT NULL, data TEXT NOT NULL)')
    const append = raw.prepare('INSERT INTO events (key, data) VALUES (?, ?)')
    const publish = async (index: number): Promise<void> => {
      const order = orderOf(index)
      append.run(order.customerId, JSON.stringify(order))
    }
    return await compare('event bus: durable publish, 100 concurrent callers', 'events/s', [
      { name: '@hanse/event-bus, file', run: async () => (await callFrom(callers, 3_000, (index) => bus.publish(orderPlaced, orderOf(index))), 3_000) },
      { name: 'node:sqlite, a commit for each event', run: async () => (await callFrom(callers, 300, publish), 300) },
    ])
  } finally {
    raw.close()
  }
}
