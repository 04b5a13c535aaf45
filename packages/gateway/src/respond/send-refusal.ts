import { discardBody } from '../server/discard.ts'
import type { Exchange } from '../server/exchange.ts'
import { problem, problemMediaType } from './problem.ts'
import type { ProblemFacts } from './problem.ts'
import type { Refusal } from './refusal.ts'

/** What {@link sendRefusal} needs. */
export interface RefusalTools {
  /** Makes the body. */
  makeProblem(facts: ProblemFacts): object
  /** The gateway's fields for this answer, flat. */
  ownFields(exchange: Exchange): readonly string[]
  /** Flat. */
  readonly securityFields: readonly string[]
}

/** Answers with a problem body. Does nothing when an answer has already begun. */
export function sendRefusal(exchange: Exchange, refusal: Refusal, tools: RefusalTools): void {
  const { response, request, method, path } = exchange
  if (response.headersSent || response.destroyed) return
  const { headers = [], ...told } = refusal
  const body = Buffer.from(JSON.stringify(tools.makeProblem(path === '' ? told : { ...told, instance: path })))
  const fixed = ['Content-Type', problemMediaType, 'Content-Length', String(body.length), 'Cache-Control', 'no-store']
  exchange.reason = refusal.code
  exchange.bytesOut = body.length
  response.writeHead(refusal.status, [...fixed, ...tools.securityFields, ...tools.ownFields(exchange), ...headers])
  response.end(method === 'HEAD' ? undefined : body)
  discardBody(request)
}

/** The whole answer to a connection whose request could not even be parsed. */
export function rawRefusal(refusal: Refusal): string {
  const body = JSON.stringify(problem(refusal))
  const lines = [`Content-Type: ${problemMediaType}`, `Content-Length: ${Buffer.byteLength(body)}`, 'Cache-Control: no-store', 'Connection: close']
  return `HTTP/1.1 ${refusal.status} ${problem(refusal).title}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
