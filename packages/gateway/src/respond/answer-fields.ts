import { rateLimitFields } from '../guard/rate-limit.ts'
import type { Exchange } from '../server/exchange.ts'
import type { Cors } from './cors.ts'

/** Fields that stand on every answer, unless a service says otherwise. Names in lower case. */
export const defaultSecurityHeaders: Readonly<Record<string, string>> = Object.freeze({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'strict-origin-when-cross-origin',
})

/** What {@link ownFields} needs beside the exchange. */
export interface OwnFieldsTools {
  readonly cors: Cors | undefined
  /** Whether the connection should end with this answer. */
  isDraining(): boolean
}

/** The fields that the gateway adds to every answer, flat. */
export function ownFields(exchange: Exchange, tools: OwnFieldsTools): readonly string[] {
  const fields: string[] = ['X-Correlation-ID', exchange.correlationId]
  for (const part of rateLimitFields(exchange)) fields.push(part)
  if (tools.cors !== undefined) fields.push(...tools.cors.answer(exchange.facts.origin))
  if (tools.isDraining()) fields.push('Connection', 'close')
  return fields
}
