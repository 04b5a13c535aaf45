import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { eventually } from '@hanse/core/testing'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import { z } from 'zod'
import { createEventBus, createOutbox, defineEvent, embedded, outboxFields } from '../index.ts'
import type { EncodedEvent, EventBus, Outbox, OutboxOptions } from '../index.ts'
import { outboxTables } from './outbox-tables.ts'

const orders = table('pending_orders', { fields: { id: 'text', status: 'text', ...outboxFields }, key: ['id'], required: ['status'], conditional: true })
const notes = table('pending_notes', { fields: { id: 'text', text: 'text' }, key: ['id'] })
const placed = defineEvent('order.placed', { schema: z.object({ id: z.string() }), key: (order) => order.id })

const died = new Error('died here')
/** A write with these options never reaches the store. */
const dead = { signal: AbortSignal.abort(died) }

/** The tables of {@link pendingCases}. */
export const pendingTables = { orders, notes }

/** A store for one case: empty when the case begins. */
export type PendingStore = Database<typeof pendingTables>

/** What `outbox.pending()` promises, for any engine. */
export const pendingCases: readonly { readonly name: string; readonly run: (db: PendingStore) => Promise<void> }[] = [
  {
    name: 'counts what was stored, beside plain writes and in rows of conditional ones, and nothing else',
    run: (db) =>
      withParts(db, async ({ bus, writer }) => {
        equal(await writer.pending(), 0)
        void writer.add(placed, { id: 'never-awaited' })
        for (let n = 0; n < 20; n++) await db.atomically([db.notes.insert({ id: `n${n}`, text: 'kept' }), writer.add(placed, { id: `n${n}` })])
        equal(await writer.pending(), 20)
        const place = (id: string) =>
          writer.commit(db.orders, { id }, [bus.encode(placed, { id }), bus.encode(placed, { id })], (pending) =>
            db.orders.insertIfAbsent({ id, status: 'open', ...pending.cells }),
          )
        for (let n = 0; n < 5; n++) equal((await place(`o${n}`)).applied, true)
        equal((await place('o0')).applied, false)
        equal(await writer.pending(), 30)
      }),
  },
  {
    name: 'counts what a crash left in a row before it was moved, and once what it left in two places',
    run: (db) =>
      withParts(db, async ({ bus, writer }) => {
        const events = (id: string): EncodedEvent[] => [bus.encode(placed, { id }), bus.encode(placed, { id })]
        // Before the write: nothing is there to be published.
        await rejects(
          writer.commit(db.orders, { id: 'x' }, events('x'), (pending) => db.orders.insertIfAbsent({ id: 'x', status: 'open', ...pending.cells }, dead)),
          /died here/,
        )
        equal(await writer.pending(), 0)
        // Right behind it: two events wait in the row.
        await rejects(
          writer.commit(db.orders, { id: 'a' }, events('a'), (pending) => {
            const write = db.orders.insertIfAbsent({ id: 'a', status: 'open', ...pending.cells })
            // Runs when it is awaited, as every statement does: the hint must come first.
            return { then: (settle, refuse) => write.then(() => Promise.reject<{ applied: boolean }>(died)).then(settle, refuse) }
          }),
          /died here/,
        )
        equal(await writer.pending(), 2)
        // Between adding them to the outbox and removing them from the row.
        const own = db.extend(outboxTables)
        const row = await db.orders.get({ id: 'a' })
        const [seq = ''] = Object.keys(row?.pending_events ?? {})
        const [event] = events('a')
        ok(event !== undefined)
        const copy = { shard: 3, seq, id: event.id, topic: event.topic, partitions: event.partitions, event_key: event.key, headers: {}, value: event.value }
        const [mark] = await own.buckets.select({ shard: 3 })
        const bucket = mark?.bucket ?? 0
        await own.events.insert({ ...copy, bucket })
        await own.events.insert({ ...copy, bucket: bucket + 1 })
        equal(await writer.pending(), 2)
      }),
  },
  {
    name: 'falls to 0 when a relay has published, and says so without being started or writing anything',
    run: (db) =>
      withParts(db, async ({ bus, writer, open }) => {
        for (let n = 0; n < 30; n++) await db.atomically([writer.add(placed, { id: `n${n}` })])
        await writer.commit(db.orders, { id: 'a' }, [bus.encode(placed, { id: 'a' })], (pending) =>
          db.orders.insertIfAbsent({ id: 'a', status: 'open', ...pending.cells }),
        )
        const looker = open({ relay: false })
        const before = await marksOf(db)
        equal(await looker.pending(), 31)
        deepEqual(await marksOf(db), before)
        const seen = new Set<string>()
        await bus.subscribe(placed, { group: 'reader', from: 'earliest' }, ({ id }) => void seen.add(id))
        await open({}).start()
        await eventually(async () => equal(await looker.pending(), 0), { timeoutMs: 30_000, everyMs: 50 })
        await eventually(() => equal(seen.size, 31))
        await looker.close()
        await rejects(looker.pending(), { code: 'CLOSED' })
      }),
  },
  {
    name: 'counts what could not be handed over while the bus is away',
    run: (db) =>
      withParts(db, async ({ bus, open }) => {
        let sent = 0
        const away: OutboxOptions['bus'] = {
          encode: bus.encode.bind(bus),
          send: () => {
            sent++
            return Promise.reject(new Error('the broker is away'))
          },
        }
        const outbox = open({ bus: away })
        await outbox.start()
        for (let n = 0; n < 7; n++) await db.atomically([outbox.add(placed, { id: `n${n}` })])
        await eventually(() => ok(sent > 0))
        equal(await outbox.pending(), 7)
      }),
  },
  {
    name: 'refuses to count around a table that it was not told of, and stops when it is told to',
    run: (db) =>
      withParts(db, async ({ bus, writer, open }) => {
        const aborted = AbortSignal.abort(new Error('enough'))
        await rejects(writer.pending({ signal: aborted }), /enough/)
        await rejects(
          writer.commit(db.orders, { id: 'x' }, [bus.encode(placed, { id: 'x' })], (pending) =>
            db.orders.insertIfAbsent({ id: 'x', status: 'open', ...pending.cells }, dead),
          ),
          /died here/,
        )
        await rejects(open({ rows: [] }).pending(), { code: 'INVALID_ARGUMENT', message: /pending_orders.*option 'rows'/ })
      }),
  },
]

interface Parts {
  readonly bus: EventBus
  /** Started, and publishes nothing. */
  readonly writer: Outbox
  readonly open: (options: Partial<OutboxOptions>) => Outbox
}

async function withParts(db: PendingStore, run: (parts: Parts) => Promise<void>): Promise<void> {
  await using bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'shop' })
  const opened: Outbox[] = []
  const open = (options: Partial<OutboxOptions>): Outbox => {
    const outbox = createOutbox({ store: db, bus, rows: [db.orders], pollEveryMs: 10, sweepEveryMs: 20, takeoverMs: 250, ...options })
    opened.push(outbox)
    return outbox
  }
  try {
    const writer = open({ relay: false })
    await writer.start()
    await run({ bus, writer, open })
  } finally {
    for (const outbox of opened) await outbox.close({ signal: AbortSignal.timeout(5_000) })
  }
}

async function marksOf(db: PendingStore): Promise<unknown> {
  const own = db.extend(outboxTables)
  return Promise.all(Array.from({ length: 16 }, (_, shard) => own.buckets.select({ shard })))
}
