import { createIdGenerator, silentLogger, systemClock } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import type {
  AssignedPartition,
  EventTransport,
  JoinOptions,
  LogRecord,
  Membership,
  OutgoingRecord,
  PartitionSink,
  TopicSpec,
  TransportSession,
} from '../transport/event-transport.ts'

/** What a case of the conformance suite runs on: one for each case. */
export interface EventTransportHarness {
  /** The transport under test. Its log may hold other topics and groups, but none that the case knows. */
  readonly transport: EventTransport
  /**
   * A transport on the same log, as another process would open it after all sessions are closed.
   * Needed by cases that require the capability `durable`.
   */
  reopen?(): EventTransport
  /**
   * How long to wait for what must happen, in milliseconds.
   * @defaultValue 10000
   */
  readonly patienceMs?: number
}

/** The helpers that the cases share: unique names, sessions that are closed in the end. */
export class Bench implements AsyncDisposable {
  readonly transport: EventTransport
  readonly #harness: EventTransportHarness
  readonly #generateId = createIdGenerator()
  readonly #sessions: TransportSession[] = []

  constructor(harness: EventTransportHarness) {
    this.#harness = harness
    this.transport = harness.transport
  }

  /** A name that nobody used before. */
  name(prefix: string): string {
    return `${prefix}-${this.#generateId()}`
  }

  async connect(transport: EventTransport = this.transport): Promise<TransportSession> {
    const session = await transport.connect({ clock: systemClock, generateId: this.#generateId, logger: silentLogger })
    this.#sessions.push(session)
    return session
  }

  /** Closes every session and opens the log anew. */
  async reopen(): Promise<TransportSession> {
    await this.closeAll()
    if (this.#harness.reopen === undefined) throw new Error("a harness whose transport is 'durable' must offer reopen()")
    return this.connect(this.#harness.reopen())
  }

  async topic(session: TransportSession, options: Partial<TopicSpec> = {}): Promise<string> {
    const name = options.name ?? this.name('topic')
    await session.ensureTopics([{ partitions: 4, kind: 'events', ...options, name }])
    return name
  }

  wait<T>(check: () => T | Promise<T>): Promise<T> {
    return eventually(check, { timeoutMs: this.#harness.patienceMs ?? 10_000 })
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#sessions.splice(0).map((session) => session.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAll()
  }
}

/** A text record. */
export function textRecord(topic: string, key: string, text: string): OutgoingRecord {
  return { topic, key, headers: {}, value: Buffer.from(text) }
}

/** The text of a record's payload. */
export function textOf(record: LogRecord): string {
  return Buffer.from(record.value ?? []).toString()
}

/** Reads a whole topic. */
export async function readAll(session: TransportSession, topic: string): Promise<LogRecord[]> {
  return Array.fromAsync(session.scan(topic))
}

/** What happened to a {@link ReadingMember}, in order. */
export type MemberEvent = readonly ['assigned' | 'revoked' | 'lost', number]

/** A member of a group that keeps what it is given. */
export interface ReadingMember extends Membership {
  readonly records: LogRecord[]
  readonly events: MemberEvent[]
  /** The partitions that it holds now. */
  readonly held: ReadonlyMap<number, AssignedPartition>
}

/** How a {@link ReadingMember} behaves. */
export interface ReadingOptions extends AbortOptions {
  readonly group: string
  readonly topic: string
  /** @defaultValue 'earliest' */
  readonly from?: JoinOptions['from']
  /**
   * Commits behind every delivery.
   * @defaultValue true
   */
  readonly commit?: boolean
  /** Holds up a delivery. */
  readonly onDeliver?: (records: readonly LogRecord[], partition: number) => Promise<void>
  /** Holds up a revoke. */
  readonly onRevoke?: (partition: number) => Promise<void>
}

/** Joins a group and reads. */
export async function readAs(session: TransportSession, options: ReadingOptions): Promise<ReadingMember> {
  const records: LogRecord[] = []
  const events: MemberEvent[] = []
  const held = new Map<number, AssignedPartition>()
  const sinkOf = (assigned: AssignedPartition): PartitionSink => {
    const { partition } = assigned
    const forget = (): void => {
      if (held.get(partition) === assigned) held.delete(partition)
    }
    return {
      deliver: async (delivered) => {
        records.push(...delivered)
        await options.onDeliver?.(delivered, partition)
        const last = delivered.at(-1)
        if (options.commit !== false && last !== undefined) await assigned.commit(last.offset + 1).catch(() => undefined)
      },
      revoke: async () => {
        await options.onRevoke?.(partition)
        events.push(['revoked', partition])
        forget()
      },
      lost: () => {
        events.push(['lost', partition])
        forget()
      },
    }
  }
  const { group, topic, from = 'earliest', signal } = options
  const membership = await session.join({
    group,
    topic,
    from,
    ...(signal === undefined ? {} : { signal }),
    assigned: (assigned) => {
      events.push(['assigned', assigned.partition])
      held.set(assigned.partition, assigned)
      return sinkOf(assigned)
    },
  })
  return { records, events, held, leave: (abort) => membership.leave(abort) }
}
