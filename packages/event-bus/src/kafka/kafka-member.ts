import { HanseError, raceAbort } from '@hanse/core'
import type { AbortOptions, Clock, Logger } from '@hanse/core'
import { partitionLost } from '../errors.ts'
import type { JoinOptions, LogRecord, Membership, PartitionSink } from '../transport/event-transport.ts'
import { planCooperatively } from './cooperative-plan.ts'
import type { GroupClient, KafkaClient, PartitionEnds } from './kafka-client.ts'
import { engineFailed } from './kafka-failures.ts'
import { MemberWatch } from './member-watch.ts'

/** A partition that this member holds, from the round that gave it until it is given back or lost. */
interface Holding {
  readonly partition: number
  /** Set when the start offset is pinned. */
  sink: PartitionSink | undefined
  /** The next offset to take from the client. */
  next: number
  committed: number
  /** The offset to commit. */
  wanted: number
  readonly queue: LogRecord[]
  pumping: Promise<void> | undefined
  paused: boolean
  draining: Promise<void> | undefined
  /** Whether the end of the log is being looked up. */
  looking: boolean
  ended: boolean
}

/** What a {@link KafkaMember} works with. */
export interface KafkaMemberOptions {
  readonly client: KafkaClient
  readonly join: JoinOptions
  /** The group as Kafka knows it. */
  readonly group: string
  readonly partitions: number
  readonly sessionTimeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly left: (member: KafkaMember) => void
}

const queueLimit = 512
const pollMs = 50
const commitRetryMs = 100
const restartMs = 500
/** How long a first join is tried again. */
const enterWithinMs = 30_000

/** One member of a group on one topic: takes what the group gives it, feeds sinks, drains before it gives back, and comes back after a crash of its client. */
export class KafkaMember implements Membership {
  readonly #options: KafkaMemberOptions
  readonly #holdings = new Map<number, Holding>()
  /** The partitions whose start was pinned once. */
  readonly #pinned = new Set<number>()
  #connection: Promise<GroupClient> | undefined
  #group: GroupClient | undefined
  #memberId: string | undefined
  #committing: Promise<void> | undefined
  #leaving: Promise<void> | undefined
  #dropping: Promise<void> | undefined
  readonly #ended = new AbortController()
  readonly #watch: MemberWatch

  constructor(options: KafkaMemberOptions) {
    this.#options = options
    this.#watch = new MemberWatch({
      ...options,
      giveUp: (reason) => {
        if (this.#connection !== undefined) this.#crashed(this.#connection, reason)
      },
    })
  }

  /** Joins, and waits until every partition of the topic has a committed start, whoever pinned it. */
  async enter(options: AbortOptions): Promise<void> {
    const { client, group, join, partitions, clock } = this.#options
    // What is asked of a client that closes meanwhile may never be answered.
    const signal = AbortSignal.any([this.#ended.signal, ...(options.signal === undefined ? [] : [options.signal])])
    await raceAbort(this.#connect(clock.monotonic() + enterWithinMs), signal)
    for (;;) {
      const pinned = await raceAbort(client.committed(group, join.topic), signal)
      if (pinned.size >= partitions) return
      await clock.sleep(pollMs, { signal })
    }
  }

  leave(options: AbortOptions = {}): Promise<void> {
    this.#leaving ??= this.#leave()
    return raceAbort(this.#leaving, options.signal)
  }

  /** Gives everything up at once: the session is closing. */
  drop(): Promise<void> {
    this.#dropping ??= this.#drop()
    return this.#dropping
  }

  async #drop(): Promise<void> {
    this.#ended.abort(new HanseError('the member was dropped, because its session is closed.', { code: 'CLOSED' }))
    this.#watch.stop()
    this.#loseAll()
    await this.#close()
  }

  async #leave(): Promise<void> {
    await Promise.all([...this.#holdings.values()].map((holding) => this.#drain(holding)))
    await this.drop()
    this.#options.left(this)
  }

  /**
   * Joins, again and again until it is done: the coordinator of a group may be away or move. The error of a join that no further one would mend, and
   * any after `until`, is thrown, unless the member has been in before.
   */
  async #connect(until: number): Promise<void> {
    const { clock, logger, join } = this.#options
    while (!this.#ended.signal.aborted) {
      const opening = this.#open()
      try {
        const opened = await opening
        if (this.#connection !== opening) return await opened.close()
        this.#group = opened
        for (const holding of this.#holdings.values()) this.#take(holding)
        return
      } catch (error) {
        const failure = engineFailed(`join group '${join.group}' on topic '${join.topic}'`, error)
        if (this.#connection !== opening) return
        if (clock.monotonic() >= until || (until !== Infinity && !failure.retryable)) throw failure
        this.#forgetGroup()
        logger.warn({ err: failure, group: join.group, topic: join.topic }, 'the consumer could not join; it tries on')
        await clock.sleep(restartMs)
      }
    }
  }

  /** A client that joins. Whoever sets `#connection` to another has given this one up, and hears no more of it. */
  #open(): Promise<GroupClient> {
    const { client, group, join, partitions, sessionTimeoutMs, logger } = this.#options
    const opening = client.join({
      group,
      topic: join.topic,
      partitions,
      sessionTimeoutMs,
      logger,
      claims: () => ({ memberId: this.#memberId, held: [...this.#holdings.keys()] }),
      plan: (members) => planCooperatively(partitions, members),
      joined: (memberId, given) => {
        if (this.#connection === opening) this.#joined(memberId, given)
      },
      fetched: (partition, records) => {
        if (this.#connection === opening) this.#fetched(partition, records)
      },
      alive: () => {
        if (this.#connection === opening) this.#watch.seen()
      },
      crashed: (error) => this.#crashed(opening, error),
    })
    this.#connection = opening
    this.#watch.start()
    return opening
  }

  /** A round ended. Runs before anything is fetched. */
  #joined(memberId: string, given: readonly number[]): void {
    this.#watch.seen()
    if (this.#memberId !== undefined && this.#memberId !== memberId) this.#loseAll()
    this.#memberId = memberId
    const fresh = given.filter((partition) => !this.#holdings.has(partition))
    for (const holding of this.#holdings.values()) {
      if (!given.includes(holding.partition)) this.#giveBack(holding)
      // A round begins fetching at the committed offsets again.
      else if (holding.sink !== undefined) this.#group?.seek(holding.partition, holding.next)
    }
    for (const partition of fresh) {
      this.#holdings.set(partition, {
        partition,
        sink: undefined,
        next: Number.POSITIVE_INFINITY,
        committed: -1,
        wanted: -1,
        queue: [],
        pumping: undefined,
        paused: true,
        draining: undefined,
        looking: false,
        ended: false,
      })
    }
    this.#group?.pause(fresh)
    if (this.#group !== undefined) for (const partition of fresh) this.#take(this.#holdings.get(partition))
  }

  /** Pins the start of a new partition and opens its sink; tried again until it is done or the partition is gone. */
  #take(holding: Holding | undefined): void {
    if (holding === undefined || holding.sink !== undefined || holding.ended) return
    this.#group?.pause([holding.partition])
    void this.#takeAgain(holding)
  }

  async #takeAgain(holding: Holding): Promise<void> {
    const { clock, logger, join } = this.#options
    for (let failures = 1; !holding.ended && !this.#ended.signal.aborted; failures++) {
      try {
        const offset = await this.#startOf(holding)
        if (holding.ended || this.#ended.signal.aborted || holding.draining !== undefined) return
        holding.next = offset
        holding.committed = offset
        const { topic } = join
        const { partition } = holding
        const commit = (upTo: number): Promise<void> => this.#commit(holding, upTo)
        holding.sink = join.assigned({ topic, partition, offset, commit, confirm: () => this.#watch.confirm() })
        holding.paused = false
        this.#group?.resume(partition, offset)
        return
      } catch (error) {
        logger.warn(
          { err: error, topic: join.topic, partition: holding.partition, failures },
          'the start of a partition could not be pinned; it is tried again',
        )
        await clock.sleep(Math.min(2_000, commitRetryMs * failures))
      }
    }
  }

  async #startOf({ partition }: Holding): Promise<number> {
    const { client, group, join, logger } = this.#options
    const { topic } = join
    const [committed, ends] = await Promise.all([client.committed(group, topic), client.endsOf(topic)])
    const end = ends.get(partition)
    const offset = startOffset(committed.get(partition), end, this.#pinned.has(partition) ? 'earliest' : join.from)
    this.#pinned.add(partition)
    if (offset === committed.get(partition)) return offset
    if (committed.has(partition))
      logger.error(
        { topic, partition, committed: committed.get(partition), ...end },
        'the log of a partition was cut; its group begins anew with its first record',
      )
    await this.#group?.commit(new Map([[partition, offset]]))
    return offset
  }

  #fetched(partition: number, records: readonly LogRecord[]): void {
    const holding = this.#holdings.get(partition)
    if (holding?.sink === undefined || holding.draining !== undefined || holding.ended) return
    if ((records.at(-1)?.offset ?? holding.next) < holding.next) void this.#lookForCut(holding)
    for (const record of records) {
      if (record.offset < holding.next) continue
      holding.queue.push(record)
      holding.next = record.offset + 1
    }
    if (holding.queue.length >= queueLimit && !holding.paused) {
      holding.paused = true
      this.#group?.pause([partition])
    }
    if (holding.queue.length > 0) holding.pumping ??= this.#pump(holding, holding.sink)
  }

  /**
   * Only records that were taken before: after a round of the group that is usual. But a log that was cut, or made anew, counts again from a lower
   * offset, and the client begins there without a word; what is new would be taken for old.
   */
  async #lookForCut(holding: Holding): Promise<void> {
    const { client, join, logger } = this.#options
    const { partition } = holding
    if (holding.looking) return
    holding.looking = true
    try {
      const high = (await client.endsOf(join.topic)).get(partition)?.high
      if (high === undefined || high >= holding.next || holding.ended || this.#connection === undefined) return
      this.#crashed(
        this.#connection,
        new Error(`the log of partition ${partition} ends at ${high}, before ${holding.next}, which was read already: it was cut`),
      )
    } catch (error) {
      logger.debug({ err: error, topic: join.topic, partition }, 'the end of a log could not be looked up')
    } finally {
      holding.looking = false
    }
  }

  async #pump(holding: Holding, sink: PartitionSink): Promise<void> {
    while (holding.queue.length > 0 && !holding.ended && holding.draining === undefined) {
      await sink.deliver(holding.queue.splice(0))
      if (holding.paused && holding.draining === undefined && !holding.ended) {
        holding.paused = false
        this.#group?.resume(holding.partition, holding.next)
      }
    }
    holding.pumping = undefined
  }

  /** The partition is wanted elsewhere: what runs is finished first; then the group is asked for the round that gives it away. */
  #giveBack(holding: Holding): void {
    if (holding.draining !== undefined || holding.ended) return
    this.#group?.pause([holding.partition])
    void this.#drain(holding).then(() => {
      if (holding.ended) return
      this.#forget(holding)
      if (!this.#ended.signal.aborted) this.#group?.rejoin()
    })
  }

  #drain(holding: Holding): Promise<void> {
    holding.draining ??= (async () => {
      holding.queue.length = 0
      await holding.sink?.revoke()
    })()
    return holding.draining
  }

  #forget(holding: Holding): void {
    holding.ended = true
    if (this.#holdings.get(holding.partition) === holding) this.#holdings.delete(holding.partition)
  }

  #loseAll(): void {
    for (const holding of this.#holdings.values()) {
      const { sink, ended } = holding
      this.#forget(holding)
      if (!ended) sink?.lost()
    }
  }

  /** Commits of one turn go together; one request is under way at a time. */
  async #commit(holding: Holding, upTo: number): Promise<void> {
    const { join } = this.#options
    this.#watch.confirm()
    if (holding.ended) throw partitionLost(join.group, join.topic, holding.partition)
    if (upTo <= holding.committed) return
    holding.wanted = Math.max(holding.wanted, upTo)
    while (holding.committed < upTo) {
      if (holding.ended) throw partitionLost(join.group, join.topic, holding.partition)
      this.#committing ??= this.#commitWanted().finally(() => {
        this.#committing = undefined
      })
      await this.#committing
    }
  }

  async #commitWanted(): Promise<void> {
    await Promise.resolve()
    const due = [...this.#holdings.values()].filter(({ wanted, committed }) => wanted > committed)
    if (due.length === 0) return
    const offsets = new Map(due.map(({ partition, wanted }) => [partition, wanted]))
    try {
      if (this.#group === undefined) throw new HanseError('the consumer is being replaced.', { code: 'ENGINE_FAILED', retryable: true })
      await this.#group.commit(offsets)
      for (const holding of due) holding.committed = Math.max(holding.committed, offsets.get(holding.partition) ?? -1)
    } catch (error) {
      // Between two rounds of the group nothing can be committed; whoever waits asks again, or learns that the partition is gone.
      this.#options.logger.debug({ err: error }, 'offsets could not be committed now; they are committed after the next round of the group')
      await this.#options.clock.sleep(commitRetryMs)
    }
  }

  /** The client gave up: everything it held counts as lost, and a new one joins. */
  #crashed(connection: Promise<GroupClient>, error: Error): void {
    if (this.#ended.signal.aborted || this.#connection !== connection) return
    const { logger, join } = this.#options
    logger.warn({ err: error, group: join.group, topic: join.topic }, 'the consumer crashed; its partitions go to others, and it joins again')
    void this.#restart()
  }

  async #restart(): Promise<void> {
    const before = this.#group
    this.#connection = undefined
    this.#forgetGroup()
    await before?.close().catch(() => undefined)
    await this.#connect(Infinity)
  }

  #forgetGroup(): void {
    this.#group = undefined
    this.#memberId = undefined
    this.#loseAll()
  }

  async #close(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    this.#group = undefined
    const group = await connection?.catch(() => undefined)
    await group?.close()
  }
}

/**
 * Where a group begins in a partition. A committed offset behind the end stood in a log that was lost in part, or made anew: what came since is not
 * known, so everything is read again rather than nothing for ever.
 */
function startOffset(committed: number | undefined, ends: PartitionEnds | undefined, from: JoinOptions['from']): number {
  const { low, high } = ends ?? { low: 0, high: 0 }
  if (committed === undefined) return from === 'earliest' ? low : high
  return ends !== undefined && committed > high ? low : committed
}
