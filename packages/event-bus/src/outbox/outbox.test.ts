import { eventually } from '@hanse/core/testing'
import { createDatabase, sqlite, table } from '@hanse/data'
import type { DataEngine } from '@hanse/data'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEventBus, createOutbox, defineEvent, embedded, outboxFields } from '../index.ts'
import type { EncodedEvent, EventBus, Outbox, OutboxOptions } from '../index.ts'
import { outboxTables } from './outbox-tables.ts'

const orders = table('orders', { fields: { id: 'text', status: 'text', ...outboxFields }, key: ['id'], required: ['status'], conditional: true })
const notes = table('notes', { fields: { id: 'text', text: 'text' }, key: ['id'] })
const placed = defineEvent('order.placed', { schema: z.object({ id: z.string(), n: z.number().default(0) }), key: (order) => order.id })

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const fast = { pollEveryMs: 10, sweepEveryMs: 20, takeoverMs: 250 }
function openStore(engine: DataEngine = sqlite({ file: ':memory:' })) {
  const db = createDatabase({ engine, tables: { orders, notes } })
  closers.push(() => db.close())
  return db
}
type Store = ReturnType<typeof openStore>
function openBus(): EventBus {
  const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'shop' })
  closers.push(() => bus.close({ signal: AbortSignal.timeout(2_000) }))
  return bus
}
async function openOutbox(store: Store, bus: OutboxOptions['bus'], options: Partial<OutboxOptions> = {}): Promise<Outbox> {
  const outbox = createOutbox({ store, bus, rows: [store.orders], ...fast, ...options })
  closers.push(() => outbox.close({ signal: AbortSignal.timeout(2_000) }))
  await outbox.start()
  return outbox
}
async function collect(bus: EventBus): Promise<string[]> {
  const seen: string[] = []
  await bus.subscribe(placed, { group: 'reader' }, ({ data, id }) => void seen.push(`${data.id}:${data.n} ${id}`))
  return seen
}
const short = (seen: readonly string[]): string[] => seen.map((each) => each.split(' ')[0] ?? '')
/** Rows that the outbox still holds. */
async function leftovers(db: Store): Promise<number> {
  const own = db.extend(outboxTables)
  let count = 0
  for (let shard = 0; shard < 16; shard++) {
    for await (const { bucket } of own.buckets.select({ shard })) {
      count += (await own.events.select({ shard, bucket })).length + (await own.hints.select({ shard, bucket })).length
    }
  }
  return count
}

describe('outbox.add', () => {
  it('publishes an event when its batch is applied, and never otherwise (seed-requirement 47)', async () => {
    const db = openStore()
    const bus = openBus()
    const outbox = await openOutbox(db, bus)
    const seen = await collect(bus)
    void outbox.add(placed, { id: 'never-awaited' })
    await expect(
      db.atomically([db.notes.insert({ id: 'x', text: 'y' }), outbox.add(placed, { id: 'a' }), db.notes.insert({ id: 'x', text: 'twice' })]),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await db.atomically([db.notes.insert({ id: 'n', text: 'kept' }), outbox.add(placed, { id: 'b', n: 1 }), outbox.add(placed, { id: 'b', n: 2 })])
    await eventually(() => expect(short(seen)).toEqual(['b:1', 'b:2']))
    await eventually(async () => expect(await leftovers(db)).toBe(0))
    expect(await db.notes.get({ id: 'x' })).toBeUndefined()
  })

  it('keeps the order in which events of a key were added (seed-requirement 76)', async () => {
    const db = openStore()
    const bus = openBus()
    const outbox = await openOutbox(db, bus)
    const seen = await collect(bus)
    for (let n = 0; n < 60; n++) await db.atomically(['a', 'b', 'c'].map((id) => outbox.add(placed, { id, n })))
    await eventually(() => expect(seen).toHaveLength(180))
    for (const id of ['a', 'b', 'c']) {
      expect(short(seen).filter((each) => each.startsWith(id))).toEqual(Array.from({ length: 60 }, (_, n) => `${id}:${n}`))
    }
  })

  it('fails no write while the bus is away, and publishes everything in order when it is back (seed-requirement 47)', async () => {
    const db = openStore()
    const bus = openBus()
    const seen = await collect(bus)
    let away = true
    const flaky = {
      encode: bus.encode.bind(bus),
      send: async (events: readonly EncodedEvent[]) => {
        if (away) throw new Error('the broker is away')
        await bus.send(events)
      },
    }
    const outbox = await openOutbox(db, flaky)
    for (let n = 0; n < 250; n++) await db.atomically([outbox.add(placed, { id: 'a', n })])
    expect(seen).toEqual([])
    away = false
    await eventually(() => expect(short(seen)).toEqual(Array.from({ length: 250 }, (_, n) => `a:${n}`)))
    await eventually(async () => expect(await leftovers(db)).toBe(0))
  })

  it('publishes again with the same id when the relay dies between publishing and removing (seed-requirement 77)', async () => {
    const db = openStore()
    const bus = openBus()
    const seen = await collect(bus)
    let sends = 0
    const dying = {
      encode: bus.encode.bind(bus),
      send: async (events: readonly EncodedEvent[]) => {
        await bus.send(events)
        if (++sends === 1) throw new Error('died after the broker had it')
      },
    }
    const outbox = await openOutbox(db, dying)
    await db.atomically([outbox.add(placed, { id: 'a' })])
    await eventually(async () => expect(await leftovers(db)).toBe(0))
    await eventually(() => expect(seen).toHaveLength(2))
    expect(new Set(seen).size).toBe(1)
  })

  it('divides the work among relays, and goes on when one closes', async () => {
    const db = openStore()
    const bus = openBus()
    const seen = await collect(bus)
    const senders = [new Set<string>(), new Set<string>()]
    const relays = await Promise.all(
      senders.map((keys) =>
        openOutbox(db, { encode: bus.encode.bind(bus), send: async (events) => (events.forEach((event) => keys.add(event.key)), bus.send(events)) }),
      ),
    )
    const writer = await openOutbox(db, bus, { relay: false })
    const write = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) await db.atomically([writer.add(placed, { id: `k${n}`, n })])
    }
    await eventually(async () => {
      await write(0, 40)
      for (const keys of senders) expect(keys.size).toBeGreaterThan(0)
    })
    await relays[0]?.close()
    await write(100, 140)
    await eventually(() => expect(new Set(short(seen).filter((each) => Number(each.slice(1, 4)) >= 100)).size).toBe(40))
  })

  it('needs start, and synchronous schemas', async () => {
    const db = openStore()
    const bus = openBus()
    const outbox = createOutbox({ store: db, bus })
    expect(() => outbox.add(placed, { id: 'a' })).toThrow('not started')
    await outbox.start()
    const slow = defineEvent('slow', { schema: z.object({}).refine(async () => true), key: () => 'k' })
    expect(() => outbox.add(slow, {})).toThrow('synchronous')
    expect(() => outbox.add(placed, { id: '' })).toThrow('not empty')
    await outbox.close()
    await outbox.close()
    expect(() => outbox.add(placed, { id: 'a' })).toThrow('closed')
  })
})

describe('outbox.commit', () => {
  it('publishes the events of a conditional write if and only if it is applied (seed-requirements 47, 120)', async () => {
    const db = openStore()
    const bus = openBus()
    const outbox = await openOutbox(db, bus)
    const seen = await collect(bus)
    const place = () =>
      outbox.commit(db.orders, { id: 'a' }, [bus.encode(placed, { id: 'a', n: 1 })], (pending) =>
        db.orders.insertIfAbsent({ id: 'a', status: 'open', ...pending.cells }),
      )
    expect(await place()).toEqual({ applied: true })
    expect(await place()).toMatchObject({ applied: false, current: { status: 'open' } })
    const confirm = () =>
      outbox.commit(db.orders, { id: 'a' }, [bus.encode(placed, { id: 'a', n: 2 })], (pending) =>
        db.orders
          .update({ id: 'a' })
          .set({ status: 'confirmed', ...pending.put })
          .if({ status: 'open' }),
      )
    expect((await confirm()).applied).toBe(true)
    expect((await confirm()).applied).toBe(false)
    await eventually(() => expect(short(seen)).toEqual(['a:1', 'a:2']))
    await eventually(async () => expect(await leftovers(db)).toBe(0))
    expect(await db.orders.get({ id: 'a' })).toEqual({ id: 'a', status: 'confirmed', pending_events: null })
  })

  it('publishes what a crash left in the row, and only that (seed-requirement 47)', async () => {
    const db = openStore()
    const bus = openBus()
    const seen = await collect(bus)
    const crashing = await openOutbox(db, bus, { relay: false })
    const die = (): Promise<never> => Promise.reject(new Error('died here'))
    // Dies before the write: nothing was applied, nothing may be published.
    await expect(crashing.commit(db.orders, { id: 'x' }, [bus.encode(placed, { id: 'x' })], (pending) => (void pending.put, die()))).rejects.toThrow(
      'died here',
    )
    // Dies right behind the write: everything must be published.
    await expect(
      crashing.commit(db.orders, { id: 'b' }, [bus.encode(placed, { id: 'b', n: 1 }), bus.encode(placed, { id: 'b', n: 2 })], async (pending) => {
        await db.orders.insertIfAbsent({ id: 'b', status: 'open', ...pending.cells })
        return die()
      }),
    ).rejects.toThrow('died here')
    await crashing.close()
    await openOutbox(db, bus)
    await eventually(() => expect(short(seen)).toEqual(['b:1', 'b:2']))
    expect((await db.orders.get({ id: 'b' }))?.pending_events).toBeNull()
    expect(await leftovers(db)).toBe(1)
  })

  it('refuses a write that does not carry its events, and a table that it was not told of', async () => {
    const db = openStore()
    const bus = openBus()
    const outbox = await openOutbox(db, bus, { rows: [] })
    const events = [bus.encode(placed, { id: 'a' })]
    await expect(outbox.commit(db.orders, { id: 'a' }, events, () => db.orders.insertIfAbsent({ id: 'a', status: 'open' }))).rejects.toThrow(
      "one of option 'rows'",
    )
    const other = await openOutbox(db, bus)
    await expect(other.commit(db.orders, { id: 'a' }, events, () => db.orders.insertIfAbsent({ id: 'a', status: 'open' }))).rejects.toThrow(
      'does not carry its events',
    )
    await expect(other.commit(db.orders, { id: 'a' }, [], () => db.orders.insertIfAbsent({ id: 'a', status: 'open' }))).rejects.toThrow('at least one event')
    expect(await db.orders.get({ id: 'a' })).toBeUndefined()
  })
})
