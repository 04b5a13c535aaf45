import { eventually } from '@hanse/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EventBus, EventBusOptions } from '../index.ts'
import { createEventBus, defineEvent, embedded } from '../index.ts'

const placed = defineEvent('order.placed', { schema: z.object({ orderId: z.string(), n: z.number() }), key: (order) => order.orderId })
const paid = defineEvent('order.paid', { schema: z.object({ orderId: z.string(), at: z.coerce.date() }), key: (order) => order.orderId })

const opened: EventBus[] = []
const transport = () => embedded({ file: ':memory:' })
function open(options: Partial<EventBusOptions> = {}): EventBus {
  const bus = createEventBus({ transport: transport(), source: 'test', ...options })
  opened.push(bus)
  return bus
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close({ signal: AbortSignal.timeout(2_000) })))
})

describe('running', () => {
  it('runs at most `concurrency` handlers at once, and one of a key', async () => {
    const bus = open()
    let running = 0
    let most = 0
    const perKey = new Map<string, number>()
    let done = 0
    await bus.subscribe(placed, { group: 'g', concurrency: 4 }, async ({ key }) => {
      most = Math.max(most, ++running)
      expect(perKey.get(key) ?? 0).toBe(0)
      perKey.set(key, 1)
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      perKey.set(key, 0)
      running--
      done++
    })
    await Promise.all(Array.from({ length: 100 }, (_, n) => bus.publish(placed, { orderId: `k${n % 10}`, n })))
    await eventually(() => expect(done).toBe(100))
    expect(most).toBe(4)
    expect(await Array.fromAsync(bus.deadLetters({ group: 'g' }))).toEqual([])
  })

  it('holds no more than maxBuffered events of a partition in memory, and still handles all (seed-requirement 82)', async () => {
    const bus = open()
    const single = defineEvent('single', { schema: z.object({ n: z.number() }), key: (e) => String(e.n), partitions: 1 })
    let open_ = 0
    const release: (() => void)[] = []
    await bus.subscribe(single, { group: 'g', concurrency: 1_000, maxBuffered: 300 }, () => {
      open_++
      return new Promise<void>((resolve) => release.push(resolve))
    })
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => bus.publish(single, { n })))
    await eventually(() => expect(open_).toBeGreaterThanOrEqual(300))
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(open_).toBe(300)
    await eventually(() => {
      for (const free of release.splice(0)) free()
      expect(open_).toBe(2_000)
    })
    for (const free of release.splice(0)) free()
    await eventually(async () => expect((await bus.lag({ group: 'g' })).total).toBe(0))
  })

  it('takes nothing while paused and goes on after resume (seed-requirement 82)', async () => {
    const bus = open()
    const seen: number[] = []
    const subscription = await bus.subscribe(placed, { group: 'g' }, ({ data }) => void seen.push(data.n))
    await bus.publish(placed, { orderId: 'a', n: 1 })
    await eventually(() => expect(seen).toEqual([1]))
    subscription.pause()
    for (let n = 2; n < 6; n++) await bus.publish(placed, { orderId: 'a', n })
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual([1])
    subscription.resume()
    await eventually(() => expect(seen).toEqual([1, 2, 3, 4, 5]))
  })

  it('drains on close: what runs ends and is committed, and may still publish (seed-requirement 82)', async () => {
    const shared = transport()
    const bus = open({ transport: shared })
    const other = open({ transport: shared })
    const seen: string[] = []
    let started = 0
    let free: (() => void) | undefined
    const gate = new Promise<void>((resolve) => (free = resolve))
    await other.subscribe(paid, { group: 'watch' }, ({ data }) => void seen.push(data.orderId))
    await bus.subscribe(placed, { group: 'g' }, async ({ data }) => {
      started++
      await gate
      await bus.publish(paid, { orderId: data.orderId, at: new Date(0) })
    })
    await Promise.all(Array.from({ length: 5 }, (_, n) => bus.publish(placed, { orderId: `o${n}`, n })))
    await eventually(() => expect(started).toBe(5))
    let closed = false
    const closing = bus.close().then(() => (closed = true))
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(closed).toBe(false)
    free?.()
    await closing
    await eventually(() => expect(seen).toHaveLength(5))
    expect((await other.lag({ group: 'g' })).total).toBe(0)
  })

  it('does not let a handler that ignores its signal hold up a close that was told to end now (seed-requirement 82)', async () => {
    const shared = transport()
    const bus = open({ transport: shared })
    let signal: AbortSignal | undefined
    await bus.subscribe(placed, { group: 'g' }, async (_event, context) => {
      signal = context.signal
      await new Promise(() => undefined)
    })
    await bus.publish(placed, { orderId: 'a', n: 1 })
    await eventually(() => expect(signal).toBeDefined())
    const controller = new AbortController()
    const closing = bus.close({ signal: controller.signal })
    controller.abort(new Error('now'))
    await closing
    expect(signal?.aborted).toBe(true)
    expect((await open({ transport: shared }).lag({ group: 'g' })).total).toBe(1)
  })

  it('hands the partitions of a closed subscription to the others at once', async () => {
    const shared = transport()
    const one = open({ transport: shared })
    const two = open({ transport: shared })
    const first: number[] = []
    const second: number[] = []
    const subscription = await one.subscribe(placed, { group: 'g' }, ({ data }) => void first.push(data.n))
    await two.subscribe(placed, { group: 'g' }, ({ data }) => void second.push(data.n))
    await subscription.close()
    await Promise.all(Array.from({ length: 50 }, (_, n) => one.publish(placed, { orderId: `k${n}`, n })))
    await eventually(() => expect(second).toHaveLength(50))
    expect(first).toEqual([])
  })

  it('tells the lag of a group by partition (seed-requirement 82)', async () => {
    const bus = open()
    const subscription = await bus.subscribe(placed, { group: 'g' }, () => undefined)
    await subscription.close()
    await Promise.all(Array.from({ length: 20 }, (_, n) => bus.publish(placed, { orderId: `k${n}`, n })))
    const lag = await bus.lag({ group: 'g' })
    expect(lag.total).toBe(20)
    expect(
      lag.partitions
        .filter((p) => p.topic === 'order.placed')
        .map((p) => p.lag)
        .reduce((a, b) => a + b),
    ).toBe(20)
    expect(await bus.lag({ group: 'unknown' })).toEqual({ group: 'unknown', total: 0, partitions: [] })
  })
})
