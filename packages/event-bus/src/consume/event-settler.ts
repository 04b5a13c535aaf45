import { backoffMs, childTrace, createChannel, createDeadline, parseTraceparent, raceAbort, resolveBackoff, runWithContext } from '@hanse/core'
import type { Clock, Gate, Logger, Random } from '@hanse/core'
import type { BusEvent } from '../event/bus-event.ts'
import { decodeEvent } from '../event/decode-event.ts'
import type { EventDefinition } from '../event/define-event.ts'
import type { LogRecord, OutgoingRecord } from '../transport/event-transport.ts'
import { letterRecord } from './dead-letter-store.ts'
import type { EventHandler, HandlerContext } from './handler.ts'
import type { LaneScope } from './partition-lanes.ts'
import { decideAfterFailure } from './retry-policy.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** What is published on the tracing channel `hanse:event-bus:process`. */
export interface ProcessMessage {
  /** The event. */
  readonly event: BusEvent
  /** The group. */
  readonly group: string
  /** From 1. */
  readonly attempt: number
}

/** One attempt to handle one event. */
export const processChannel = createChannel<ProcessMessage>('hanse:event-bus:process')

/** What {@link createEventSettler} works with. */
export interface EventSettlerOptions {
  readonly group: string
  readonly event: EventDefinition
  readonly handler: EventHandler
  readonly policy: RetryPolicy
  readonly timeoutMs: number
  readonly gate: Gate
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Keeps a dead letter; resolves when it is durable. */
  readonly keepLetter: (letter: OutgoingRecord, signal: AbortSignal) => Promise<void>
}

/** Does all the work on one record: read, handle, retry, dead letter. Rejects only when its scope has ended. */
export type EventSettler = (record: LogRecord, scope: LaneScope) => Promise<void>

const letterBackoff = resolveBackoff({ initialMs: 100, maxMs: 5_000 })

/** Makes the {@link EventSettler} of one subscription and type. */
export function createEventSettler(options: EventSettlerOptions): EventSettler {
  const { group, event: definition, policy, gate, clock, random, logger } = options

  const bury = async (record: LogRecord, error: unknown, attempts: number, scope: LaneScope): Promise<void> => {
    const letter = letterRecord({ group, type: definition.type, record, error, attempts, nowMs: clock.now() })
    for (let failures = 1; ; failures++) {
      try {
        await raceAbort(options.keepLetter(letter, scope.abort), scope.abort)
        logger.warn({ err: error, group, type: definition.type, letter: letter.key, attempts }, 'an event became a dead letter')
        return
      } catch (failure) {
        scope.stop.throwIfAborted()
        logger.error({ err: failure, group, type: definition.type }, 'a dead letter could not be kept; its event stays unfinished until it can')
        await clock.sleep(backoffMs(letterBackoff, failures, random), { signal: scope.stop })
      }
    }
  }

  const attemptOnce = async (event: BusEvent, record: LogRecord, attempt: number, scope: LaneScope): Promise<void> => {
    using deadline = createDeadline({ timeoutMs: options.timeoutMs, subject: `the handler of '${event.type}' in group '${group}'`, signal: scope.abort, clock })
    const context = contextOf(event, record, group, attempt, deadline.signal)
    await processChannel.trace(
      () => ({ event, group, attempt }),
      async () => {
        const { correlationId, causationId, trace } = context
        const request = { correlationId, causationId, ...(trace === undefined ? {} : { trace }) }
        await raceAbort(
          runWithContext(request, async () => options.handler(event, context)),
          deadline.signal,
        )
      },
    )
  }

  const handle = async (event: BusEvent, record: LogRecord, scope: LaneScope): Promise<void> => {
    for (let attempt = 1, failures = 0; ; attempt++) {
      const leave = await gate.enter({ signal: scope.stop })
      let error: unknown
      try {
        scope.confirm()
        scope.abort.throwIfAborted()
        await attemptOnce(event, record, attempt, scope)
        return
      } catch (thrown) {
        error = thrown
      } finally {
        leave()
      }
      scope.abort.throwIfAborted()
      const decision = decideAfterFailure(error, failures + 1, policy, random)
      const fields = { err: error, group, type: event.type, event: event.id, attempt }
      if (decision.action === 'drop') return logger.info(fields, 'an event was dropped by its handler')
      if (decision.action === 'dead-letter') return bury(record, error, attempt, scope)
      if (decision.counts) failures++
      logger.warn({ ...fields, afterMs: decision.afterMs }, 'an event failed and is tried again')
      await clock.sleep(decision.afterMs, { signal: scope.stop })
    }
  }

  return async (record, scope) => {
    let event: BusEvent
    try {
      event = await decodeEvent(definition, record)
    } catch (error) {
      return bury(record, error, 0, scope)
    }
    await handle(event, record, scope)
  }
}

function contextOf(event: BusEvent, record: LogRecord, group: string, attempt: number, signal: AbortSignal): HandlerContext {
  const { topic, partition, offset } = record
  const parent = parseTraceparent(event.traceparent)
  return {
    signal,
    group,
    attempt,
    correlationId: event.correlationId,
    causationId: event.id,
    trace: parent === undefined ? undefined : childTrace(parent),
    position: { topic, partition, offset },
  }
}
