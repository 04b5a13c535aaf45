import { currentContext, runWithContext } from '@hanse/core'
import { createRecordingLogger, eventually } from '@hanse/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EventBus, EventBusOptions } from './index.ts'
import { DeadLetter, Drop, RetryLater, createEventBus, defineEvent, embedded } from './index.ts'

const placed = defineEvent('order.placed', { schema: z.object({ orderId: z.string(), n: z.number() }), key: (order) => order.orderId })
const paid = defineEvent('order.paid', { schema: z.object({ orderId: z.string(), at: z.coerce.date() }), key: (order) => order.orderId })
const quick = { initialMs: 1, maxMs: 2, jitter: 'none' } as const

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

describe('failures', () => {
  it('retries a failed event in place, then keeps it as a dead letter with its cause (seed-requirement 75)', async () => {
    const logger = createRecordingLogger()
    const bus = open({ logger })
    const attempts: number[] = []
    await bus.subscribe(placed, { group: 'g', retry: { attempts: 3, backoff: quick } }, (_event, context) => {
      attempts.push(context.attempt)
      throw new Error('no stock', { cause: new Error('db down') })
    })
    const id = await bus.publish(placed, { orderId: 'a', n: 1 }, { headers: { tenant: 'x' } })
    await eventually(async () => expect(await Array.fromAsync(bus.deadLetters({ group: 'g' }))).toHaveLength(1))
    const [letter] = await Array.fromAsync(bus.deadLetters({ group: 'g', type: 'order.placed' }))
    expect(letter).toMatchObject({ eventId: id, key: 'a', attempts: 3, type: 'order.placed', group: 'g', data: { orderId: 'a', n: 1 } })
    expect(letter?.cause).toEqual({ code: 'Error', message: 'no stock Caused by: db down' })
    expect(letter?.headers).toMatchObject({ tenant: 'x', ce_id: id })
    expect(attempts).toEqual([1, 2, 3])
    expect(await Array.fromAsync(bus.deadLetters({ group: 'g', type: 'other' }))).toEqual([])
    await eventually(async () => expect((await bus.lag({ group: 'g' })).total).toBe(0))
    expect(logger.entries.map((entry) => entry.message)).toContain('an event became a dead letter')
  })

  it('keeps the order of a key through retries while other keys go on (seed-requirement 76)', async () => {
    const bus = open()
    const seen: string[] = []
    let failures = 0
    const single = defineEvent('single', { schema: z.object({ k: z.string(), n: z.number() }), key: (e) => e.k, partitions: 1 })
    await bus.subscribe(single, { group: 'g', retry: { attempts: 50, backoff: { initialMs: 5, factor: 1, jitter: 'none' } } }, ({ data }) => {
      if (data.k === 'bad' && data.n === 1 && failures++ < 10) throw new Error('not yet')
      seen.push(`${data.k}${data.n}`)
    })
    for (let n = 0; n < 4; n++) for (const k of ['bad', 'good']) await bus.publish(single, { k, n })
    await eventually(() => expect(seen).toHaveLength(8))
    expect(seen.filter((s) => s.startsWith('bad'))).toEqual(['bad0', 'bad1', 'bad2', 'bad3'])
    expect(seen.filter((s) => s.startsWith('good'))).toEqual(['good0', 'good1', 'good2', 'good3'])
    expect(seen.indexOf('good3')).toBeLessThan(seen.indexOf('bad1'))
  })

  it('does not commit past unfinished work (seed-requirement 75)', async () => {
    const shared = transport()
    const bus = open({ transport: shared })
    const single = defineEvent('single', { schema: z.object({ k: z.string() }), key: (e) => e.k, partitions: 1 })
    let done = 0
    await bus.subscribe(single, { group: 'g' }, async ({ data }, { signal }) => {
      if (data.k === 'stuck') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      done++
    })
    await bus.publish(single, { k: 'first' })
    await bus.publish(single, { k: 'stuck' })
    for (let n = 0; n < 10; n++) await bus.publish(single, { k: `later${n}` })
    await eventually(() => expect(done).toBe(11))
    await eventually(async () => expect((await bus.lag({ group: 'g' })).total).toBe(11))
    await bus.close({ signal: AbortSignal.abort() })
    const again: string[] = []
    await open({ transport: shared }).subscribe(single, { group: 'g' }, ({ data }) => void again.push(data.k))
    await eventually(() => expect(again).toHaveLength(11))
    expect(again[0]).toBe('stuck')
  })

  it('replays a letter to its own group only, and it goes from the list (seed-requirement 75)', async () => {
    const bus = open()
    let broken = true
    const got: string[] = []
    for (const group of ['a', 'b']) {
      await bus.subscribe(placed, { group, retry: { attempts: 1 } }, (e) => {
        if (group === 'a' && broken) throw new Error('broken')
        got.push(`${group} ${e.id}`)
      })
    }
    const id = await bus.publish(placed, { orderId: 'a', n: 1 })
    await eventually(async () => expect(await Array.fromAsync(bus.deadLetters({ group: 'a' }))).toHaveLength(1))
    broken = false
    for await (const letter of bus.deadLetters({ group: 'a' })) await letter.replay()
    await eventually(() => expect(got.toSorted()).toEqual([`a ${id}`, `b ${id}`]))
    expect(await Array.fromAsync(bus.deadLetters({ group: 'a' }))).toEqual([])
    await eventually(async () => expect((await bus.lag({ group: 'a' })).total).toBe(0))
    expect(got).toHaveLength(2)
  })

  it('keeps a letter that fails again after its replay, and discards one for good', async () => {
    const bus = open()
    await bus.subscribe(placed, { group: 'g', retry: { attempts: 2, backoff: quick } }, () => {
      throw new Error('still broken')
    })
    await bus.publish(placed, { orderId: 'a', n: 1 })
    const letters = () => Array.fromAsync(bus.deadLetters({ group: 'g', type: 'order.placed' }))
    await eventually(async () => expect(await letters()).toHaveLength(1))
    const [first] = await letters()
    await first?.replay()
    await eventually(async () => expect((await letters()).map((letter) => letter.id)).toEqual(['hanse.replay.g.order.placed/0/0']))
    const [second] = await letters()
    expect(second).toMatchObject({ type: 'order.placed', key: 'a', eventId: first?.eventId })
    await second?.discard()
    expect(await letters()).toEqual([])
  })

  it('honours RetryLater, DeadLetter and Drop', async () => {
    const bus = open()
    const runs: string[] = []
    await bus.subscribe(placed, { group: 'g', retry: { attempts: 1 } }, ({ data, id }, { attempt }) => {
      runs.push(`${data.orderId}${attempt}`)
      if (data.orderId === 'later' && attempt < 4) throw new RetryLater(1)
      if (data.orderId === 'dead') throw new DeadLetter(`cannot be: ${id}`)
      if (data.orderId === 'drop') throw new Drop('not ours')
    })
    for (const orderId of ['later', 'dead', 'drop']) await bus.publish(placed, { orderId, n: 1 })
    await eventually(async () => expect((await bus.lag({ group: 'g' })).total).toBe(0))
    expect(runs.toSorted()).toEqual(['dead1', 'drop1', 'later1', 'later2', 'later3', 'later4'])
    const letters = await Array.fromAsync(bus.deadLetters({ group: 'g' }))
    expect(letters.map((letter) => [letter.key, letter.cause.code])).toEqual([['dead', 'DEAD_LETTER']])
  })

  it("keeps trying with onExhausted: 'park', later events of the key waiting", async () => {
    const bus = open()
    let failures = 0
    const seen: number[] = []
    await bus.subscribe(placed, { group: 'g', retry: { attempts: 2, backoff: quick }, onExhausted: 'park' }, ({ data }) => {
      if (data.n === 1 && failures++ < 20) throw new Error('not yet')
      seen.push(data.n)
    })
    await bus.publish(placed, { orderId: 'a', n: 1 })
    await bus.publish(placed, { orderId: 'a', n: 2 })
    await eventually(() => expect(seen).toEqual([1, 2]))
    expect(failures).toBe(21)
    expect(await Array.fromAsync(bus.deadLetters({ group: 'g' }))).toEqual([])
  })

  it('keeps records that are no events as dead letters, byte for byte', async () => {
    const shared = transport()
    const bus = open({ transport: shared })
    const seen: number[] = []
    await bus.subscribe(placed, { group: 'g' }, ({ data }) => void seen.push(data.n))
    const good = bus.encode(placed, { orderId: 'a', n: 1 })
    const bytes = new Uint8Array([0xff, 0xfe, 0])
    await bus.send([{ ...good, value: bytes }, { ...good, headers: {} }, { ...good, headers: { ...good.headers, ce_type: 'other' } }, good])
    await eventually(() => expect(seen).toEqual([1]))
    await eventually(async () => expect(await Array.fromAsync(bus.deadLetters({ group: 'g' }))).toHaveLength(3))
    const letters = await Array.fromAsync(bus.deadLetters({ group: 'g' }))
    expect(letters.map((letter) => letter.cause.code)).toEqual(['UNDECODABLE', 'UNDECODABLE', 'UNDECODABLE'])
    expect(letters[0]).toMatchObject({ attempts: 0, data: undefined, type: 'order.placed' })
    expect([...(letters[0]?.value ?? [])]).toEqual([...bytes])
  })

  it('fails an attempt that takes longer than timeoutMs, and tries again', async () => {
    const bus = open()
    const reasons: unknown[] = []
    let done = false
    await bus.subscribe(placed, { group: 'g', timeoutMs: 20, retry: { backoff: quick } }, async (_event, { attempt, signal }) => {
      if (attempt === 1) {
        signal.addEventListener('abort', () => reasons.push(signal.reason))
        await new Promise(() => undefined)
      }
      done = true
    })
    await bus.publish(placed, { orderId: 'a', n: 1 })
    await eventually(() => expect(done).toBe(true))
    expect(reasons).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }])
  })
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
