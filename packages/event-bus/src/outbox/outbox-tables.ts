import { table } from '@hanse/data'
import { partitionOf } from '../transport/key-hash.ts'

/** How many shares the outbox is divided into; one relay works on a share at a time, so that the order by key is kept. */
export const shardCount = 16

/** How long a time bucket is, in milliseconds. */
export const bucketMs = 300_000

/** Events that wait to be published, in the order of `seq`, a UUIDv7 of the moment of adding. A row goes when its event is published; the partition of an old bucket goes as a whole. */
export const outboxEvents = table('hanse_event_bus_outbox', {
  fields: {
    shard: 'int',
    bucket: 'int',
    seq: 'text',
    id: 'text',
    topic: 'text',
    partitions: 'int',
    event_key: 'text',
    headers: 'map<text, text>',
    value: 'blob',
  },
  key: [['shard', 'bucket'], 'seq'],
  required: ['id', 'topic', 'partitions', 'event_key', 'value'],
})

/** Which buckets of a share may hold events: written before the first event, removed after the last. */
export const outboxBuckets = table('hanse_event_bus_outbox_bucket', {
  fields: { shard: 'int', bucket: 'int', marked: 'boolean' },
  key: [['shard'], 'bucket'],
  required: ['marked'],
})

/** Rows whose own column may hold events of a conditional write. */
export const outboxHints = table('hanse_event_bus_outbox_hint', {
  fields: { shard: 'int', bucket: 'int', id: 'text', table_name: 'text', row_key: 'text', seqs: 'set<text>', written_at: 'timestamp' },
  key: [['shard', 'bucket'], 'id'],
  required: ['table_name', 'row_key', 'written_at'],
})

/** The beats of all relays. */
export const outboxRelays = table('hanse_event_bus_outbox_relay', {
  fields: { room: 'text', id: 'text', beat: 'int' },
  key: [['room'], 'id'],
  required: ['beat'],
})

/** Who works on a share; the epoch rises with every change. */
export const outboxShards = table('hanse_event_bus_outbox_shard', {
  fields: { room: 'text', shard: 'int', owner: 'text', epoch: 'int' },
  key: [['room'], 'shard'],
  required: ['epoch'],
  conditional: true,
})

/**
 * The columns that a table needs for `outbox.commit`: `fields: { …, ...outboxFields }`.
 * Events that a conditional write reports wait there until they are moved to the outbox, a moment later.
 */
export const outboxFields = { pending_events: 'map<text, blob>' } as const

/** The tables that an outbox adds to its store. Where start only verifies, create them with your migrations. */
export const outboxTables = {
  events: outboxEvents,
  buckets: outboxBuckets,
  hints: outboxHints,
  relays: outboxRelays,
  shards: outboxShards,
}

/** The share that a key belongs to. */
export function shardOf(key: string): number {
  return partitionOf(key, shardCount)
}

/** The bucket of a moment. */
export function bucketOf(ms: number): number {
  return Math.floor(ms / bucketMs)
}
