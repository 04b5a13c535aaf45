import type { AbortOptions, Logger } from '@hanse/core'
import type { LogRecord } from '../transport/event-transport.ts'
import type { GroupClaims, GroupPlan, MemberClaims } from './cooperative-plan.ts'

/**
 * What the transport needs of a client library for Kafka: the narrow port behind which kafkajs stands, so that another library can take its place.
 * Offsets are whole numbers below 2^53. Errors are the library's own; the transport names them.
 */
export interface KafkaClient {
  /** Those of the topics that exist. */
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState>>
  /** Makes topics; one that another made meanwhile is no error. A broker may not know them yet when it resolves. */
  createTopics(topics: readonly NewTopic[]): Promise<void>
  /** Adds records, in order within each partition, once each; resolves when all in-sync replicas have them. One call at a time. */
  send(records: readonly PlacedRecord[]): Promise<void>
  /** The first and the next offset of every partition. */
  endsOf(topic: string): Promise<ReadonlyMap<number, PartitionEnds>>
  /** What a group has committed on a topic; partitions without a commit are left out. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>
  /** The names of all groups. */
  groups(): Promise<readonly string[]>
  /** Becomes a member of a group on one topic. */
  join(options: GroupClientOptions): Promise<GroupClient>
  /** Reads partitions from their first record up to the given ends, outside every group. */
  read(topic: string, ends: ReadonlyMap<number, PartitionEnds>, options: AbortOptions): AsyncIterable<LogRecord>
  close(): Promise<void>
  /** Ends every connection at once, whatever is under way, and refuses new ones: brokers that do not answer cannot hold up an end. */
  hangUp(): void
}

/** A topic as the brokers have it. */
export interface TopicState {
  /** How many partitions it has. */
  readonly partitions: number
  /** Whether each of them has a leader, without which it takes and gives nothing. */
  readonly isLed: boolean
}

/** A topic to make. */
export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly compacted: boolean
}

/** A record and the partition it goes to. */
export interface PlacedRecord {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array | null
  /** About how many bytes it takes in a batch before compression. */
  readonly bytes: number
}

/** The first offset that is there, and the one that the next record gets. */
export interface PartitionEnds {
  readonly low: number
  readonly high: number
}

/** What a member tells its client, and is told by it. None of the functions may throw. */
export interface GroupClientOptions {
  readonly group: string
  readonly topic: string
  readonly partitions: number
  readonly sessionTimeoutMs: number
  readonly logger: Logger
  /** Asked before every join of the group: what the member holds. */
  readonly claims: () => MemberClaims
  /** Shares the partitions out; called in the member that leads the group. */
  readonly plan: (members: ReadonlyMap<string, GroupClaims>) => GroupPlan
  /** A round of the group ended. Called before anything of the new partitions is fetched; they stay paused until they are resumed. */
  readonly joined: (memberId: string, partitions: readonly number[]) => void
  /** Records of a partition, in order. */
  readonly fetched: (partition: number, records: readonly LogRecord[]) => void
  /** A fetch came back, with records or without: the client is alive. */
  readonly alive: () => void
  /** The client is broken for good; a new one must be opened. */
  readonly crashed: (error: Error) => void
}

/** A place in a Kafka group. */
export interface GroupClient {
  /** Commits under the present generation. Rejects when it was not done. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>
  pause(partitions: readonly number[]): void
  /** Goes on, at `offset` when it is given. */
  resume(partition: number, offset?: number): void
  /** Sets where a partition is fetched next. */
  seek(partition: number, offset: number): void
  /** Asks the group for another round, because what this member holds has changed. */
  rejoin(): void
  /** Leaves the group. */
  close(): Promise<void>
}
