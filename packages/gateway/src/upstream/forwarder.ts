import type { Clock } from '@hanse/core'
import { refusal } from '../respond/refusal.ts'
import type { ClientFields } from '../respond/response-headers.ts'
import type { AddressReader } from '../guard/client-address.ts'
import type { GatewayOptions } from '../options.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { Exchange } from '../server/exchange.ts'
import { defaultInternalHeaders, fieldNames, rewrittenHeaders } from '../server/field-names.ts'
import type { ResolvedLimits } from '../server/limits.ts'
import { forward } from './forwarding.ts'
import type { ForwardOutcome, ForwardPlan } from './forwarding.ts'
import { createOriginParser } from './origin.ts'
import { ownRequestFields } from './own-request-fields.ts'
import { forwardedFields } from './request-headers.ts'
import { createRetryBudget } from './retry.ts'
import type { RetryBudget } from './retry.ts'
import { undiciClient } from './undici-client.ts'
import type { UpstreamFailure } from './upstream-client.ts'

/** Sends requests to services. */
export interface Forwarder {
  /** `undefined` for a route that leads to no service. */
  forward(exchange: Exchange, route: CompiledRoute): Promise<ForwardOutcome | undefined>
  close(): Promise<void>
}

/** What {@link createForwarder} needs beside the options. */
export interface ForwarderTools {
  readonly clock: Clock
  readonly addresses: AddressReader
  readonly answerFields: (exchange: Exchange, raw: readonly string[], stripCookies: boolean) => ClientFields
  readonly onAttemptFailed: (exchange: Exchange, failure: UpstreamFailure) => void
}

interface ServiceLoad {
  inFlight: number
  readonly budget: RetryBudget
}

/** Makes the {@link Forwarder} of a gateway; `undefined` for one without a resolver. */
export function createForwarder(options: GatewayOptions, limits: ResolvedLimits, tools: ForwarderTools): Forwarder | undefined {
  const { resolver, context } = options
  if (resolver === undefined) return undefined
  const client = options.upstream ?? undiciClient()
  const dropAuthorization = !(options.forwardAuthorization ?? context === undefined)
  const internal = fieldNames([...(options.internalHeaders ?? defaultInternalHeaders), ...rewrittenHeaders, ...(context === undefined ? [] : [context.header])])
  const withoutTrace = fieldNames([
    ...(options.internalHeaders ?? defaultInternalHeaders),
    ...rewrittenHeaders,
    'tracestate',
    ...(context === undefined ? [] : [context.header]),
  ])
  const loads = new Map<string, ServiceLoad>()
  const shared = {
    resolver,
    client,
    clock: tools.clock,
    clientIdleMs: limits.clientIdleMs,
    originOf: createOriginParser(),
    answerFields: tools.answerFields,
    onAttemptFailed: tools.onAttemptFailed,
  }

  const loadOf = (service: string): ServiceLoad => {
    let load = loads.get(service)
    if (load === undefined) loads.set(service, (load = { inFlight: 0, budget: createRetryBudget() }))
    return load
  }
  const planOf = async (exchange: Exchange, route: CompiledRoute, target: ForwardPlan['target']): Promise<ForwardPlan> => {
    const signed = context === undefined ? [] : [context.header, await context.sign(exchange.user, target.service)]
    const own = ownRequestFields(exchange, tools.addresses, signed)
    const { request, facts, path, query } = exchange
    const fields = forwardedFields({
      raw: request.rawHeaders,
      connection: facts.connection,
      internal: exchange.traceContinued ? internal : withoutTrace,
      dropAuthorization,
      own,
    })
    return { route, target, fields, path: `${target.rewrite === undefined ? path : target.rewrite(exchange)}${query}` }
  }
  return {
    async forward(exchange, route) {
      const { target } = route
      if (target.kind !== 'service') return undefined
      const load = loadOf(target.service)
      if (load.inFlight >= limits.concurrencyPerService)
        return { kind: 'refused', refusal: refusal(503, 'overloaded', 'Too many requests to this service are under way.', ['Retry-After', '1']) }
      load.inFlight++
      try {
        return await forward(exchange, await planOf(exchange, route, target), { ...shared, budget: load.budget })
      } finally {
        load.inFlight--
      }
    },
    close: async () => (options.upstream === undefined ? client.close() : undefined),
  }
}
