import { HanseError } from '@hanse/core'
import { AssignerProtocol } from 'kafkajs'
import type { Assigner, Consumer, EachBatchPayload, Kafka, PartitionAssigner } from 'kafkajs'
import type { EventBusErrorCode } from '../../errors.ts'
import type { GroupClaims, MemberClaims } from '../cooperative-plan.ts'
import type { GroupClient, GroupClientOptions } from '../kafka-client.ts'
import { toRecord } from './to-record.ts'

const protocolName = 'hanse-cooperative'
/** How long a fetch waits at the broker for records; heartbeats, pauses and rounds of the group are as late as that. */
const fetchWaitMs = 100
const heartbeatMs = 300

/** Joins a group with a consumer of kafkajs, which is given an assigner of our own and stripped of its own commits. */
export async function joinGroup(kafka: Kafka, options: GroupClientOptions): Promise<GroupClient> {
  const member = new KafkajsMember(kafka, options)
  await member.start()
  return member
}

class KafkajsMember implements GroupClient {
  readonly #options: GroupClientOptions
  readonly #consumer: Consumer
  #commits = 0
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  #rejoin = false
  #round = 0
  #closed = false

  constructor(kafka: Kafka, options: GroupClientOptions) {
    this.#options = options
    this.#consumer = kafka.consumer({
      groupId: options.group,
      partitionAssigners: [this.#assigner()],
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.sessionTimeoutMs * 3,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: fetchWaitMs,
      allowAutoTopicCreation: false,
      // A consumer that has failed for good is replaced by the member, not by the client's own restart, which forgets its partitions.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10, restartOnFailure: () => Promise.resolve(false) },
    })
  }

  async start(): Promise<void> {
    const { topic } = this.#options
    const { events } = this.#consumer
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#joined(payload.memberId, payload.memberAssignment[topic] ?? []))
    this.#consumer.on(events.COMMIT_OFFSETS, () => void this.#commits++)
    let isRunning = false
    let crash: Error | undefined
    this.#consumer.on(events.CRASH, ({ payload }) => {
      crash = payload.error
      if (isRunning && !this.#closed) this.#options.crashed(payload.error)
    })
    // Thrown here it ends the fetch as a heartbeat does that is told of a new round: the client joins again under the same member id.
    this.#consumer.on(events.FETCH, () => {
      this.#options.alive()
      if (this.#rejoin) throw new RejoinWanted()
    })
    try {
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topic, fromBeginning: true })
      await this.#consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch: (payload) => this.#take(payload) })
      // A consumer that could not join the group resolves all the same.
      if (crash !== undefined) throw crash
    } catch (error) {
      await this.close()
      throw error
    }
    isRunning = true
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic, group } = this.#options
    const before = this.#commits
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
    if (this.#commitOnce === undefined) await this.#consumer.commitOffsets(partitions.map((one) => ({ topic, ...one })))
    else if (!this.#closed) await this.#commitOnce({ topics: [{ topic, partitions }] })
    // A consumer that is not running resolves without having committed anything.
    if (this.#commits > before) return
    throw new HanseError<EventBusErrorCode>(`the offsets of group '${group}' were not committed, because its consumer does not run.`, {
      code: 'ENGINE_FAILED',
      retryable: true,
    })
  }

  pause(partitions: readonly number[]): void {
    if (partitions.length > 0) this.#consumer.pause([{ topic: this.#options.topic, partitions: [...partitions] }])
  }

  resume(partition: number, offset?: number): void {
    if (offset !== undefined) this.seek(partition, offset)
    this.#consumer.resume([{ topic: this.#options.topic, partitions: [partition] }])
  }

  seek(partition: number, offset: number): void {
    this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(offset) })
  }

  rejoin(): void {
    this.#round++
    this.#rejoin = true
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#consumer.disconnect()
  }

  #joined(memberId: string, partitions: readonly number[]): void {
    this.#rejoin = false
    this.#options.joined(memberId, partitions)
  }

  /** Hands a batch over at once: what waits, waits behind a pause, so that one slow partition holds up no other, and no heartbeat. */
  #take(payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch
    // The consumer's own way to commit is tried again for seconds, and then under whatever name and round the member has by then: what it once held
    // is another's, whose place in the log it would set back. This one tries once.
    this.#commitOnce = (offsets) => payload.commitOffsetsIfNecessary(offsets)
    if (payload.isRunning() && !payload.isStale())
      this.#options.fetched(
        partition,
        messages.map((message) => toRecord(topic, partition, message)),
      )
    return Promise.resolve()
  }

  #assigner(): PartitionAssigner {
    const { topic, claims, plan } = this.#options
    return (): Assigner => ({
      name: protocolName,
      version: 1,
      // The round is part of what is said, because a broker answers a member that says nothing new without beginning a round.
      protocol: ({ topics }) => ({
        name: protocolName,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: encodeClaims(claims(), this.#round) }),
      }),
      assign: ({ members }) => {
        const planned = plan(new Map(members.map(({ memberId, memberMetadata }) => [memberId, decodeClaims(memberMetadata)])))
        const assignments = [...planned].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: { [topic]: [...partitions] }, userData: Buffer.alloc(0) }),
        }))
        return Promise.resolve(assignments)
      },
    })
  }
}

/** Looks to kafkajs like the broker's own word that a new round has begun. */
class RejoinWanted extends Error {
  readonly type = 'REBALANCE_IN_PROGRESS'
  readonly retriable = false

  constructor() {
    super('the member asks for another round of its group')
  }
}

function encodeClaims({ memberId, held }: MemberClaims, round: number): Buffer {
  return Buffer.from(JSON.stringify({ memberId, held, round }))
}

function decodeClaims(metadata: Buffer): GroupClaims {
  const decoded = AssignerProtocol.MemberMetadata.decode(metadata)
  try {
    return JSON.parse(String(decoded?.userData)) as MemberClaims
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // A member of another make: it holds nothing that we know of.
    throw error
  }
}
