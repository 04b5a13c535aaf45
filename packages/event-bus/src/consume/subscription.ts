import { HanseError, createGate, createLifecycle, invalidArgument, raceAbort } from '@hanse/core'
import type { AbortOptions, Clock, Closable, Lifecycle, Logger, Random } from '@hanse/core'
import { checkName } from '../event/define-event.ts'
import type { EventDefinition } from '../event/define-event.ts'
import type { JoinOptions, Membership, OutgoingRecord, TopicSpec } from '../transport/event-transport.ts'
import { letterTopic, replayTopic } from './dead-letter-store.ts'
import { createEventSettler } from './event-settler.ts'
import type { EventSettler } from './event-settler.ts'
import type { EventHandler } from './handler.ts'
import { createPartitionLanes } from './partition-lanes.ts'
import type { PartitionLanes } from './partition-lanes.ts'
import { resolveRetry } from './retry-policy.ts'
import type { RetryOptions, RetryPolicy } from './retry-policy.ts'

/** How a group handles events. */
export interface SubscribeOptions extends AbortOptions {
  /**
   * Who handles: each group receives every event, the members of one group share them. Name it after the service or the purpose;
   * there is no default, because services that share one by accident steal each other's events.
   */
  readonly group: string
  /**
   * How many handlers of this subscription run at once. Events of one key never do.
   * @defaultValue 16
   */
  readonly concurrency?: number
  /** How often and how soon a failed event is tried again. */
  readonly retry?: RetryOptions
  /**
   * What follows the last attempt: `dead-letter` keeps the event aside with its cause and goes on;
   * `park` keeps trying at the longest back-off, while the later events of the key wait.
   * @defaultValue 'dead-letter'
   */
  readonly onExhausted?: 'dead-letter' | 'park'
  /**
   * The time for one attempt, in milliseconds.
   * @defaultValue 30000
   */
  readonly timeoutMs?: number
  /**
   * Where a group begins that has never read a topic: with the events published from now on, or with all that are kept.
   * @defaultValue 'latest'
   */
  readonly from?: 'earliest' | 'latest'
  /**
   * How many unfinished events one partition may hold in memory before it waits; also how many finished ones may wait for their commit.
   * Together they bound what is handled twice after a crash, as long as no key is stuck.
   * @defaultValue 1000
   */
  readonly maxBuffered?: number
}

/** A running subscription. */
export interface Subscription extends Closable {
  /** The group. */
  readonly group: string
  /** The event types. */
  readonly types: readonly string[]
  /** Takes no further events until {@link Subscription.resume}; those taken already are handled. Keeps its place in the group. */
  pause(): void
  /** Takes events again. */
  resume(): void
}

/** What a subscription needs of the bus. */
export interface SubscriptionHost {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  ensure(topics: readonly TopicSpec[], options?: AbortOptions): Promise<void>
  join(options: JoinOptions): Promise<Membership>
  append(records: readonly OutgoingRecord[], options?: AbortOptions): Promise<void>
  closed(subscription: Subscription): void
}

/** {@link SubscribeOptions} with defaults filled in and checked. */
export interface ResolvedSubscribeOptions {
  readonly group: string
  readonly concurrency: number
  readonly policy: RetryPolicy
  readonly timeoutMs: number
  readonly from: 'earliest' | 'latest'
  readonly maxBuffered: number
}

/** @throws HanseError `INVALID_ARGUMENT` */
export function resolveSubscribe(options: SubscribeOptions): ResolvedSubscribeOptions {
  const { concurrency = 16, timeoutMs = 30_000, from = 'latest', maxBuffered = 1_000 } = options
  checkName("option 'group' of subscribe", options.group)
  for (const [name, value] of Object.entries({ concurrency, maxBuffered })) {
    if (!Number.isInteger(value) || value < 1) throw invalidArgument(`option '${name}' of subscribe`, 'a whole number from 1 up', value)
  }
  if (!(timeoutMs > 0)) throw invalidArgument("option 'timeoutMs' of subscribe", 'a number above 0', timeoutMs)
  if (from !== 'earliest' && from !== 'latest') throw invalidArgument("option 'from' of subscribe", "'earliest' or 'latest'", from)
  return { group: options.group, concurrency, policy: resolveRetry(options.retry, options.onExhausted), timeoutMs, from, maxBuffered }
}

/** Joins the group on every topic; resolves when every event published from now on will be received. */
export async function openSubscription(
  host: SubscriptionHost,
  events: readonly EventDefinition[],
  handler: EventHandler,
  options: ResolvedSubscribeOptions,
  abort: AbortOptions,
): Promise<Subscription> {
  const running = new RunningSubscription(host, events, handler, options)
  try {
    await running.open(abort)
    return running
  } catch (error) {
    await running.close()
    throw error
  }
}

class RunningSubscription implements Subscription {
  readonly group: string
  readonly types: readonly string[]
  readonly #host: SubscriptionHost
  readonly #events: readonly EventDefinition[]
  readonly #handler: EventHandler
  readonly #options: ResolvedSubscribeOptions
  readonly #memberships: Membership[] = []
  readonly #partitions = new Set<PartitionLanes>()
  readonly #lifecycle: Lifecycle
  #paused = false

  constructor(host: SubscriptionHost, events: readonly EventDefinition[], handler: EventHandler, options: ResolvedSubscribeOptions) {
    this.group = options.group
    this.types = events.map((event) => event.type)
    this.#host = host
    this.#events = events
    this.#handler = handler
    this.#options = options
    this.#lifecycle = createLifecycle({ subject: `the subscription of group '${options.group}'`, stop: (abort) => this.#stop(abort) })
  }

  async open(abort: AbortOptions): Promise<void> {
    const { group, from } = this.#options
    const replays = this.#events.map((event) => replayTopic(group, event.type))
    await this.#host.ensure([letterTopic(group), ...replays], abort)
    const gate = createGate(this.#options.concurrency)
    for (const [index, event] of this.#events.entries()) {
      const settle = createEventSettler({ ...this.#host, ...this.#options, event, handler: this.#handler, gate, keepLetter: this.#keepLetter })
      await this.#join(event.type, from, settle, abort)
      // Letters that were replayed while nobody listened still wait here.
      await this.#join(replays[index]?.name ?? '', 'earliest', settle, abort)
    }
  }

  pause(): void {
    this.#setPaused(true)
  }

  resume(): void {
    this.#setPaused(false)
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #keepLetter = (letter: OutgoingRecord, signal: AbortSignal): Promise<void> => this.#host.append([letter], { signal })

  async #join(topic: string, from: JoinOptions['from'], settle: EventSettler, { signal }: AbortOptions): Promise<void> {
    const { clock, logger } = this.#host
    const { group, maxBuffered } = this.#options
    const membership = await this.#host.join({
      group,
      topic,
      from,
      ...(signal === undefined ? {} : { signal }),
      assigned: (assigned) => {
        const lanes = createPartitionLanes({ group, assigned, settle, maxBuffered, clock, logger, ended: () => void this.#partitions.delete(lanes) })
        lanes.setPaused(this.#paused)
        this.#partitions.add(lanes)
        return lanes
      },
    })
    this.#memberships.push(membership)
  }

  #setPaused(paused: boolean): void {
    this.#lifecycle.assertOpen()
    this.#paused = paused
    for (const lanes of this.#partitions) lanes.setPaused(paused)
  }

  async #stop({ signal }: AbortOptions): Promise<void> {
    const giveUp = (): void => {
      for (const lanes of this.#partitions) lanes.giveUp(signal?.reason)
    }
    if (signal?.aborted === true) giveUp()
    else signal?.addEventListener('abort', giveUp, { once: true })
    try {
      await Promise.all(this.#memberships.map((membership) => this.#leave(membership, signal)))
    } finally {
      signal?.removeEventListener('abort', giveUp)
      this.#host.closed(this)
    }
  }

  async #leave(membership: Membership, signal: AbortSignal | undefined): Promise<void> {
    try {
      await raceAbort(membership.leave(), signal)
    } catch (error) {
      // "Now" was asked for: what is not left in order is taken over as after a crash.
      if (signal?.aborted === true) return
      if (!HanseError.hasCode(error, 'CLOSED')) throw error
    }
  }
}
