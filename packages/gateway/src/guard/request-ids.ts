import { randomBytes } from 'node:crypto'
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
  exchange.trace = childTrace(parent, pooledBytes)
}

let pool: Uint8Array = new Uint8Array(0)
let used = 0

/** Random bytes, drawn from the system in larger portions: one call a request would be a notable part of its cost. */
function pooledBytes(size: number): Uint8Array {
  if (used + size > pool.length) {
    pool = randomBytes(4_096)
    used = 0
  }
  used += size
  return pool.subarray(used - size, used)
}
