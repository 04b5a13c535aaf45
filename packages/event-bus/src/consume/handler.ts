import type { TraceContext } from '@hanse/core'
import type { BusEvent } from '../event/bus-event.ts'

/** What a handler may use beside the event. */
export interface HandlerContext {
  /**
   * Aborts when the attempt's time is up, when the partition went to another member, or when `close` was told to end now.
   * Pass it on: an attempt that ignores it goes on beside its own retry.
   */
  readonly signal: AbortSignal
  /** The group that handles. */
  readonly group: string
  /** Counts from 1; a delivery after a crash or a rebalance counts anew. */
  readonly attempt: number
  /** Names the whole piece of business; events that the handler publishes carry it on. */
  readonly correlationId: string
  /** The id of the handled event: the direct cause of whatever the handler does. */
  readonly causationId: string
  /** The handler's own position in the publisher's trace. */
  readonly trace: TraceContext | undefined
  /** Where the record stands. */
  readonly position: EventPosition
}

/** The place of an event's record in the log. */
export interface EventPosition {
  /** The event's type, or the group's replay topic. */
  readonly topic: string
  /** From 0. */
  readonly partition: number
  /** Rises within a partition. */
  readonly offset: number
}

/**
 * Handles one event. Resolving finishes it; throwing has it retried;
 * throwing `RetryLater`, `DeadLetter` or `Drop` says otherwise.
 */
export type EventHandler<Event extends BusEvent = BusEvent> = (event: Event, context: HandlerContext) => unknown
