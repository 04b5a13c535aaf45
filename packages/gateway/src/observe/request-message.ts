import type { TraceContext } from '@hanse/core'
import type { Exchange } from '../server/exchange.ts'
import { statusOf } from './access-log.ts'

/**
 * What the tracing channel `hanse:gateway:request` carries: one object for the start and the end of a request.
 * Read `route`, `service` and `status` at the end; before that they are not known.
 */
export interface RequestMessage {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly correlationId: string
  /** The gateway's own position in the trace. */
  readonly trace: TraceContext | undefined
  /** The route's pattern. */
  readonly route: string | undefined
  readonly service: string | undefined
  /** 499 when the client left before the answer. */
  readonly status: number
  /** Instances that were tried. */
  readonly attempts: number
  readonly clientAddress: string
}

/** A {@link RequestMessage} that reads from the exchange, so that its end knows more than its start. */
export function messageOf(exchange: Exchange): RequestMessage {
  return new LiveMessage(exchange)
}

class LiveMessage implements RequestMessage {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  get method(): string {
    return this.#exchange.method
  }

  get path(): string {
    return this.#exchange.path
  }

  get correlationId(): string {
    return this.#exchange.correlationId
  }

  get trace(): TraceContext | undefined {
    return this.#exchange.trace
  }

  get route(): string | undefined {
    return this.#exchange.route?.path
  }

  get service(): string | undefined {
    const target = this.#exchange.route?.target
    return target?.kind === 'service' ? target.service : undefined
  }

  get status(): number {
    return statusOf(this.#exchange)
  }

  get attempts(): number {
    return this.#exchange.attempts
  }

  get clientAddress(): string {
    return this.#exchange.clientAddress
  }
}
