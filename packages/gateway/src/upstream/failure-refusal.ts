import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { UpstreamFailure } from './upstream-client.ts'

/** What a client is told of a failed attempt: 502, 504, or that its own body was at fault. Names no address and no inner message. Pure. */
export function failureRefusal(failure: UpstreamFailure, bodyExceeded: boolean): Refusal {
  if (bodyExceeded) return refusal(413, 'payload_too_large', 'The body is longer than this route allows.')
  if (failure.kind === 'body') return refusal(400, 'bad_request', 'The request cannot be passed on as it is framed.')
  if (failure.kind === 'slow') return refusal(504, 'gateway_timeout', 'The service did not answer in time.')
  if (failure.kind === 'unreachable') return refusal(502, 'bad_gateway', 'The service cannot be reached.')
  return refusal(502, 'bad_gateway', 'The service broke off before it answered.')
}
