import { formatTraceparent } from '@hanse/core'
import type { AddressReader } from '../guard/client-address.ts'
import { plainAddress } from '../guard/client-address.ts'
import type { Exchange } from '../server/exchange.ts'

/** The fields that the gateway adds to every request to an instance, flat: ids, who asked, by which way, and the signed context. */
export function ownRequestFields(exchange: Exchange, addresses: AddressReader, context: readonly string[]): string[] {
  const { facts, request, correlationId, trace, authority } = exchange
  const peer = request.socket.remoteAddress ?? ''
  const trusted = addresses.trusts(peer)
  const chain = trusted && facts.forwardedFor !== undefined ? `${facts.forwardedFor}, ${plainAddress(peer)}` : plainAddress(peer)
  const proto = (trusted ? facts.forwardedProto : undefined) ?? 'http'
  const host = (trusted ? facts.forwardedHost : undefined) ?? authority ?? facts.host ?? ''
  const fields = ['X-Correlation-ID', correlationId, 'X-Forwarded-For', chain, 'X-Forwarded-Proto', proto, 'X-Forwarded-Host', host, 'Via', '1.1 hanse']
  if (trace !== undefined) fields.push('traceparent', formatTraceparent(trace))
  for (const part of context) fields.push(part)
  return fields
}
