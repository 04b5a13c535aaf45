import { eventually } from '@hanse/core/testing'
import { createDatabase, increment, sqlite, table } from '@hanse/data'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEventBus, createInbox, defineEvent, embedded } from '../index.ts'
import type { BusEvent, HandlerContext } from '../index.ts'

const counters = table('counters', { fields: { id: 'text', total: 'int' }, key: ['id'] })
const points = table('points', { fields: { id: 'text', event: 'text' }, key: [['id'], 'event'] })
const tallies = table('tallies', { fields: { id: 'text', count: 'counter' }, key: ['id'] })
const placed = defineEvent('order.placed', { schema: z.object({ id: z.string() }), key: (order) => order.id })

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

function open() {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { counters, points, tallies } })
  const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'test' })
  closers.push(
    () => db.close(),
    () => bus.close({ signal: AbortSignal.timeout(2_000) }),
  )
  return { db, bus }
}

/** One delivery of an event, as the bus would make it. */
const delivery = (id = 'e1', group = 'g'): [BusEvent<'order.placed', { id: string }>, HandlerContext] => [
  {
    id,
    source: 's',
    type: 'order.placed',
    time: new Date(0),
    key: 'k',
    version: 1,
    correlationId: id,
    causationId: undefined,
    traceparent: undefined,
    headers: {},
    data: { id },
  },
  {
    signal: new AbortController().signal,
    group,
    attempt: 1,
    correlationId: id,
    causationId: id,
    trace: undefined,
    position: { topic: 't', partition: 0, offset: 0 },
  },
]

type Placed = BusEvent<'order.placed', { id: string }>

describe('createInbox', () => {
  it('gives a repeated event one effect in each group (seed-requirement 77)', async () => {
    const { db, bus } = open()
    const inbox = createInbox({ store: db })
    let effects = 0
    for (const group of ['a', 'b'])
      await bus.subscribe(
        placed,
        { group },
        inbox.once(() => void effects++),
      )
    const event = bus.encode(placed, { id: 'o1' })
    await bus.send([event, event])
    await bus.send([event])
    await eventually(async () => expect((await bus.lag({ group: 'a' })).total + (await bus.lag({ group: 'b' })).total).toBe(0))
    expect(effects).toBe(2)
  })

  it('writes effects and the mark as one batch: none of them when one is refused (seed-requirement 77)', async () => {
    const { db } = open()
    const inbox = createInbox({ store: db })
    const refused = inbox.once<Placed>(({ data }) => [
      db.points.insert({ id: data.id, event: 'x' }),
      db.counters.update({ id: 'z' }).set({ total: 1 }).ifExists(),
    ])
    await expect(refused(...delivery())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await db.points.select({ id: 'e1' })).toEqual([])
    const handler = inbox.once<Placed>(({ data }) => [db.points.insert({ id: data.id, event: 'x' }), db.counters.insert({ id: data.id, total: 1 })])
    await handler(...delivery())
    await handler(...delivery())
    expect(await db.points.select({ id: 'e1' })).toHaveLength(1)
    expect(await db.counters.get({ id: 'e1' })).toEqual({ id: 'e1', total: 1 })
  })

  it('counts each event once, even where the effect is no idempotent write', async () => {
    const { db, bus } = open()
    const inbox = createInbox({ store: db })
    await bus.subscribe(
      placed,
      { group: 'g' },
      inbox.once(async () => {
        await db.tallies.update({ id: 'all' }).set({ count: increment() })
      }),
    )
    const events = Array.from({ length: 20 }, (_, n) => bus.encode(placed, { id: `o${n}` }))
    await bus.send([...events, ...events])
    await eventually(async () => expect((await bus.lag({ group: 'g' })).total).toBe(0))
    expect((await db.tallies.get({ id: 'all' }))?.count).toBe(20n)
  })

  it('gives the claim back when the handler throws, so that a retry runs at once', async () => {
    const { db } = open()
    const inbox = createInbox({ store: db })
    let runs = 0
    const handler = inbox.once(() => {
      if (++runs === 1) throw new Error('once')
    })
    await expect(handler(...delivery())).rejects.toThrow('once')
    await handler(...delivery())
    await handler(...delivery())
    expect(runs).toBe(2)
  })

  it('lets a second delivery wait while the first is under way, and then do nothing', async () => {
    const { db } = open()
    const inbox = createInbox({ store: db })
    let free = (): void => undefined
    let runs = 0
    const handler = inbox.once(() => {
      runs++
      return new Promise<void>((resolve) => (free = resolve))
    })
    const first = handler(...delivery())
    await eventually(() => expect(runs).toBe(1))
    await expect(handler(...delivery())).rejects.toMatchObject({ code: 'RETRY_LATER' })
    free()
    await first
    await handler(...delivery())
    expect(runs).toBe(1)
  })

  it('takes an event over when the lease of a dead handler is over', async () => {
    const { db } = open()
    const inbox = createInbox({ store: db, leaseSeconds: 1 })
    let runs = 0
    void inbox.once(() => {
      runs++
      return new Promise<void>(() => undefined)
    })(...delivery())
    await eventually(() => expect(runs).toBe(1))
    const again = inbox.once(() => void runs++)
    await eventually(async () => void (await again(...delivery())))
    expect(runs).toBe(2)
  })

  it('refuses options that make no sense', () => {
    const { db } = open()
    expect(() => createInbox({ store: db, leaseSeconds: 0 })).toThrow("option 'leaseSeconds' of createInbox must be a whole number")
  })
})
