import type { Clock } from '@hanse/core'
import { parseTarget } from '../server/target.ts'
import { discardBody } from '../server/discard.ts'
import type { Exchange } from '../server/exchange.ts'
import { defaultInternalHeaders, fieldNames } from '../server/field-names.ts'
import { defaultMethods } from '../route/route-table.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { RouteTable } from '../route/route-table.ts'
import type { Handler } from '../route/route.ts'
import type { GatewayOptions } from '../options.ts'
import { answerByHandler } from './answer-handler.ts'
import { defaultSecurityHeaders, ownFields } from './answer-fields.ts'
import { createCors } from './cors.ts'
import { problem } from './problem.ts'
import { refusal } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { clientFields } from './response-headers.ts'
import type { ClientFields } from './response-headers.ts'
import { sendRefusal } from './send-refusal.ts'

/** Makes every answer of the gateway. */
export interface Responder {
  /** The fields for a client, from those of an instance or a handler (flat). */
  readonly answerFields: (exchange: Exchange, raw: readonly string[], stripCookies: boolean) => ClientFields
  /** Answers a CORS preflight; `false` when the request is none. */
  answerPreflight(exchange: Exchange): boolean
  refuse(exchange: Exchange, refused: Refusal): void
  answerLocally(exchange: Exchange, route: CompiledRoute, handler: Handler): Promise<void>
  /** Cleans up behind a whole answer. */
  settle(exchange: Exchange): void
  /** Ends a request that failed inside the gateway. */
  fail(exchange: Exchange): void
}

/** What {@link createResponder} needs beside the options. */
export interface ResponderTools {
  readonly clock: Clock
  readonly table: RouteTable<CompiledRoute>
  readonly isDraining: () => boolean
  readonly onHandlerError: (exchange: Exchange, error: unknown) => void
}

/** Makes the {@link Responder} of a gateway. */
export function createResponder(options: GatewayOptions, tools: ResponderTools): Responder {
  const cors = options.cors === undefined ? undefined : createCors(options.cors)
  const security = Object.entries(options.securityHeaders === false ? {} : (options.securityHeaders ?? defaultSecurityHeaders)).flatMap(([name, value]) => [
    name.toLowerCase(),
    value,
  ])
  const internal = fieldNames([...(options.internalHeaders ?? defaultInternalHeaders), ...(options.context === undefined ? [] : [options.context.header])])
  const ownTools = { cors, isDraining: tools.isDraining }
  const refusalTools = { makeProblem: options.problem ?? problem, ownFields: (exchange: Exchange) => ownFields(exchange, ownTools), securityFields: security }
  const answerFields: Responder['answerFields'] = (exchange, raw, stripCookies) =>
    clientFields({ raw, internal, stripCookies, stripCors: cors !== undefined, own: ownFields(exchange, ownTools), defaults: security })
  const refuse = (exchange: Exchange, refused: Refusal): void => sendRefusal(exchange, refused, refusalTools)
  const handlerTools = {
    clock: tools.clock,
    answerFields: (exchange: Exchange, raw: readonly string[]) => answerFields(exchange, raw, false).fields,
    onHandlerError: tools.onHandlerError,
  }

  return {
    answerFields,
    refuse,
    answerPreflight(exchange) {
      const { method, facts, response } = exchange
      if (cors === undefined || method !== 'OPTIONS' || facts.origin === undefined || facts.requestedMethod === undefined) return false
      const target = parseTarget(exchange.request.url ?? '')
      if ('status' in target) return false
      const served = defaultMethods.filter((candidate) => tools.table.match(candidate, target.path).kind === 'route')
      response.writeHead(204, ['X-Correlation-ID', exchange.correlationId, ...cors.preflight(facts.origin, served)])
      response.end()
      return true
    },
    async answerLocally(exchange, route, handler) {
      const refused = await answerByHandler(exchange, route, handler, handlerTools)
      if (refused !== undefined) refuse(exchange, refused)
    },
    settle: ({ request }) => discardBody(request),
    fail(exchange) {
      if (exchange.response.headersSent) exchange.response.destroy()
      else refuse(exchange, refusal(500, 'internal_error', 'Something went wrong on our side.'))
    },
  }
}
