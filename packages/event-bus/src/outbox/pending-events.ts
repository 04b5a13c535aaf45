import { HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions, Clock, GenerateId, Logger } from '@hanse/core'
import { putEntries, removeEntries } from '@hanse/data'
import type { MapPut, MapRemove, RowOf } from '@hanse/data'
import type { EncodedEvent } from '../event/bus-event.ts'
import { shardOf } from './outbox-tables.ts'
import type { outboxHints } from './outbox-tables.ts'
import type { OutboxStore } from './shard-leases.ts'
import { packEvent, packKey, toOutboxRow, unpackEvent, unpackKey } from './stored-event.ts'
import type { TimeBuckets } from './time-buckets.ts'

type Hint = RowOf<(typeof outboxHints)['definition']>
type Packed = Readonly<Record<string, Uint8Array>>

/** Access to a table that has the columns `outboxFields`: `db.orders`. */
export interface OutboxRows {
  /** The declared table. */
  readonly table: { readonly name: string }
  /** Reads a row. */
  get(
    key: never,
    options: { readonly columns: readonly ['pending_events']; readonly serial?: boolean },
  ): PromiseLike<{ readonly pending_events: Packed | null } | undefined>
  /** Changes a row. */
  update(key: never): { set(values: { readonly pending_events: MapRemove<string> }): { ifExists(): PromiseLike<unknown> } }
}

/** What a conditional write must carry for its events; use the one that fits the statement. */
export interface PendingEvents {
  /** For `update(…).set({ …, ...pending.put })`. */
  readonly put: { readonly pending_events: MapPut<Packed> }
  /** For `insertIfAbsent({ …, ...pending.cells })`. */
  readonly cells: { readonly pending_events: Packed }
}

/** What {@link createPendingMover} works with. */
export interface PendingMoverOptions {
  readonly store: OutboxStore
  readonly rows: readonly OutboxRows[]
  readonly buckets: TimeBuckets
  readonly clock: Clock
  readonly generateId: GenerateId
  readonly logger: Logger
  /** Called when events of a share have been added. */
  readonly added: (shard: number) => void
}

/** The way of events from a row that was written conditionally to the outbox. */
export interface PendingMover {
  /** Hint, conditional write, move. The move goes on behind the answer; {@link PendingMover.idle} waits for it. */
  commit<R extends { readonly applied: boolean }>(
    rows: OutboxRows,
    key: Readonly<Record<string, unknown>>,
    events: readonly EncodedEvent[],
    write: (pending: PendingEvents) => PromiseLike<R>,
    abort: AbortOptions,
  ): Promise<R>
  /** Settles what a crash left behind a hint. */
  resolve(hint: Hint): Promise<void>
  /** Resolves when no move is under way. */
  idle(): Promise<void>
}

/** A hint whose events are not found is kept this long, because its write may still come. */
const hintHorizonMs = 600_000

/** Makes a {@link PendingMover}. */
export function createPendingMover(options: PendingMoverOptions): PendingMover {
  const { store, clock, generateId, logger, buckets } = options
  const byTable = new Map(options.rows.map((rows) => [rows.table.name, rows]))
  const moves = new Set<Promise<void>>()

  const move = async (rows: OutboxRows, key: Readonly<Record<string, unknown>>, serial = false): Promise<readonly string[]> => {
    // The key came from the caller of `commit`, who was held to the table's own key type.
    const row = await rows.get(key as never, { columns: ['pending_events'], serial })
    const pending = Object.entries(row?.pending_events ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
    if (pending.length === 0) return []
    const bucket = buckets.current()
    const added = pending.map(([seq, packed]) => {
      const event = unpackEvent(packed)
      return toOutboxRow(event, shardOf(event.key), bucket, seq)
    })
    await store.atomically(added.map((each) => store.events.insert(each)))
    const seqs = pending.map(([seq]) => seq)
    await rows
      .update(key as never)
      .set({ pending_events: removeEntries(seqs) })
      .ifExists()
    for (const shard of new Set(added.map((each) => each.shard))) options.added(shard)
    return seqs
  }
  const forget = async ({ shard, bucket, id }: Pick<Hint, 'shard' | 'bucket' | 'id'>): Promise<void> => {
    await store.hints.delete({ shard, bucket, id })
  }
  /** The hint stands for whatever fails here; a relay does it again. */
  const inBackground = (work: Promise<void>): void => {
    const tracked = work
      .catch((error: unknown) => logger.warn({ err: error }, 'events of a conditional write could not be moved yet; a relay does it'))
      .finally(() => void moves.delete(tracked))
    moves.add(tracked)
  }

  return {
    async commit(rows, key, events, write, abort) {
      if (byTable.get(rows.table.name) === undefined)
        throw invalidArgument('the table of commit', `one of option 'rows' of createOutbox (${[...byTable.keys()].join(', ') || 'none'})`, rows.table.name)
      if (events.length === 0) throw invalidArgument('the events of commit', 'at least one event; without events, await the write itself', events)
      const entries = Object.fromEntries(events.map((event) => [generateId(), packEvent(event)]))
      const statement = carrying(entries, write)
      const row_key = packKey(key)
      const hint = { shard: shardOf(`${rows.table.name} ${row_key}`), bucket: buckets.current(), id: generateId() }
      await store.hints.insert({ ...hint, table_name: rows.table.name, row_key, seqs: Object.keys(entries), written_at: new Date(clock.now()) }, abort)
      // When this rejects the outcome is unknown, and the hint stays.
      const result = await statement
      inBackground(result.applied ? move(rows, key).then(() => forget(hint)) : forget(hint))
      return result
    },
    async resolve(hint) {
      const rows = byTable.get(hint.table_name)
      if (rows === undefined) {
        logger.error({ table: hint.table_name }, "events wait in a table that this outbox does not know; name it in its option 'rows'")
        return
      }
      // The writer may have died before it was answered: what it left under way is settled first.
      const moved = new Set(await move(rows, unpackKey(hint.row_key), true))
      const all = (hint.seqs ?? []).every((seq) => moved.has(seq))
      if (all || clock.now() - hint.written_at.getTime() > hintHorizonMs) await forget(hint)
    },
    async idle() {
      while (moves.size > 0) await Promise.all(moves)
    },
  }
}

/** Builds the write, and insists that it carries the events. */
function carrying<R>(entries: Packed, write: (pending: PendingEvents) => PromiseLike<R>): PromiseLike<R> {
  let carried = false
  const use = <T>(value: T): T => {
    carried = true
    return value
  }
  const statement = write({
    get put() {
      return use({ pending_events: putEntries(entries) })
    },
    get cells() {
      return use({ pending_events: entries })
    },
  })
  if (carried) return statement
  throw new HanseError('the write given to commit() does not carry its events: put `...pending.put` into set(), or `...pending.cells` into the row.', {
    code: 'INVALID_ARGUMENT',
  })
}
