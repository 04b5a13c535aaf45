import type { SqliteConnection } from '@hanse/core/sqlite'
import { topicMismatch, topicMissing } from '../errors.ts'
import type { EnsureTopicsOptions, LogRecord, OutgoingRecord, TopicSpec } from './event-transport.ts'
import { partitionOf } from './key-hash.ts'

/** A topic as the file knows it. */
export interface StoredTopic {
  readonly id: number
  readonly name: string
  readonly partitions: number
  readonly kind: TopicSpec['kind']
}

/** How long records stay. */
export interface RetentionLimits {
  readonly handledMs: number
  readonly maxMs: number
}

/** The tables of the log; a statement that finds them there does nothing. */
export const logTables = `
  create table if not exists topics (id integer primary key, name text not null unique, partitions integer not null, kind text not null);
  create table if not exists heads (topic integer not null, partition integer not null, next integer not null, primary key (topic, partition)) without rowid;
  create table if not exists records (
    topic integer not null, partition integer not null, offset integer not null, key text, headers text not null, value blob, time integer not null,
    compact_key text, primary key (topic, partition, offset)
  ) without rowid;
  create index if not exists records_by_compact_key on records (topic, partition, compact_key) where compact_key is not null;
`

/** @throws HanseError `TOPIC_MISSING` */
export function findTopic(db: SqliteConnection, name: string): StoredTopic {
  const row = db.prepare('select id, name, partitions, kind from topics where name = ?').get(name)
  if (row === undefined) throw topicMissing(name)
  return { id: Number(row['id']), name, partitions: Number(row['partitions']), kind: row['kind'] === 'events' ? 'events' : 'latest-by-key' }
}

/** Makes a topic, or checks the one that is there. */
export function ensureTopic(db: SqliteConnection, spec: TopicSpec, options: EnsureTopicsOptions): void {
  const row = db.prepare('select partitions from topics where name = ?').get(spec.name)
  if (row !== undefined) {
    if (Number(row['partitions']) !== spec.partitions) throw topicMismatch(spec.name, spec.partitions, Number(row['partitions']))
    return
  }
  if (options.mustExist === true) throw topicMissing(spec.name)
  const { lastInsertRowid } = db.prepare('insert into topics (name, partitions, kind) values (?, ?, ?)').run(spec.name, spec.partitions, spec.kind)
  const head = db.prepare('insert into heads (topic, partition, next) values (?, ?, 0)')
  for (let partition = 0; partition < spec.partitions; partition++) head.run(lastInsertRowid, partition)
}

/** Adds records in order; the caller's transaction makes them one. */
export function appendRecords(db: SqliteConnection, records: readonly OutgoingRecord[], nowMs: number): void {
  const topics = new Map<string, StoredTopic>()
  const nexts = new Map<string, { topic: number; partition: number; next: number }>()
  const insert = db.prepare('insert into records (topic, partition, offset, key, headers, value, time, compact_key) values (?, ?, ?, ?, ?, ?, ?, ?)')
  for (const record of records) {
    let topic = topics.get(record.topic)
    if (topic === undefined) topics.set(record.topic, (topic = findTopic(db, record.topic)))
    const partition = partitionOf(record.key, topic.partitions)
    const compactKey = topic.kind === 'events' ? null : record.key
    if (compactKey !== null) {
      db.prepare('delete from records where topic = ? and partition = ? and compact_key = ?').run(topic.id, partition, compactKey)
      if (record.value === null) continue
    }
    const place = `${topic.id}/${partition}`
    let head = nexts.get(place)
    if (head === undefined) nexts.set(place, (head = { topic: topic.id, partition, next: readNext(db, topic.id, partition) }))
    insert.run(topic.id, partition, head.next++, record.key, JSON.stringify(record.headers), record.value, nowMs, compactKey)
  }
  const advance = db.prepare('update heads set next = ? where topic = ? and partition = ?')
  for (const { topic, partition, next } of nexts.values()) advance.run(next, topic, partition)
}

/** Up to `limit` records from `offset` on; fewer when their payloads pass `maxBytes`, but at least one. */
export function readRecords(db: SqliteConnection, topic: StoredTopic, partition: number, offset: number, limit: number, maxBytes: number): LogRecord[] {
  const statement = db.prepare(
    'select offset, key, headers, value, time from records where topic = ? and partition = ? and offset >= ? order by offset limit ?',
  )
  const records: LogRecord[] = []
  let bytes = 0
  for (const row of statement.iterate(topic.id, partition, offset, limit)) {
    const value = row['value'] instanceof Uint8Array ? row['value'] : null
    bytes += value?.byteLength ?? 0
    if (records.length > 0 && bytes > maxBytes) break
    records.push({
      topic: topic.name,
      partition,
      offset: Number(row['offset']),
      key: typeof row['key'] === 'string' ? row['key'] : null,
      headers: JSON.parse(String(row['headers'])) as Record<string, string>,
      value,
      timeMs: Number(row['time']),
    })
  }
  return records
}

/** The offset that the next record of each partition gets. */
export function readHeads(db: SqliteConnection, topic: StoredTopic): ReadonlyMap<number, number> {
  const rows = db.prepare('select partition, next from heads where topic = ?').all(topic.id)
  return new Map(rows.map((row) => [Number(row['partition']), Number(row['next'])]))
}

/** The offset of the first record that is still there, or of the next one. */
export function readFirst(db: SqliteConnection, topic: StoredTopic, partition: number): number {
  const row = db.prepare('select offset from records where topic = ? and partition = ? order by offset limit 1').get(topic.id, partition)
  return row === undefined ? readNext(db, topic.id, partition) : Number(row['offset'])
}

/**
 * Deletes old records, at most `limit` a call, from the head of each partition: those older than `maxMs`,
 * and those older than `handledMs` that every group of the topic has finished.
 *
 * @returns how many went
 */
export function deleteOld(db: SqliteConnection, limits: RetentionLimits, nowMs: number, limit: number): number {
  const partitions = db
    .prepare(
      `select h.topic, h.partition, (select min(committed) from claims c where c.topic = h.topic and c.partition = h.partition) as handled
       from heads h join topics t on t.id = h.topic where t.kind = 'events'`,
    )
    .all()
  const remove = db.prepare(
    `delete from records where topic = ?1 and partition = ?2 and offset in
       (select offset from records where topic = ?1 and partition = ?2 and (time < ?3 or (time < ?4 and offset < ?5)) order by offset limit ?6)`,
  )
  let left = limit
  for (const row of partitions) {
    if (left <= 0) break
    // A topic that no group reads has nobody to wait for.
    const handled = row['handled'] === null ? Number.MAX_SAFE_INTEGER : Number(row['handled'])
    left -= Number(remove.run(Number(row['topic']), Number(row['partition']), nowMs - limits.maxMs, nowMs - limits.handledMs, handled, left).changes)
  }
  return limit - left
}

function readNext(db: SqliteConnection, topic: number, partition: number): number {
  return Number(db.prepare('select next from heads where topic = ? and partition = ?').get(topic, partition)?.['next'] ?? 0)
}
