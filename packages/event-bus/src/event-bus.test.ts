import { currentContext, runWithContext } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EventBus, EventBusOptions } from './index.ts'
import { createEventBus, defineEvent, embedded } from './index.ts'

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

describe('publish and subscribe', () => {
  it('hands an event with its envelope apart from its data to the handler (seed-requirement 78)', async () => {
    const bus = open({ source: 'order-service' })
    const shadow = defineEvent('shadow', { schema: z.object({ id: z.string(), timestamp: z.string(), source: z.number() }), key: (e) => e.id })
    const seen: unknown[] = []
    await bus.subscribe(shadow, { group: 'g' }, (event) => void seen.push(event))
    const id = await bus.publish(shadow, { id: 'a', timestamp: 'mine', source: 7 }, { headers: { tenant: 't1' } })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]).toMatchObject({
      id,
      source: 'order-service',
      type: 'shadow',
      key: 'a',
      version: 1,
      headers: { tenant: 't1' },
      data: { id: 'a', timestamp: 'mine', source: 7 },
      time: expect.any(Date),
    })
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  })

  it('keeps dates dates through the schema (seed-requirement 78)', async () => {
    const bus = open()
    const seen: Date[] = []
    await bus.subscribe(paid, { group: 'g' }, (event) => void seen.push(event.data.at))
    await bus.publish(paid, { orderId: 'a', at: new Date('2026-05-01T10:00:00.123Z') })
    await eventually(() => expect(seen).toEqual([new Date('2026-05-01T10:00:00.123Z')]))
  })

  it('refuses at publish what consumers could not read, and sends nothing (seed-requirement 78)', async () => {
    const bus = open()
    const strict = defineEvent('strict', { schema: z.object({ at: z.date() }), key: () => 'k' })
    await expect(bus.publish(strict, { at: new Date() })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    await expect(bus.publish(placed, { orderId: 'a', n: 'x' as unknown as number })).rejects.toThrow("event 'order.placed' is not valid: /n")
    await expect(bus.publish(placed, { orderId: '', n: 1 })).rejects.toThrow('must be a string that is not empty')
    const big = defineEvent('big', { schema: z.object({ n: z.bigint() }), key: () => 'k' })
    await expect(bus.publish(big, { n: 1n })).rejects.toThrow('cannot be written as JSON')
  })

  it('upcasts old versions and keeps newer ones as dead letters (seed-requirement 78)', async () => {
    const shared = transport()
    const bus = open({ transport: shared })
    const v1 = defineEvent('thing', { schema: z.object({ name: z.string() }), key: (e) => e.name })
    const v2 = defineEvent('thing', {
      version: 2,
      schema: z.object({ first: z.string() }),
      key: (e) => e.first,
      upcast: { 1: (old) => ({ first: (old as { name: string }).name }) },
    })
    const v3 = defineEvent('thing', { version: 3, schema: z.object({ third: z.string() }), key: (e) => e.third })
    const seen: unknown[] = []
    await bus.subscribe(v2, { group: 'g' }, (event) => void seen.push([event.version, event.data]))
    await bus.publish(v1, { name: 'one' })
    await bus.publish(v2, { first: 'two' })
    await bus.publish(v3, { third: 'three' })
    await eventually(() => expect(seen).toHaveLength(2))
    expect(seen).toEqual(
      expect.arrayContaining([
        [1, { first: 'one' }],
        [2, { first: 'two' }],
      ]),
    )
    await eventually(async () => expect((await Array.fromAsync(bus.deadLetters({ group: 'g' }))).map((l) => l.cause.code)).toEqual(['UNKNOWN_VERSION']))
  })

  it('gives every group each event and shares them within a group (seed-requirement 79)', async () => {
    const shared = transport()
    const one = open({ transport: shared })
    const two = open({ transport: shared })
    const got: Record<string, number[]> = { a1: [], a2: [], b: [] }
    await one.subscribe(placed, { group: 'a' }, (e) => void got['a1']?.push(e.data.n))
    await two.subscribe(placed, { group: 'a' }, (e) => void got['a2']?.push(e.data.n))
    await two.subscribe(placed, { group: 'b' }, (e) => void got['b']?.push(e.data.n))
    await Promise.all(Array.from({ length: 200 }, (_, n) => one.publish(placed, { orderId: `o${n}`, n })))
    await eventually(() => expect((got['a1']?.length ?? 0) + (got['a2']?.length ?? 0)).toBeGreaterThanOrEqual(200))
    await eventually(() => expect(got['b']).toHaveLength(200))
    const all = Array.from({ length: 200 }, (_, n) => n)
    expect(new Set([...(got['a1'] ?? []), ...(got['a2'] ?? [])])).toEqual(new Set(all))
    expect(got['b']?.toSorted((x, y) => x - y)).toEqual(all)
    expect(got['a1']?.length).toBeGreaterThan(0)
    expect(got['a2']?.length).toBeGreaterThan(0)
  })

  it('refuses a subscription without a group (seed-requirement 79)', async () => {
    const bus = open()
    // @ts-expect-error the group is required
    await expect(bus.subscribe(placed, {}, () => undefined)).rejects.toThrow("option 'group' of subscribe must be")
    await expect(bus.subscribe(placed, { group: '' }, () => undefined)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('takes subscriptions before and after start, and a new one leaves the others alone (seed-requirement 80)', async () => {
    const bus = open()
    const seen: string[] = []
    await bus.subscribe(placed, { group: 'g' }, (e) => void seen.push(`placed ${e.data.n}`))
    await bus.start()
    await bus.publish(placed, { orderId: 'a', n: 1 })
    await eventually(() => expect(seen).toHaveLength(1))
    await bus.subscribe([paid], { group: 'g' }, () => void seen.push('paid'))
    await bus.publish(placed, { orderId: 'a', n: 2 })
    await bus.publish(paid, { orderId: 'a', at: new Date(0) })
    await eventually(() => expect(seen.toSorted()).toEqual(['paid', 'placed 1', 'placed 2']))
  })

  it('receives every event published after subscribe has resolved, whatever came before (seed-requirement 81)', async () => {
    const bus = open()
    await bus.publish(placed, { orderId: 'a', n: 0 })
    for (let round = 0; round < 20; round++) {
      const seen: number[] = []
      await bus.subscribe(placed, { group: `g${round}` }, (e) => void seen.push(e.data.n))
      await bus.publish(placed, { orderId: 'a', n: round })
      await eventually(() => expect(seen).toEqual([round]))
    }
  })

  it("names a missing topic with topics: 'verify' (seed-requirement 81)", async () => {
    const shared = transport()
    const bus = open({ transport: shared, topics: 'verify' })
    await expect(bus.publish(placed, { orderId: 'a', n: 1 })).rejects.toThrow("topic 'order.placed' does not exist")
    await expect(open({ transport: shared, topics: 'verify', events: [paid] }).start()).rejects.toThrow("topic 'order.paid' does not exist")
    await open({ transport: shared, events: [placed] }).start()
    await bus.publish(placed, { orderId: 'a', n: 1 })
    const other = defineEvent('order.placed', { ...placed, partitions: 3 })
    await expect(open({ transport: shared }).publish(other, { orderId: 'a', n: 1 })).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' })
  })

  it('keeps the order of calls for a key, also while the topic is being made and with slow schemas (seed-requirement 76)', async () => {
    const bus = open()
    const slow = defineEvent('slow', {
      schema: z.object({ n: z.number() }).refine(async ({ n }) => {
        for (let turn = 0; turn < (n % 3) * 5; turn++) await Promise.resolve()
        return true
      }),
      key: () => 'k',
    })
    const seen: number[] = []
    const fast: number[] = []
    await bus.subscribe(slow, { group: 'g' }, (e) => void seen.push(e.data.n))
    const calls = Array.from({ length: 30 }, (_, n) => [bus.publish(slow, { n }), bus.publish(placed, { orderId: 'a', n })]).flat()
    await bus.subscribe(placed, { group: 'g', from: 'earliest' }, (e) => void fast.push(e.data.n))
    await Promise.all(calls)
    const inOrder = Array.from({ length: 30 }, (_, n) => n)
    await eventually(() => expect(seen).toEqual(inOrder))
    await eventually(() => expect(fast).toEqual(inOrder))
  })

  it('refuses more than maxBuffered waiting events, and takes more when they are gone (seed-requirement 82)', async () => {
    const bus = open({ maxBuffered: 5 })
    await bus.publish(placed, { orderId: 'a', n: 0 })
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => bus.publish(placed, { orderId: 'a', n })))
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(5)
    expect(results.find((r) => r.status === 'rejected')?.reason).toMatchObject({ code: 'BUFFER_FULL', retryable: true })
    await bus.publish(placed, { orderId: 'a', n: 9 })
  })

  it("rejects an aborted publish with the signal's reason and publishes nothing", async () => {
    const bus = open()
    const seen: number[] = []
    await bus.subscribe(placed, { group: 'g' }, (e) => void seen.push(e.data.n))
    const reason = new Error('gone')
    const controller = new AbortController()
    await bus.publish(placed, { orderId: 'a', n: 1 })
    const call = bus.publish(placed, { orderId: 'a', n: 2 }, { signal: controller.signal })
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await expect(bus.publish(placed, { orderId: 'a', n: 3 }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await bus.publish(placed, { orderId: 'a', n: 4 })
    await eventually(() => expect(seen).toEqual([1, 4]))
  })

  it('carries correlation, causation and trace from publisher to handler and on (seed-requirement 82)', async () => {
    const bus = open()
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }
    const seen: unknown[] = []
    await bus.subscribe(placed, { group: 'g' }, async (event, context) => {
      expect(currentContext()).toMatchObject({ correlationId: 'c-1', causationId: event.id, trace: { traceId: trace.traceId } })
      expect(context.trace?.spanId).not.toBe(trace.spanId)
      await bus.publish(paid, { orderId: 'a', at: new Date(0) })
      seen.push(event.id, event.causationId, event.correlationId)
    })
    await bus.subscribe(paid, { group: 'g' }, (event) => void seen.push(event.causationId, event.correlationId, event.traceparent?.slice(3, 35)))
    const id = await runWithContext({ correlationId: 'c-1', causationId: 'request-1', trace }, () => bus.publish(placed, { orderId: 'a', n: 1 }))
    await eventually(() => expect(seen).toHaveLength(6))
    expect(new Set(seen)).toEqual(new Set([id, 'request-1', 'c-1', trace.traceId]))
  })

  it('refuses everything after close', async () => {
    const bus = open()
    await bus.publish(placed, { orderId: 'a', n: 1 })
    await bus.close()
    await bus.close()
    await expect(bus.publish(placed, { orderId: 'a', n: 1 })).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(bus.subscribe(placed, { group: 'g' }, () => undefined)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(bus.lag({ group: 'g' })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
