// The bus on Kafka against raw kafkajs with the same acks, partitions and payloads, on one real broker.
import { createRequire } from 'node:module'
import { createEventBus, defineEvent } from '@hanse/event-bus'
import type { EventBus } from '@hanse/event-bus'
import { kafka } from '@hanse/event-bus/kafka'
import { generateId } from '@hanse/core'
import { findProvider, startInfra } from '@hanse/infra'
import type * as Kafkajs from 'kafkajs'
import type { Kafka, Producer } from 'kafkajs'
import { z } from 'zod'
import { callFrom } from './callers.ts'
import { compare, median } from './compare.ts'
import type { Comparison, Measured } from './compare.ts'

const schema = z.object({ orderId: z.string(), customerId: z.string(), total: z.string() })
const orderEvent = (type: string, partitions: number) => defineEvent(type, { schema, key: (order) => order.customerId, partitions })
type OrderEvent = ReturnType<typeof orderEvent>
const orderOf = (index: number) => ({ orderId: `order-${index}`, customerId: `customer-${index % 50}`, total: '39.98' })
const rounds = 5
const { CompressionTypes, Kafka: RawKafka, logLevel } = ownKafkajs()

interface Bench {
  readonly brokers: readonly string[]
  readonly bus: EventBus
  readonly raw: Kafka
  readonly producer: Producer
}

/** An instance of kafkajs that shares nothing with the bus's own, which quickens a part of it. */
function ownKafkajs(): typeof Kafkajs {
  const require = createRequire(import.meta.url)
  const cached = Object.keys(require.cache).filter((file) => file.includes('/kafkajs/'))
  const shared = cached.map((file) => [file, require.cache[file]] as const)
  for (const [file] of shared) delete require.cache[file]
  const own = require('kafkajs') as typeof Kafkajs
  for (const file of Object.keys(require.cache)) if (file.includes('/kafkajs/')) delete require.cache[file]
  for (const [file, module] of shared) require.cache[file] = module
  return own
}

export async function run(): Promise<readonly Comparison[]> {
  const provider = await findProvider()
  if ('missing' in provider) {
    process.stdout.write(`\nkafka: left out. ${provider.missing}\n`)
    return []
  }
  await using infra = await startInfra({ engines: ['kafka'] })
  const brokers = infra.kafka?.brokers ?? []
  await using bus = createEventBus({ transport: kafka({ brokers }), source: 'bench' })
  const raw = new RawKafka({ brokers: [...brokers], clientId: 'bench-raw', logLevel: logLevel.NOTHING })
  const producer = raw.producer()
  await producer.connect()
  try {
    const bench = { brokers, bus, raw, producer }
    const written = orderEvent('bench.written', 4)
    await bus.publish(written, orderOf(0))
    return [await single(bench, written), await lone(bench, written), await batches(bench, written), await consume(bench), await slowKey(bench)]
  } finally {
    await producer.disconnect()
  }
}

/** What raw code writes for an event: the same data, the key, no envelope. */
const messageOf = (index: number) => ({ key: orderOf(index).customerId, value: JSON.stringify(orderOf(index)) })

function single({ bus, producer }: Bench, event: OrderEvent): Promise<Comparison> {
  const count = 20_000
  const topic = event.type
  const send = (index: number) => producer.send({ topic, acks: -1, messages: [messageOf(index)] })
  return compare(
    'kafka: publish, 100 concurrent callers, acks all',
    'events/s',
    [
      {
        name: '@hanse/event-bus/kafka, idempotent, gzip, zod',
        run: async () => (await callFrom(100, count, (index) => bus.publish(event, orderOf(index))), count),
      },
      { name: 'kafkajs, one send for each', run: async () => (await callFrom(100, count, send), count) },
    ],
    rounds,
  )
}

/** One caller that waits for each publish: nothing to gather, so what counts is that nothing is waited for. */
async function lone({ bus, producer }: Bench, event: OrderEvent): Promise<Comparison> {
  const count = 300
  const took: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  const timed = async (into: number[], call: () => Promise<unknown>): Promise<void> => {
    const began = performance.now()
    await call()
    into.push(performance.now() - began)
  }
  const ours = (index: number) => timed(took.ours, () => bus.publish(event, orderOf(index)))
  const theirs = (index: number) => timed(took.theirs, () => producer.send({ topic: event.type, acks: -1, messages: [messageOf(index)] }))
  const comparison = await compare(
    'kafka: publish, one caller that waits',
    'events/s',
    [
      { name: '@hanse/event-bus/kafka', run: async () => (await callFrom(1, count, ours), count) },
      { name: 'kafkajs, send', run: async () => (await callFrom(1, count, theirs), count) },
    ],
    rounds,
  )
  return { ...comparison, notes: [`median of a publish: @hanse/event-bus ${median(took.ours).toFixed(2)} ms, kafkajs ${median(took.theirs).toFixed(2)} ms`] }
}

function batches({ bus, producer }: Bench, event: OrderEvent): Promise<Comparison> {
  const size = 100
  const count = 50
  const indexes = Array.from({ length: size }, (_, index) => index)
  const send = () => producer.send({ topic: event.type, acks: -1, compression: CompressionTypes.GZIP, messages: indexes.map(messageOf) })
  const ours = () => bus.send(indexes.map((index) => bus.encode(event, orderOf(index))))
  return compare(
    `kafka: batches of ${size}, one after another, gzip`,
    'events/s',
    [
      { name: '@hanse/event-bus/kafka, encode and send', run: async () => (await callFrom(1, count, ours), size * count) },
      { name: 'kafkajs, send', run: async () => (await callFrom(1, count, send), size * count) },
    ],
    rounds,
  )
}

/** Time from the first to the last handled event of a topic that was filled before. The first fetch lies before it: with few events that is most of the work. */
class Stopwatch {
  readonly #wanted: number
  readonly #done = Promise.withResolvers<Measured>()
  #began = 0
  #seen = 0

  constructor(wanted: number) {
    this.#wanted = wanted
  }

  get result(): Promise<Measured> {
    return this.#done.promise
  }

  tick(): void {
    if (this.#seen++ === 0) this.#began = performance.now()
    if (this.#seen === this.#wanted) this.#done.resolve({ operations: this.#wanted, ms: performance.now() - this.#began })
  }
}

async function fill({ bus }: Bench, event: OrderEvent, count: number): Promise<void> {
  await callFrom(1_000, count, (index) => bus.publish(event, orderOf(index)))
}

interface Handling {
  readonly counts: (customerId: string) => boolean
  readonly handle: (customerId: string) => Promise<void> | void
}

async function byBus({ brokers }: Bench, event: OrderEvent, wanted: number, { counts, handle }: Handling): Promise<Measured> {
  await using bus = createEventBus({ transport: kafka({ brokers }), source: 'bench' })
  const watch = new Stopwatch(wanted)
  const subscription = await bus.subscribe(event, { group: generateId(), from: 'earliest', concurrency: 64 }, async ({ data }) => {
    await handle(data.customerId)
    if (counts(data.customerId)) watch.tick()
  })
  const result = await watch.result
  await subscription.close()
  return result
}

async function byKafkajs({ raw }: Bench, event: OrderEvent, wanted: number, { counts, handle }: Handling): Promise<Measured> {
  const consumer = raw.consumer({ groupId: generateId() })
  const watch = new Stopwatch(wanted)
  await consumer.connect()
  await consumer.subscribe({ topic: event.type, fromBeginning: true })
  await consumer.run({
    async eachMessage({ message }) {
      const data = schema.parse(JSON.parse(String(message.value)))
      await handle(data.customerId)
      if (counts(data.customerId)) watch.tick()
    },
  })
  const result = await watch.result
  await consumer.disconnect()
  return result
}

/** Beside the time, which begins with the first handled event, the CPU of everything: fetching, unpacking, handling, committing. */
async function consume(bench: Bench): Promise<Comparison> {
  const count = 50_000
  const event = orderEvent('bench.read', 4)
  await fill(bench, event, count)
  const handling: Handling = { counts: () => true, handle: () => undefined }
  const cpu: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  const metered = async (into: number[], read: () => Promise<Measured>): Promise<Measured> => {
    const before = process.cpuUsage()
    const measured = await read()
    const { user, system } = process.cpuUsage(before)
    into.push((user + system) / count)
    return measured
  }
  const comparison = await compare(
    `kafka: handle ${count} waiting events, 4 partitions, checked by zod`,
    'events/s',
    [
      { name: '@hanse/event-bus/kafka, exact commits, order by key', run: () => metered(cpu.ours, () => byBus(bench, event, count, handling)) },
      { name: 'kafkajs, eachMessage', run: () => metered(cpu.theirs, () => byKafkajs(bench, event, count, handling)) },
    ],
    rounds,
  )
  const [ours, theirs] = [median(cpu.ours), median(cpu.theirs)]
  const notes = [
    `CPU of an event, fetching included: @hanse/event-bus ${ours.toFixed(1)} µs, kafkajs ${theirs.toFixed(1)} µs (${(ours / theirs).toFixed(2)} x)`,
  ]
  return { ...comparison, notes }
}

/** One customer of fifty takes 20 ms an event: when are the events of all others handled? */
async function slowKey(bench: Bench): Promise<Comparison> {
  const count = 1_000
  const event = orderEvent('bench.slow', 1)
  await fill(bench, event, count)
  const slow = 'customer-7'
  const handling: Handling = {
    counts: (customerId) => customerId !== slow,
    handle: (customerId) => (customerId === slow ? new Promise((resolve) => setTimeout(resolve, 20)) : undefined),
  }
  const healthy = count - count / 50
  return await compare(
    'kafka: events of 49 healthy keys beside one that takes 20 ms an event, one partition',
    'events/s',
    [
      { name: '@hanse/event-bus/kafka', run: () => byBus(bench, event, healthy, handling) },
      { name: 'kafkajs, eachMessage', run: () => byKafkajs(bench, event, healthy, handling) },
    ],
    rounds,
  )
}
