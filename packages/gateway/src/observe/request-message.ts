import type { TraceContext } from '@hanse/core'
import type { Exchange } from '../server/exchange.ts'
import { statusOf } from './access-log.ts'

/**
 * What the tracing channel `hanse:gateway:request` carries: one object for the start and the end of a request.
 * Read `route`, `service` and `status` at the end; before that they are not known.
 */
export class RequestMessage {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  get method(): string {
    return this.#exchange.method
  }

  /** Without the query. */
  get path(): string {
    return this.#exchange.path
  }

  get correlationId(): string {
    return this.#exchange.correlationId
  }

  /** The gateway's own position in the trace. */
  get trace(): TraceContext | undefined {
    return this.#exchange.trace
  }

  /** The route's pattern. */
  get route(): string | undefined {
    return this.#exchange.route?.path
  }

  get service(): string | undefined {
    const target = this.#exchange.route?.target
    return target?.kind === 'service' ? target.service : undefined
  }

  /** 499 when the client left before the answer. */
  get status(): number {
    return statusOf(this.#exchange)
  }

  /** Instances that were tried. */
  get attempts(): number {
    return this.#exchange.attempts
  }

  get clientAddress(): string {
    return this.#exchange.clientAddress
  }
}
