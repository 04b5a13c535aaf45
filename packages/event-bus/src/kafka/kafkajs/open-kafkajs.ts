import { generateId } from '@hanse/core'
import type { AbortOptions, Logger } from '@hanse/core'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import type { Admin, KafkaConfig, LogEntry, Producer, SASLOptions } from 'kafkajs'
import type { LogRecord } from '../../transport/event-transport.ts'
import type { GroupClient, GroupClientOptions, KafkaClient, NewTopic, PartitionEnds, PlacedRecord, TopicState } from '../kafka-client.ts'
import type { ResolvedKafkaOptions } from '../kafka-options.ts'
import { joinGroup } from './join-group.ts'
import { quickenProduce } from './quicken-produce.ts'
import { quietRequestQueue } from './quiet-request-queue.ts'
import { readPartitions } from './read-partitions.ts'
import { refusedTopics } from './refused-topics.ts'
import { byTopic, isWorthCompressing, leftOut, sharesOf } from './shares.ts'
import { createSocketPool } from './socket-pool.ts'
import type { SocketPool } from './socket-pool.ts'
import { spareLeaderless } from './spare-leaderless.ts'

const sendAttempts = 8
const compressions = { gzip: CompressionTypes.GZIP, none: CompressionTypes.None } as const

/**
 * Opens a client on kafkajs: one connection for questions, one for records.
 *
 * @param onTrouble - is told what the client meets and tries again by itself
 */
export async function openKafkajs(options: ResolvedKafkaOptions, logger: Logger, onTrouble: (message: string) => void): Promise<KafkaClient> {
  quietRequestQueue()
  spareLeaderless()
  quickenProduce()
  const sockets = createSocketPool()
  const kafka = new Kafka({ ...kafkaConfig(options, logger, onTrouble), socketFactory: sockets.open })
  const admin = kafka.admin()
  await admin.connect()
  // A broker lets a client without a password connect, and hangs up at its first question.
  await admin.listTopics()
  return new KafkajsClient(kafka, admin, options, sockets)
}

function kafkaConfig(options: ResolvedKafkaOptions, logger: Logger, onTrouble: (message: string) => void): KafkaConfig {
  const { brokers, clientId, tls, sasl, connectTimeoutMs } = options
  return {
    brokers: [...brokers],
    clientId,
    ...(tls === undefined ? {} : { ssl: tls === true ? true : { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
    connectionTimeout: Math.min(connectTimeoutMs, 5_000),
    requestTimeout: 30_000,
    logLevel: logLevel.WARN,
    // What the client prints as errors are mostly steps of its own recovery; what cannot be recovered is thrown.
    logCreator: () => (entry: LogEntry) => {
      onTrouble(entry.log.message)
      logger.debug({ client: 'kafkajs', namespace: entry.namespace, ...entry.log }, entry.log.message)
    },
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
  }
}

class KafkajsClient implements KafkaClient {
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #options: ResolvedKafkaOptions
  readonly #sockets: SocketPool
  #producer: Promise<Producer> | undefined

  constructor(kafka: Kafka, admin: Admin, options: ResolvedKafkaOptions, sockets: SocketPool) {
    this.#kafka = kafka
    this.#admin = admin
    this.#options = options
    this.#sockets = sockets
  }

  async describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState>> {
    // All topics are asked for: asked for one that is not there, the client tries again and fails for all of them.
    const { topics: found } = await this.#admin.fetchTopicMetadata()
    const wanted = found.filter(({ name }) => topics.includes(name))
    return new Map(wanted.map(({ name, partitions }) => [name, { partitions: partitions.length, isLed: partitions.every(({ leader }) => leader >= 0) }]))
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    try {
      await this.#admin.createTopics({
        // The client waits by asking one broker, which may not have heard of the topics yet, and fails then.
        waitForLeaders: false,
        topics: topics.map(({ name, partitions, compacted }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: this.#options.replicationFactor,
          configEntries: compacted ? [{ name: 'cleanup.policy', value: 'compact' }] : [],
        })),
      })
    } catch (error) {
      throw refusedTopics(error, this.#options.replicationFactor, this.#options.brokers.length)
    }
  }

  async send(records: readonly PlacedRecord[]): Promise<void> {
    this.#sockets.assertOpen()
    this.#producer ??= this.#openProducer()
    const opening = this.#producer
    try {
      await this.#sendAll(await opening, records)
    } catch (error) {
      // An idempotent producer that has failed may refuse everything from then on: the next send begins with a new one.
      if (this.#producer === opening) this.#producer = undefined
      void opening.then((producer) => producer.disconnect()).catch(() => undefined)
      throw error
    }
  }

  /**
   * kafkajs forgets records: when a partition moves during a send to a broker that has answered the send already, the retry leaves it out and the
   * send still resolves. What no answer names was not sent, and is sent again; the producer's sequence numbers are those of the first attempt.
   */
  async #sendAll(producer: Producer, records: readonly PlacedRecord[]): Promise<void> {
    let left = sharesOf(records)
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > sendAttempts) throw new Error(`the records of ${left.length} partitions were left out by the client ${sendAttempts} times`)
      const compression = compressions[isWorthCompressing(left) ? this.#options.compression : 'none']
      const answers = await producer.sendBatch({ acks: -1, compression, topicMessages: byTopic(left) })
      left = leftOut(left, answers)
    }
  }

  async #openProducer(): Promise<Producer> {
    const producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
    await producer.connect()
    return producer
  }

  async endsOf(topic: string): Promise<ReadonlyMap<number, PartitionEnds>> {
    const offsets = await this.#admin.fetchTopicOffsets(topic)
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]))
  }

  async committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const [answer] = await this.#admin.fetchOffsets({ groupId: group, topics: [topic] })
    const offsets = (answer?.partitions ?? []).map(({ partition, offset }): [number, number] => [partition, Number(offset)])
    return new Map(offsets.filter(([, offset]) => offset >= 0))
  }

  async groups(): Promise<readonly string[]> {
    const { groups } = await this.#admin.listGroups()
    return groups.map(({ groupId }) => groupId)
  }

  join(options: GroupClientOptions): Promise<GroupClient> {
    return joinGroup(this.#kafka, options)
  }

  read(topic: string, ends: ReadonlyMap<number, PartitionEnds>, options: AbortOptions): AsyncIterable<LogRecord> {
    const group = `hanse-read-${generateId()}`
    return readPartitions({ kafka: this.#kafka, admin: this.#admin, group, topic, ends, ...options })
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined)
    await Promise.all([producer?.disconnect(), this.#admin.disconnect()])
    // A client that is connecting anew while it disconnects leaves the new connection open, for ever.
    this.#sockets.destroy()
  }

  hangUp(): void {
    this.#sockets.destroy()
  }
}
