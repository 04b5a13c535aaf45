import type { LogFields } from '@hanse/core'
import type { Exchange } from '../server/exchange.ts'

/** The status that the log shows for a client who left before the answer: it was never sent. */
const clientGoneStatus = 499

/** What was answered, or would have been. */
export function statusOf({ response, reason }: Exchange): number {
  return reason === 'client_gone' && !response.headersSent ? clientGoneStatus : response.statusCode
}

/** The one entry a request has in the access log. The query stays out: it may hold secrets. */
export function accessEntry(exchange: Exchange, durationMs: number): LogFields {
  const { method, path, route, correlationId, trace, clientAddress, user, instanceId, attempts, bytesOut, reason } = exchange
  return {
    method,
    path,
    route: route?.path,
    service: route?.target.kind === 'service' ? route.target.service : undefined,
    status: statusOf(exchange),
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    bytesOut,
    attempts,
    instanceId,
    reason,
    correlationId,
    traceId: trace?.traceId,
    userId: user?.id,
    clientAddress,
  }
}
