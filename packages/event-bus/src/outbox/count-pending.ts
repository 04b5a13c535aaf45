import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { shardCount } from './outbox-tables.ts'
import type { OutboxRows } from './pending-events.ts'
import type { OutboxStore } from './shard-leases.ts'
import { unpackKey } from './stored-event.ts'

/** Where {@link countPending} looks. */
export interface CountPendingOptions extends AbortOptions {
  readonly store: OutboxStore
  readonly rows: readonly OutboxRows[]
}

/**
 * Counts the events that were stored and are not in the log yet, by their place in the order, which an event keeps on its way.
 * It looks along that way, rows before outbox, so that an event that moves meanwhile is seen in one place or in both, and counted once.
 */
export async function countPending(options: CountPendingOptions): Promise<number> {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard)
  const inRows = new Set((await Promise.all(shards.map((shard) => seqsInRows(options, shard)))).flat())
  const counts = await Promise.all(
    shards.map(async (shard) => {
      const inOutbox = await seqsInOutbox(options, shard)
      for (const seq of inOutbox) inRows.delete(seq)
      return inOutbox.size
    }),
  )
  return counts.reduce((sum, count) => sum + count, inRows.size)
}

/** What waits in the rows that hints name. A hint whose write was not applied names a row without events, and counts nothing. */
async function seqsInRows({ store, rows, signal }: CountPendingOptions, shard: number): Promise<readonly string[]> {
  const named = new Map<string, { readonly table: string; readonly key: string }>()
  for (const bucket of await bucketsOf(store, shard, signal)) {
    for await (const { table_name: table, row_key: key } of store.hints.select({ shard, bucket }, { columns: ['table_name', 'row_key'], ...abort(signal) }))
      named.set(`${table} ${key}`, { table, key })
  }
  const seqs: string[] = []
  for (const { table, key } of named.values()) {
    // Its writer may have died before it was answered: what it left under way is settled first.
    const row = await accessOf(rows, table).get(unpackKey(key) as never, { columns: ['pending_events'], serial: true })
    signal?.throwIfAborted()
    seqs.push(...Object.keys(row?.pending_events ?? {}))
  }
  return seqs
}

/** After a crash an event may stand in two buckets, but never in two shares. */
async function seqsInOutbox({ store, signal }: CountPendingOptions, shard: number): Promise<ReadonlySet<string>> {
  const seqs = new Set<string>()
  for (const bucket of await bucketsOf(store, shard, signal)) {
    for await (const { seq } of store.events.select({ shard, bucket }, { columns: ['seq'], ...abort(signal) })) seqs.add(seq)
  }
  return seqs
}

async function bucketsOf(store: OutboxStore, shard: number, signal: AbortSignal | undefined): Promise<readonly number[]> {
  const marks = await store.buckets.select({ shard }, { columns: ['bucket'], ...abort(signal) })
  return marks.map(({ bucket }) => bucket)
}

function accessOf(rows: readonly OutboxRows[], table: string): OutboxRows {
  const found = rows.find((each) => each.table.name === table)
  if (found !== undefined) return found
  throw new HanseError(`events may wait in table '${table}', which this outbox does not know; name it in option 'rows' of createOutbox.`, {
    code: 'INVALID_ARGUMENT',
    details: { table },
  })
}

function abort(signal: AbortSignal | undefined): AbortOptions {
  return signal === undefined ? {} : { signal }
}
