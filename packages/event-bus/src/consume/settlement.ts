import { HanseError } from '@hanse/core'
import type { EventBusErrorCode } from '../errors.ts'

/** Options of {@link DeadLetter} and {@link Drop}. */
export interface SettlementOptions {
  /** The error that led to the decision. */
  readonly cause?: unknown
}

/** Thrown by a handler: try this event again after a while. Uses up no attempt; later events of the key wait. */
export class RetryLater extends HanseError<EventBusErrorCode> {
  /** The wait, in milliseconds. */
  readonly afterMs: number

  constructor(afterMs: number, options: SettlementOptions = {}) {
    super(`the handler asks for a retry in ${afterMs} ms.`, { code: 'RETRY_LATER', retryable: true, cause: options.cause, details: { afterMs } })
    this.afterMs = afterMs
  }
}

/** Thrown by a handler: no retry can help, keep this event as a dead letter now. */
export class DeadLetter extends HanseError<EventBusErrorCode> {
  constructor(reason: string, options: SettlementOptions = {}) {
    super(reason, { code: 'DEAD_LETTER', cause: options.cause })
  }
}

/** Thrown by a handler: this event needs no handling, forget it. The drop is logged. */
export class Drop extends HanseError<EventBusErrorCode> {
  constructor(reason: string, options: SettlementOptions = {}) {
    super(reason, { code: 'DROP', cause: options.cause })
  }
}
