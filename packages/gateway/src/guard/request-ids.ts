import { childTrace, parseTraceparent } from '@hanse/core'
import type { GenerateId } from '@hanse/core'
import type { Exchange } from '../server/exchange.ts'

const correlationPattern = /^[\w.:/+=@-]{1,128}$/

/** Keeps a correlation id that is well-formed, and makes a new one otherwise; continues a trace or starts one. Never refuses. */
export function assignIds(exchange: Exchange, generateId: GenerateId): void {
  const { correlationId, traceparent } = exchange.facts
  exchange.correlationId = correlationId !== undefined && correlationPattern.test(correlationId) ? correlationId : generateId()
  const parent = parseTraceparent(traceparent)
  exchange.traceContinued = parent !== undefined
  exchange.trace = childTrace(parent)
}
