import type { AbortOptions, Clock, GenerateId, Logger } from '@hanse/core'

/** What a transport may declare; a case of the conformance suite names what it needs. */
export const transportCapabilities = ['atomic-append', 'durable', 'compaction'] as const

/**
 * - `atomic-append`: an append of records to several partitions is kept as a whole or not at all
 * - `durable`: records and offsets outlive every session, and the process
 * - `compaction`: in a topic of kind `latest-by-key`, older records of a key go away by themselves
 */
export type TransportCapability = (typeof transportCapabilities)[number]

/**
 * A partitioned, durable log with consumer groups: what the bus needs of a broker.
 *
 * Creating one does no I/O. Several buses may connect to one transport; each gets a session of its own.
 */
export interface EventTransport {
  /** Names the technology in errors and traces: `embedded`, `kafka`. */
  readonly name: string
  /** What this transport can do beyond the contract of {@link TransportSession}. */
  readonly capabilities: readonly TransportCapability[]
  /** Opens a session; the session stands for one process in the eyes of other members. */
  connect(options: ConnectOptions): Promise<TransportSession>
}

/** What a bus gives to the transport it connects to. */
export interface ConnectOptions extends AbortOptions {
  /** The only source of time. */
  readonly clock: Clock
  /** Makes unique ids for sessions and members. */
  readonly generateId: GenerateId
  /** Where background failures are reported. */
  readonly logger: Logger
}

/**
 * One connection to the log. Errors are `HanseError`s with the driver's error as cause; an abort rejects with the signal's reason.
 */
export interface TransportSession {
  /**
   * Makes topics that do not exist, and checks those that do. Idempotent; safe when several processes do it at once.
   * @throws HanseError `TOPIC_MISMATCH`; `TOPIC_MISSING` with `mustExist`
   */
  ensureTopics(topics: readonly TopicSpec[], options?: EnsureTopicsOptions): Promise<void>
  /**
   * Adds records; resolves when all of them are durable.
   *
   * Ordering: records of one key go to one partition, in the order of the array and of the calls.
   * The partition is {@link partitionOf} the key, on every transport.
   * Atomicity: each partition's share at least; everything with the capability `atomic-append`.
   * Idempotency: a retry inside the transport adds nothing twice; a repeated call does.
   * Abort: before the records are handed over nothing is added; afterwards the outcome is unknown.
   * @throws HanseError `TOPIC_MISSING`
   */
  append(records: readonly OutgoingRecord[], options?: AbortOptions): Promise<void>
  /**
   * Becomes a member of a group on one topic; resolves when the start offset of every partition is pinned,
   * so that every record added from then on is delivered to some member.
   *
   * Each partition belongs to at most one member at a time; what a dead member held goes to others within seconds.
   * Records of a partition are delivered in order, from the committed offset on, at least once.
   * @throws HanseError `TOPIC_MISSING`
   */
  join(options: JoinOptions): Promise<Membership>
  /**
   * Reads a topic from its first record to the record that is last when reading begins, outside every group.
   * Order holds within a partition. With the capability `compaction` replaced records may be left out.
   */
  scan(topic: string, options?: AbortOptions): AsyncIterable<LogRecord>
  /** Where a group stands on every topic that it has joined; empty for an unknown group. */
  positions(group: string, options?: AbortOptions): Promise<readonly GroupPosition[]>
  /**
   * Leaves all groups (without draining: leave memberships first), releases the connection. Idempotent.
   */
  close(options?: AbortOptions): Promise<void>
}

/** A topic as it must be. */
export interface TopicSpec {
  /** Letters, digits, dots, hyphens and underscores; at most 249 characters. */
  readonly name: string
  /** How many partitions, from 1 to 1024. */
  readonly partitions: number
  /**
   * `events` keeps every record for as long as the transport's retention says;
   * `latest-by-key` keeps the last record of each key for ever, and none after a record with the value `null`.
   */
  readonly kind: 'events' | 'latest-by-key'
}

/** Options of {@link TransportSession.ensureTopics}. */
export interface EnsureTopicsOptions extends AbortOptions {
  /**
   * Fails on a missing topic instead of making it.
   * @defaultValue false
   */
  readonly mustExist?: boolean
}

/** A record on its way into the log. */
export interface OutgoingRecord {
  /** The topic; it must exist. */
  readonly topic: string
  /** Decides the partition. */
  readonly key: string
  /** Text headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The payload; `null` removes the key from a `latest-by-key` topic. */
  readonly value: Uint8Array | null
}

/** A record as it stands in the log. */
export interface LogRecord {
  /** The topic it stands in. */
  readonly topic: string
  /** From 0. */
  readonly partition: number
  /** Its place in the partition; rises strictly, may leave gaps. A whole number below 2^53. */
  readonly offset: number
  /** `null` only for records that others wrote without a key. */
  readonly key: string | null
  /** Text headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The payload. */
  readonly value: Uint8Array | null
  /** When it was added, by the log's wall clock, in milliseconds since the Unix epoch. */
  readonly timeMs: number
}

/** Options of {@link TransportSession.join}. */
export interface JoinOptions extends AbortOptions {
  /** The group; its members share the topic's partitions. */
  readonly group: string
  /** The topic; it must exist. */
  readonly topic: string
  /** Where a group begins in a partition that it has never read. */
  readonly from: 'earliest' | 'latest'
  /** Called for each partition that this member receives; must not throw. */
  readonly assigned: (partition: AssignedPartition) => PartitionSink
}

/** A partition that belongs to this member until its sink is told otherwise. */
export interface AssignedPartition {
  /** The topic. */
  readonly topic: string
  /** From 0. */
  readonly partition: number
  /** The offset that the next record has at least: where the group stands. */
  readonly offset: number
  /**
   * Says that everything before `offset` is done; resolves when that is durable. Never moves backwards. May be called often.
   * @throws HanseError `PARTITION_LOST` when the partition belongs to somebody else by now; nothing changes then
   */
  commit(offset: number): Promise<void>
  /**
   * Called before each attempt at a record, so it must be quick. Calls the sink's `lost` when this process stood still for so long that the partition
   * may belong to somebody else, which nobody has told it yet.
   */
  confirm(): void
}

/** What takes the records of one assigned partition. None of its calls may reject. */
export interface PartitionSink {
  /** Takes records in order; the next ones come when the promise has resolved, which is the back-pressure. */
  deliver(records: readonly LogRecord[]): Promise<void>
  /** The partition is wanted elsewhere: finish what runs, commit, resolve. The transport waits before it lets go. */
  revoke(): Promise<void>
  /** The partition is gone already: stop at once. */
  lost(): void
}

/** A place in a group. */
export interface Membership {
  /** Revokes every partition, then leaves, so that others take over at once. Aborting skips the wait for the sinks. */
  leave(options?: AbortOptions): Promise<void>
}

/** Where a group stands in one partition. */
export interface GroupPosition {
  /** The topic. */
  readonly topic: string
  /** From 0. */
  readonly partition: number
  /** The first offset that is not known to be done. */
  readonly committed: number
  /** The offset that the next record will get. */
  readonly end: number
}
