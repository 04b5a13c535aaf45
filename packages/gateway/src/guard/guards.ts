import type { Clock } from '@hanse/core'
import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { RouteTable } from '../route/route-table.ts'
import type { Canonicalise } from '../route/service-alias.ts'
import type { Exchange } from '../server/exchange.ts'
import type { ResolvedLimits } from '../server/limits.ts'
import { parseTarget } from '../server/target.ts'
import { checkFraming, isAuthority } from './framing.ts'
import { takeAll } from './rate-limit.ts'
import type { ResolvedPolicy } from './rate-limit.ts'
import type { RateLimitStore } from './rate-limit-store.ts'
import type { Authentication, Authenticator } from './user.ts'

/** Looks at a request before its body is read: lets it pass, or says why not. May note on the exchange what it learned. */
export type Guard = (exchange: Exchange) => Refusal | undefined | Promise<Refusal | undefined>

/** What the guards need. */
export interface GuardTools {
  readonly limits: ResolvedLimits
  readonly table: RouteTable<CompiledRoute>
  readonly canonicalise: Canonicalise
  readonly auth: Authenticator | undefined
  readonly store: RateLimitStore
  readonly clock: Clock
  readonly inFlight: () => number
  readonly onStoreError: (error: unknown) => void
  onAuthUnavailable(exchange: Exchange, cause: unknown): void
}

/** Every guard, in the order in which a request meets them. There is no other way in: all forms of a URL and all routes pass this list. */
export function createGuards(tools: GuardTools): readonly Guard[] {
  return [
    checkLoad(tools),
    checkMessage(tools.limits),
    checkTarget,
    findRoute(tools),
    limitRate(tools, ({ earlyLimits }) => earlyLimits),
    authenticate(tools),
    limitRate(tools, ({ lateLimits }) => lateLimits),
    authorise,
    checkBodyLength,
  ]
}

function checkLoad({ limits, inFlight }: GuardTools): Guard {
  return () => (inFlight() > limits.concurrency ? refusal(503, 'overloaded', 'Too many requests are under way.', ['Retry-After', '1']) : undefined)
}

function checkMessage(limits: ResolvedLimits): Guard {
  return ({ facts, request }) =>
    checkFraming({ facts, httpVersion: request.httpVersion, url: request.url ?? '', maxHeaders: limits.headerCount, maxUrlBytes: limits.urlBytes }) ??
    (facts.upgrade?.toLowerCase().includes('websocket') === true ? refusal(501, 'upgrade_refused', 'This gateway passes no WebSockets.') : undefined)
}

function checkTarget(exchange: Exchange): Refusal | undefined {
  const target = parseTarget(exchange.request.url ?? '')
  if ('status' in target) return target
  if (target.authority !== undefined && !isAuthority(target.authority)) return refusal(400, 'bad_request', 'The authority of the request target is malformed.')
  exchange.path = target.path
  exchange.query = target.query
  exchange.authority = target.authority
  return undefined
}

function findRoute({ table, canonicalise }: GuardTools): Guard {
  return (exchange) => {
    // The long form of a URL becomes the short one before anything is decided: from here on they are one request.
    const { path, service } = canonicalise(exchange.path)
    const match = table.match(exchange.method, path)
    if (match.kind === 'none' || (match.kind === 'route' && service !== undefined && !leadsTo(match.entry, service))) {
      return refusal(404, 'not_found', 'There is nothing at this address.')
    }
    if (match.kind === 'method')
      return refusal(405, 'method_not_allowed', `This address serves ${match.allowed.join(', ')}.`, ['Allow', match.allowed.join(', ')])
    exchange.path = path
    exchange.route = match.entry
    exchange.params = match.params
    exchange.rest = match.rest
    return undefined
  }
}

function leadsTo({ target }: CompiledRoute, service: string): boolean {
  return target.kind === 'service' && target.service === service
}

function limitRate(tools: GuardTools, limitsOf: (route: CompiledRoute) => readonly ResolvedPolicy[]): Guard {
  return (exchange) => {
    const limits = exchange.route === undefined ? [] : limitsOf(exchange.route)
    if (limits.length === 0) return undefined
    return takeAll(limits, exchange, { store: tools.store, nowMs: tools.clock.now(), onStoreError: tools.onStoreError })
  }
}

function authenticate(tools: GuardTools): Guard {
  return (exchange) => {
    const { route, facts } = exchange
    if (tools.auth === undefined || route === undefined) return undefined
    const found = tools.auth.authenticate(facts.authorization)
    return found instanceof Promise ? found.then((result) => admit(exchange, route, result, tools)) : admit(exchange, route, found, tools)
  }
}

/** An open route treats credentials that cannot be used as none, so that a stale token does not lock anybody out of the login. */
function admit(exchange: Exchange, route: CompiledRoute, found: Authentication, tools: GuardTools): Refusal | undefined {
  if (found.kind === 'user') {
    exchange.user = found.user
    return undefined
  }
  if (found.kind === 'unavailable') tools.onAuthUnavailable(exchange, found.cause)
  if (isOpen(route, exchange.method)) return undefined
  exchange.pendingRefusal = authRefusal(found)
  return undefined
}

function authRefusal(found: Exclude<Authentication, { kind: 'user' }>): Refusal {
  if (found.kind === 'unavailable') return refusal(503, 'auth_unavailable', 'The token cannot be checked right now.', ['Retry-After', '5'])
  if (found.kind === 'anonymous') return refusal(401, 'unauthorized', 'This address needs a bearer token.', ['WWW-Authenticate', 'Bearer'])
  const expired = found.reason === 'expired'
  const challenge = ['WWW-Authenticate', 'Bearer error="invalid_token"']
  return refusal(401, expired ? 'token_expired' : 'unauthorized', expired ? 'The token has expired.' : 'The token is not valid.', challenge)
}

function authorise({ route, user, pendingRefusal }: Exchange): Refusal | undefined {
  if (pendingRefusal !== undefined) return pendingRefusal
  if (route?.roles === undefined || route.roles.some((role) => user?.roles.includes(role) === true)) return undefined
  return refusal(403, 'forbidden', 'Your account may not do this.')
}

function isOpen(route: CompiledRoute, method: string): boolean {
  return route.openMethods === undefined || route.openMethods.has(method)
}

function checkBodyLength({ facts, route }: Exchange): Refusal | undefined {
  const tooLong = route !== undefined && facts.contentLength !== undefined && Number(facts.contentLength) > route.maxBodyBytes
  return tooLong ? refusal(413, 'payload_too_large', 'The body is longer than this route allows.') : undefined
}
