import type { SqliteConnection } from '@hanse/core/sqlite'
import { planAssignment } from './assignment-plan.ts'
import type { GroupPosition, JoinOptions } from './event-transport.ts'
import { readFirst, readHeads } from './log-store.ts'
import type { StoredTopic } from './log-store.ts'

/** A group on one topic. */
export interface GroupOnTopic {
  readonly group: string
  readonly topic: StoredTopic
}

/** What the file says about one partition of a group. */
export interface StoredClaim {
  readonly partition: number
  readonly owner: string | undefined
  /** The member that the plan gives it to, when that is not the owner. */
  readonly wanted: string | undefined
  /** Rises with every change of owner: the fencing token. */
  readonly epoch: number
  readonly committed: number
}

/** The tables of consumer groups. `revision` changes whenever a membership or an owner does. */
export const groupTables = `
  create table if not exists revision (only integer primary key check (only = 1), value integer not null);
  insert or ignore into revision values (1, 0);
  create table if not exists sessions (id text primary key, beat integer not null) without rowid;
  create table if not exists members (grp text not null, topic integer not null, id text not null, session text not null, primary key (grp, topic, id)) without rowid;
  create table if not exists claims (
    grp text not null, topic integer not null, partition integer not null, owner text, wanted text, epoch integer not null, committed integer not null,
    primary key (grp, topic, partition)
  ) without rowid;
  create index if not exists claims_by_partition on claims (topic, partition);
`

/** Pins the start of every partition that the group has never read, adds the member and shares out anew. */
export function addMember(db: SqliteConnection, at: GroupOnTopic, member: string, session: string, from: JoinOptions['from']): void {
  const heads = readHeads(db, at.topic)
  const pin = db.prepare('insert or ignore into claims (grp, topic, partition, owner, wanted, epoch, committed) values (?, ?, ?, null, null, 0, ?)')
  for (const [partition, next] of heads) pin.run(at.group, at.topic.id, partition, from === 'latest' ? next : readFirst(db, at.topic, partition))
  db.prepare('insert or ignore into members (grp, topic, id, session) values (?, ?, ?, ?)').run(at.group, at.topic.id, member, session)
  rebalance(db, at)
}

/** Removes a member, frees what it held and shares out anew. */
export function removeMember(db: SqliteConnection, at: GroupOnTopic, member: string): void {
  db.prepare('delete from members where grp = ? and topic = ? and id = ?').run(at.group, at.topic.id, member)
  rebalance(db, at)
}

/** Gives a drained partition back, if it is still the member's. */
export function releaseClaim(db: SqliteConnection, at: GroupOnTopic, partition: number, owner: string, epoch: number): void {
  db.prepare('update claims set owner = null where grp = ? and topic = ? and partition = ? and owner = ? and epoch = ?').run(
    at.group,
    at.topic.id,
    partition,
    owner,
    epoch,
  )
  rebalance(db, at)
}

/** Moves the committed offset forward; `false` when the partition has another owner or epoch by now. */
export function commitOffset(db: SqliteConnection, at: GroupOnTopic, partition: number, owner: string, epoch: number, offset: number): boolean {
  const statement = db.prepare('update claims set committed = max(committed, ?) where grp = ? and topic = ? and partition = ? and owner = ? and epoch = ?')
  return Number(statement.run(offset, at.group, at.topic.id, partition, owner, epoch).changes) === 1
}

/** All partitions of a group on a topic. */
export function readClaims(db: SqliteConnection, at: GroupOnTopic): StoredClaim[] {
  const rows = db
    .prepare('select partition, owner, wanted, epoch, committed from claims where grp = ? and topic = ? order by partition')
    .all(at.group, at.topic.id)
  return rows.map((row) => ({
    partition: Number(row['partition']),
    owner: typeof row['owner'] === 'string' ? row['owner'] : undefined,
    wanted: typeof row['wanted'] === 'string' ? row['wanted'] : undefined,
    epoch: Number(row['epoch']),
    committed: Number(row['committed']),
  }))
}

/** Where the group stands on all its topics. */
export function readPositions(db: SqliteConnection, group: string): GroupPosition[] {
  const rows = db
    .prepare(
      `select t.name, c.partition, c.committed, h.next from claims c join topics t on t.id = c.topic
       join heads h on h.topic = c.topic and h.partition = c.partition where c.grp = ? order by t.name, c.partition`,
    )
    .all(group)
  return rows.map((row) => ({ topic: String(row['name']), partition: Number(row['partition']), committed: Number(row['committed']), end: Number(row['next']) }))
}

/** Changes whenever a membership or an owner does. */
export function readRevision(db: SqliteConnection): number {
  return Number(db.prepare('select value from revision').get()?.['value'])
}

/** The beat counter of every session. */
export function readBeats(db: SqliteConnection): ReadonlyMap<string, number> {
  return new Map(
    db
      .prepare('select id, beat from sessions')
      .all()
      .map((row) => [String(row['id']), Number(row['beat'])]),
  )
}

/** Registers a session, if it is not there. */
export function addSession(db: SqliteConnection, id: string): void {
  db.prepare('insert or ignore into sessions (id, beat) values (?, 0)').run(id)
}

/** Counts one beat; `false` when others have taken the session for dead. */
export function beatSession(db: SqliteConnection, id: string): boolean {
  return Number(db.prepare('update sessions set beat = beat + 1 where id = ?').run(id).changes) === 1
}

/** Removes a session and all its members; with `ifBeat`, only when it has not beaten since. */
export function removeSession(db: SqliteConnection, id: string, ifBeat?: number): boolean {
  const removed =
    ifBeat === undefined
      ? db.prepare('delete from sessions where id = ?').run(id)
      : db.prepare('delete from sessions where id = ? and beat = ?').run(id, ifBeat)
  if (Number(removed.changes) === 0) return false
  const places = db.prepare('select distinct m.grp, m.topic, t.name, t.partitions from members m join topics t on t.id = m.topic where m.session = ?').all(id)
  db.prepare('delete from members where session = ?').run(id)
  for (const row of places) {
    const topic: StoredTopic = { id: Number(row['topic']), name: String(row['name']), partitions: Number(row['partitions']), kind: 'events' }
    rebalance(db, { group: String(row['grp']), topic })
  }
  return true
}

/** Compares owners with the plan: free partitions are given at once, held ones are marked as wanted. */
function rebalance(db: SqliteConnection, at: GroupOnTopic): void {
  const members = db
    .prepare('select id from members where grp = ? and topic = ?')
    .all(at.group, at.topic.id)
    .map((row) => String(row['id']))
  const alive = new Set(members)
  const claims = readClaims(db, at).map((claim) => ({ ...claim, holder: claim.owner !== undefined && alive.has(claim.owner) ? claim.owner : undefined }))
  const plan = planAssignment(
    claims.map(({ partition, holder }) => ({ partition, owner: holder })),
    members,
  )
  const give = db.prepare('update claims set owner = ?, wanted = null, epoch = epoch + 1 where grp = ? and topic = ? and partition = ?')
  const want = db.prepare('update claims set wanted = ? where grp = ? and topic = ? and partition = ?')
  for (const { partition, holder, owner, wanted } of claims) {
    const target = plan.get(partition)
    if (holder === undefined) {
      if (target !== undefined || owner !== undefined) give.run(target ?? null, at.group, at.topic.id, partition)
    } else {
      const next = target === holder ? undefined : target
      if (next !== wanted) want.run(next ?? null, at.group, at.topic.id, partition)
    }
  }
  db.prepare('update revision set value = value + 1').run()
}
