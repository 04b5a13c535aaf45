import assert from 'node:assert/strict'
import type { Schema } from '@hanse/core'
import { createEventBus } from '../create-event-bus.ts'
import type { EventBus } from '../event-bus.ts'
import { defineEvent } from '../event/define-event.ts'
import type { EventDefinition } from '../event/define-event.ts'
import type { EventTransport } from '../transport/event-transport.ts'
import { onBench } from './log-cases.ts'
import type { TransportCase } from './log-cases.ts'
import type { Bench } from './transport-harness.ts'

interface Ping {
  readonly key: string
  readonly n: number
}

const pingSchema: Schema<Ping> = { '~standard': { version: 1, vendor: 'hanse', validate: (value) => ({ value: value as Ping }) } }
const quick = { initialMs: 1, maxMs: 5, jitter: 'none' } as const

/** What a case works with; destructured, so its functions use no `this`. */
interface Stage {
  readonly ping: EventDefinition<string, Schema<Ping>>
  readonly group: string
  readonly open: (transport?: EventTransport) => EventBus
}

/** A case with buses on the transport; those still open in the end are closed at once. */
function onBuses(name: string, body: (stage: Stage, bench: Bench) => Promise<void>): TransportCase {
  return onBench(name, async (bench) => {
    const buses: EventBus[] = []
    const ping = defineEvent(bench.name('ping'), { schema: pingSchema, key: (event) => event.key, partitions: 4 })
    const open = (transport = bench.transport): EventBus => {
      const bus = createEventBus({ transport, source: 'conformance' })
      buses.push(bus)
      return bus
    }
    try {
      await body({ ping, group: bench.name('g'), open }, bench)
    } finally {
      await Promise.all(buses.map((bus) => bus.close({ signal: AbortSignal.timeout(1_000) })))
    }
  })
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const letters = (bus: EventBus, group: string) => Array.fromAsync(bus.deadLetters({ group }))

/** The bus's promises, on the transport under test. */
export const busCases: readonly TransportCase[] = [
  onBuses('carries an event with its envelope from one bus to another', async ({ ping, group, open }, bench) => {
    const [one, two] = [open(), open()]
    const seen: unknown[] = []
    await two.subscribe(ping, { group }, (event) => void seen.push([event.id, event.type, event.source, event.key, event.data, event.headers]))
    const id = await one.publish(ping, { key: 'a', n: 1 }, { headers: { tenant: 'x' } })
    await bench.wait(() => assert.deepEqual(seen, [[id, ping.type, 'conformance', 'a', { key: 'a', n: 1 }, { tenant: 'x' }]]))
  }),
  onBuses('delivers many concurrent publishes of several types once to each of several groups', async ({ ping, group, open }, bench) => {
    const bus = open()
    const pong = defineEvent(bench.name('pong'), { schema: pingSchema, key: (event) => event.key, partitions: 2 })
    const seen = new Map<string, number[]>()
    for (const each of [`${group}-1`, `${group}-2`]) {
      await bus.subscribe(
        [ping, pong],
        { group: each },
        (event) => void seen.set(`${each}-${event.type}`, [...(seen.get(`${each}-${event.type}`) ?? []), event.data.n]),
      )
    }
    await Promise.all(numbers(150).flatMap((n) => [ping, pong].map((event) => bus.publish(event, { key: `k${n % 20}`, n }))))
    await bench.wait(() => assert.equal([...seen.values()].flat().length, 600))
    for (const got of seen.values())
      assert.deepEqual(
        got.toSorted((a, b) => a - b),
        numbers(150),
      )
  }),
  onBuses('delivers an event again until its handler succeeds', async ({ ping, group, open }, bench) => {
    const bus = open()
    const attempts: number[] = []
    await bus.subscribe(ping, { group, retry: { attempts: 10, backoff: quick } }, (_event, { attempt }) => {
      attempts.push(attempt)
      if (attempt < 6) throw new Error('not yet')
    })
    await bus.publish(ping, { key: 'a', n: 1 })
    await bench.wait(() => assert.deepEqual(attempts, [1, 2, 3, 4, 5, 6]))
    await bench.wait(async () => assert.equal((await bus.lag({ group })).total, 0))
  }),
  onBuses('uses nothing up for a group whose members only failed before a good one came', async ({ ping, group, open }, bench) => {
    for (let round = 0; round < 3; round++) {
      const failing = open()
      let failures = 0
      await failing.subscribe(ping, { group, onExhausted: 'park', retry: { attempts: 1, backoff: quick } }, () => {
        failures++
        throw new Error('broken')
      })
      if (round === 0) await Promise.all(numbers(50).map((n) => failing.publish(ping, { key: `k${n % 5}`, n })))
      await bench.wait(() => assert.ok(failures >= 5))
      await failing.close({ signal: AbortSignal.timeout(1_000) })
    }
    const seen: number[] = []
    await open().subscribe(ping, { group }, ({ data }) => void seen.push(data.n))
    await bench.wait(() =>
      assert.deepEqual(
        seen.toSorted((a, b) => a - b),
        numbers(50),
      ),
    )
  }),
  onBuses('keeps the order of every key through failures, with several members', async ({ ping, group, open }, bench) => {
    const publisher = open()
    const seen = new Map<string, number[]>()
    for (const bus of [open(), open(), open()]) {
      await bus.subscribe(ping, { group, retry: { attempts: 100, backoff: quick } }, ({ data }, { attempt }) => {
        if (attempt === 1 && data.n % 7 === 3) throw new Error('once')
        seen.set(data.key, [...(seen.get(data.key) ?? []), data.n])
      })
    }
    for (const n of numbers(40)) await Promise.all(numbers(8).map((k) => publisher.publish(ping, { key: `k${k}`, n })))
    await bench.wait(() => assert.equal([...seen.values()].flat().length, 320))
    for (const got of seen.values()) assert.deepEqual(got, numbers(40))
  }),
  onBuses('goes on with healthy keys while one key fails', async ({ ping, group, open }, bench) => {
    const bus = open()
    const seen: number[] = []
    await bus.subscribe(ping, { group, onExhausted: 'park', retry: { attempts: 1, backoff: { initialMs: 5, maxMs: 5 } } }, ({ data }) => {
      if (data.key === 'poison') throw new Error('never')
      seen.push(data.n)
    })
    await bus.publish(ping, { key: 'poison', n: -1 })
    await Promise.all(numbers(300).map((n) => bus.publish(ping, { key: `k${n}`, n })))
    await bench.wait(() => assert.equal(seen.length, 300))
    assert.ok((await bus.lag({ group })).total >= 1)
  }),
  onBuses('does not commit past unfinished work when it is told to end now', async ({ ping, group, open }, bench) => {
    const bus = open()
    let others = 0
    await bus.subscribe(ping, { group }, async ({ data }) => {
      if (data.n === 0) await new Promise(() => undefined)
      others++
    })
    for (const n of numbers(10)) await bus.publish(ping, { key: `k${n}`, n })
    await bench.wait(() => assert.equal(others, 9))
    await bus.close({ signal: AbortSignal.abort() })
    const again: number[] = []
    await open().subscribe(ping, { group }, ({ data }) => void again.push(data.n))
    await bench.wait(() => assert.ok(again.includes(0)))
  }),
  onBuses("aborts the handlers' signal when close is told to end now, and does not wait for them", async ({ ping, group, open }, bench) => {
    const bus = open()
    let seen: AbortSignal | undefined
    await bus.subscribe(ping, { group }, (_event, { signal }) => {
      seen = signal
      return new Promise(() => undefined)
    })
    await bus.publish(ping, { key: 'a', n: 1 })
    await bench.wait(() => assert.notEqual(seen, undefined))
    await bus.close({ signal: AbortSignal.abort() })
    assert.equal(seen?.aborted, true)
  }),
  onBuses('repeats nothing when members are closed in order, one after another', async ({ ping, group, open }, bench) => {
    const publisher = open()
    const counts = new Map<number, number>()
    const handle = async ({ data }: { data: Ping }): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      counts.set(data.n, (counts.get(data.n) ?? 0) + 1)
    }
    let current = open()
    await current.subscribe(ping, { group }, handle)
    for (let round = 0; round < 4; round++) {
      const next = open()
      await next.subscribe(ping, { group }, handle)
      const publishing = Promise.all(numbers(40).map((n) => publisher.publish(ping, { key: `k${n % 9}`, n: round * 40 + n })))
      await current.close()
      await publishing
      current = next
    }
    await bench.wait(() => assert.equal(counts.size, 160))
    assert.deepEqual([...new Set(counts.values())], [1])
  }),
  onBuses('loses nothing of a burst that is followed by close', async ({ ping, group, open }, bench) => {
    const reader = open()
    const seen: number[] = []
    await reader.subscribe(ping, { group }, ({ data }) => void seen.push(data.n))
    const writer = open()
    const burst = Promise.all(numbers(500).map((n) => writer.publish(ping, { key: `k${n}`, n })))
    await burst
    await writer.close()
    await bench.wait(() =>
      assert.deepEqual(
        seen.toSorted((a, b) => a - b),
        numbers(500),
      ),
    )
  }),
  onBuses('keeps a failed event as a dead letter and commits it only then', async ({ ping, group, open }, bench) => {
    const bus = open()
    await bus.subscribe(ping, { group, retry: { attempts: 2, backoff: quick } }, () => {
      throw new Error('broken')
    })
    await Promise.all(numbers(10).map((n) => bus.publish(ping, { key: `k${n}`, n })))
    await bench.wait(async () => assert.equal((await bus.lag({ group })).total, 0))
    assert.deepEqual(
      (await letters(bus, group)).map((letter) => letter.attempts),
      numbers(10).map(() => 2),
    )
  }),
  onBuses('commits nothing past an event whose dead letter cannot be kept', async ({ ping, group, open }, bench) => {
    let refused = 0
    let broken = true
    const bus = open(refusing(bench.transport, (topic) => topic.startsWith('hanse.dead-letters.') && broken && ++refused > 0))
    await bus.subscribe(ping, { group, retry: { attempts: 1 } }, () => {
      throw new Error('broken')
    })
    await bus.publish(ping, { key: 'a', n: 1 })
    await bench.wait(() => assert.ok(refused >= 2))
    assert.equal((await bus.lag({ group })).total, 1)
    broken = false
    await bench.wait(async () => assert.equal((await letters(bus, group)).length, 1))
    await bench.wait(async () => assert.equal((await bus.lag({ group })).total, 0))
  }),
  onBuses('replays a dead letter to its own group alone', async ({ ping, group, open }, bench) => {
    const bus = open()
    let broken = true
    const seen: string[] = []
    for (const each of [group, `${group}-other`]) {
      await bus.subscribe(ping, { group: each, retry: { attempts: 1 } }, (event) => {
        if (each === group && broken) throw new Error('broken')
        seen.push(each)
        assert.equal(event.data.n, 1)
      })
    }
    await bus.publish(ping, { key: 'a', n: 1 })
    await bench.wait(async () => assert.equal((await letters(bus, group)).length, 1))
    broken = false
    for (const letter of await letters(bus, group)) await letter.replay()
    await bench.wait(() => assert.deepEqual(seen.toSorted(), [group, `${group}-other`].toSorted()))
    await bench.wait(async () => assert.equal((await bus.lag({ group })).total, 0))
    assert.deepEqual(await letters(bus, group), [])
  }),
  onBuses('reports a failed append as a failed publish, and publishes on', async ({ ping, group, open }, bench) => {
    let broken = true
    const bus = open(refusing(bench.transport, () => broken))
    const seen: number[] = []
    await bus.subscribe(ping, { group }, ({ data }) => void seen.push(data.n))
    await assert.rejects(bus.publish(ping, { key: 'a', n: 1 }), { code: 'PUBLISH_FAILED', retryable: true })
    broken = false
    await bus.publish(ping, { key: 'a', n: 2 })
    await bench.wait(() => assert.deepEqual(seen, [2]))
  }),
]

/** The transport with appends that fail while `refuse` says so of one of their topics. */
function refusing(transport: EventTransport, refuse: (topic: string) => boolean): EventTransport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    connect: async (options) => {
      const session = await transport.connect(options)
      return {
        ensureTopics: (topics, ensure) => session.ensureTopics(topics, ensure),
        join: (join) => session.join(join),
        scan: (topic, scan) => session.scan(topic, scan),
        positions: (group, abort) => session.positions(group, abort),
        close: (abort) => session.close(abort),
        append: async (records, abort) => {
          if (records.some(({ topic }) => refuse(topic))) throw new Error('the disk is on fire')
          await session.append(records, abort)
        },
      }
    },
  }
}
