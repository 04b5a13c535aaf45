import { backoffMs, createLifecycle, raceAbort, resolveBackoff, systemRandom } from '@hanse/core'
import type { AbortOptions, Lifecycle } from '@hanse/core'
import { topicMismatch, topicMissing } from '../errors.ts'
import type {
  ConnectOptions,
  EnsureTopicsOptions,
  GroupPosition,
  JoinOptions,
  LogRecord,
  Membership,
  OutgoingRecord,
  TopicSpec,
  TransportSession,
} from '../transport/event-transport.ts'
import { partitionOf } from '../transport/key-hash.ts'
import { AppendQueue } from './append-queue.ts'
import type { KafkaClient, NewTopic, PlacedRecord, TopicState } from './kafka-client.ts'
import { engineFailed } from './kafka-failures.ts'
import { KafkaMember } from './kafka-member.ts'
import { bytesOf } from './record-size.ts'

/** How long a question is asked again, where a broker has just died or has not heard of something yet. */
const patienceMs = 15_000
const pause = resolveBackoff({ initialMs: 50, maxMs: 1_000 })

/** What a {@link KafkaSession} works with. */
export interface KafkaSessionOptions extends ConnectOptions {
  readonly client: KafkaClient
  readonly sessionTimeoutMs: number
  readonly maxRecordBytes: number
}

/** One connection of a bus to Kafka. */
export class KafkaSession implements TransportSession {
  readonly #options: KafkaSessionOptions
  readonly #client: KafkaClient
  readonly #queue: AppendQueue
  readonly #partitions = new Map<string, number>()
  readonly #members = new Set<KafkaMember>()
  readonly #lifecycle: Lifecycle

  constructor(options: KafkaSessionOptions) {
    this.#options = options
    this.#client = options.client
    this.#queue = new AppendQueue((records) => this.#client.send(records), options.maxRecordBytes)
    this.#lifecycle = createLifecycle({ subject: 'the session of the Kafka transport', stop: (abort) => this.#stop(abort) })
  }

  async ensureTopics(topics: readonly TopicSpec[], options: EnsureTopicsOptions = {}): Promise<void> {
    this.#lifecycle.assertOpen()
    options.signal?.throwIfAborted()
    const unknown = topics.map(({ name }) => name).filter((name) => !this.#partitions.has(name))
    if (unknown.length > 0) await this.#lookUp(unknown, options)
    const missing = topics.filter(({ name }) => !this.#partitions.has(name))
    if (missing[0] !== undefined) {
      if (options.mustExist === true) throw topicMissing(missing[0].name)
      const wanted = missing.map(({ name, partitions, kind }) => ({ name, partitions, compacted: kind === 'latest-by-key' }))
      await this.#make(wanted, options)
    }
    for (const { name, partitions } of topics) {
      const found = this.#partitions.get(name)
      if (found === undefined) throw topicMissing(name)
      if (found !== partitions) throw topicMismatch(name, partitions, found)
    }
  }

  async append(records: readonly OutgoingRecord[], options: AbortOptions = {}): Promise<void> {
    this.#lifecycle.assertOpen()
    options.signal?.throwIfAborted()
    if (records.length === 0) return
    const unknown = [...new Set(records.map(({ topic }) => topic))].filter((topic) => !this.#partitions.has(topic))
    if (unknown.length > 0) await this.#lookUp(unknown, options)
    const placed = records.map((record): PlacedRecord => ({
      ...record,
      partition: partitionOf(record.key, this.#partitionsOf(record.topic)),
      bytes: bytesOf(record),
    }))
    await raceAbort(this.#queue.append(placed, options), options.signal)
  }

  async join(join: JoinOptions): Promise<Membership> {
    this.#lifecycle.assertOpen()
    const { clock, logger, sessionTimeoutMs, signal } = { ...this.#options, signal: join.signal }
    if (!this.#partitions.has(join.topic)) await this.#lookUp([join.topic], join)
    const member = new KafkaMember({
      client: this.#client,
      join,
      group: groupName(join.group, join.topic),
      partitions: this.#partitionsOf(join.topic),
      sessionTimeoutMs,
      clock,
      logger,
      left: (gone) => void this.#members.delete(gone),
    })
    this.#members.add(member)
    try {
      await member.enter(signal === undefined ? {} : { signal })
      return member
    } catch (error) {
      this.#members.delete(member)
      await member.drop()
      throw error
    }
  }

  async *scan(topic: string, options: AbortOptions = {}): AsyncIterable<LogRecord> {
    this.#lifecycle.assertOpen()
    if (!this.#partitions.has(topic)) await this.#lookUp([topic], options)
    this.#partitionsOf(topic)
    const ends = await this.#ask(`read topic '${topic}'`, () => this.#client.endsOf(topic), options)
    yield* this.#client.read(topic, ends, options)
  }

  async positions(group: string, options: AbortOptions = {}): Promise<readonly GroupPosition[]> {
    this.#lifecycle.assertOpen()
    options.signal?.throwIfAborted()
    const names = await this.#ask('list its groups', () => this.#client.groups(), options)
    const topics = names.flatMap((name) => topicOf(group, name) ?? []).toSorted()
    const positions = await Promise.all(
      topics.map((topic) => this.#ask(`read the offsets of group '${group}'`, () => this.#positionsOn(group, topic), options)),
    )
    return positions.flat()
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  async #positionsOn(group: string, topic: string): Promise<readonly GroupPosition[]> {
    const [committed, ends] = await Promise.all([this.#client.committed(groupName(group, topic), topic), this.#client.endsOf(topic)])
    return [...committed]
      .toSorted(([a], [b]) => a - b)
      .map(([partition, offset]) => ({ topic, partition, committed: offset, end: Math.max(offset, ends.get(partition)?.high ?? offset) }))
  }

  /** Makes topics, and waits until the brokers have told each other of them and each partition has its leader. */
  async #make(topics: readonly NewTopic[], options: AbortOptions): Promise<void> {
    const { clock } = this.#options
    await this.#ask('make topics', () => this.#client.createTopics(topics), options)
    const until = clock.monotonic() + patienceMs
    for (let attempt = 1; ; attempt++) {
      const found = await this.#lookUp(
        topics.map(({ name }) => name),
        options,
      )
      if (topics.every(({ name }) => found.get(name)?.isLed === true) || clock.monotonic() >= until) return
      await clock.sleep(backoffMs(pause, attempt, systemRandom), options)
    }
  }

  async #lookUp(topics: readonly string[], options: AbortOptions): Promise<ReadonlyMap<string, TopicState>> {
    const found = await this.#ask('look topics up', () => this.#client.describeTopics(topics), options)
    for (const [topic, { partitions }] of found) this.#partitions.set(topic, partitions)
    return found
  }

  async #ask<T>(subject: string, question: () => Promise<T>, options: AbortOptions): Promise<T> {
    const { clock } = this.#options
    const until = clock.monotonic() + patienceMs
    for (let attempt = 1; ; attempt++) {
      try {
        return await question()
      } catch (error) {
        const failure = engineFailed(subject, error)
        if (!failure.retryable || clock.monotonic() >= until) throw failure
      }
      await clock.sleep(backoffMs(pause, attempt, systemRandom), options)
      this.#lifecycle.assertOpen()
    }
  }

  #partitionsOf(topic: string): number {
    const count = this.#partitions.get(topic)
    if (count === undefined) throw topicMissing(topic)
    return count
  }

  /** Brokers that are gone, or that hold their connections open and are silent, would be waited for by the client for as long as it tries again. */
  async #stop({ signal }: AbortOptions): Promise<void> {
    try {
      await raceAbort(this.#end(), signal)
    } catch (error) {
      if (signal?.aborted !== true) throw error
      this.#client.hangUp()
    }
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.drop()))
    this.#members.clear()
    await this.#queue.drained()
    await this.#client.close()
  }
}

// A group on several topics is a group of Kafka for each: members of one need not know the topics of the others, and a change on one topic
// moves nothing on another. No topic has a slash in its name.
function groupName(group: string, topic: string): string {
  return `${group}/${topic}`
}

function topicOf(group: string, name: string): string | undefined {
  const prefix = `${group}/`
  const topic = name.slice(prefix.length)
  return name.startsWith(prefix) && !topic.includes('/') ? topic : undefined
}
