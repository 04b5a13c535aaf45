import { createRecordingLogger, eventually } from '@hanse/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EventBus, EventBusOptions } from '../index.ts'
import { DeadLetter, Drop, RetryLater, createEventBus, defineEvent, embedded } from '../index.ts'

const placed = defineEvent('order.placed', { schema: z.object({ orderId: z.string(), n: z.number() }), key: (order) => order.orderId })
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
