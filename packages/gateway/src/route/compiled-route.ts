import { invalidArgument } from '@hanse/core'
import { resolvePolicies } from '../guard/rate-limit.ts'
import type { ResolvedPolicy } from '../guard/rate-limit.ts'
import { resolveRetry } from '../upstream/retry.ts'
import type { ResolvedRetry } from '../upstream/retry.ts'
import { compileRewrite } from './rewrite.ts'
import type { Rewriter } from './rewrite.ts'
import { methodSet } from './route-table.ts'
import type { TableEntry } from './route-table.ts'
import type { Handler, Route, ServiceRoute } from './route.ts'

/** Where a route leads: to a service, or to a handler of the gateway. */
export type RouteTarget =
  | {
      readonly kind: 'service'
      readonly service: string
      readonly rewrite: Rewriter | undefined
      readonly retry: ResolvedRetry
      readonly idleTimeoutMs: number
      readonly stripCookies: boolean
    }
  | { readonly kind: 'handler'; readonly handler: Handler }

/** A {@link Route}, checked, with every default filled in. */
export interface CompiledRoute extends TableEntry {
  /** Methods that need no token; `undefined` for all. */
  readonly openMethods: ReadonlySet<string> | undefined
  readonly roles: readonly string[] | undefined
  /** Limits that are decided before the token is checked. */
  readonly earlyLimits: readonly ResolvedPolicy[]
  /** Limits that need to know the user. */
  readonly lateLimits: readonly ResolvedPolicy[]
  readonly timeoutMs: number
  readonly maxBodyBytes: number
  readonly target: RouteTarget
}

/** What all routes share. */
export interface RouteDefaults {
  readonly limits: readonly ResolvedPolicy[]
  readonly maxBodyBytes: number
  readonly hasAuthenticator: boolean
  readonly hasResolver: boolean
}

const methodPattern = /^[A-Z]+$/

/**
 * Checks a route and fills in its defaults.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function compileRoute(route: Route, defaults: RouteDefaults): CompiledRoute {
  const { path, roles, timeoutMs = 30_000, maxBodyBytes = defaults.maxBodyBytes } = route
  const subject = `the route '${path}'`
  checkMethods(subject, route)
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) throw invalidArgument(`option 'timeoutMs' of ${subject}`, 'a number above 0', timeoutMs)
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 0)
    throw invalidArgument(`option 'maxBodyBytes' of ${subject}`, 'a whole number from 0 up', maxBodyBytes)
  if (route.public !== true && !defaults.hasAuthenticator)
    throw invalidArgument(subject, "open ('public: true') while the gateway has no option 'auth'", route.public)
  if (route.public === true && roles !== undefined) throw invalidArgument(`option 'roles' of ${subject}`, 'absent on a route that is open to all', roles)
  const own = route.rateLimit === false ? [] : resolvePolicies(route.rateLimit, `route ${(route.methods ?? ['*']).join(',')} ${path}`, 'route-')
  const limits = route.rateLimit === false ? [] : [...defaults.limits, ...own]
  return {
    path,
    methods: methodSet(route.methods),
    openMethods: route.public === true ? undefined : (methodSet(route.public) ?? new Set()),
    roles,
    earlyLimits: limits.filter(({ by }) => by === 'address' || by === 'all'),
    lateLimits: limits.filter(({ by }) => by === 'user' || by === 'visitor'),
    timeoutMs,
    maxBodyBytes,
    target: targetOf(route, subject, defaults.hasResolver),
  }
}

function checkMethods(subject: string, route: Route): void {
  const named = [...(route.methods ?? []), ...(Array.isArray(route.public) ? route.public : [])]
  const wrong = named.find((method) => typeof method !== 'string' || !methodPattern.test(method) || method === 'TRACE' || method === 'CONNECT')
  if (wrong !== undefined) throw invalidArgument(`a method of ${subject}`, 'an HTTP method in upper case, not TRACE or CONNECT', wrong)
}

function targetOf(route: Route, subject: string, hasResolver: boolean): RouteTarget {
  if (route.handler !== undefined) return { kind: 'handler', handler: route.handler }
  if (typeof route.service !== 'string' || route.service === '')
    throw invalidArgument(`option 'service' of ${subject}`, "a service's name, or an option 'handler'", route.service)
  if (!hasResolver) throw invalidArgument("option 'resolver' of a gateway", `present, because ${subject} leads to a service`, undefined)
  return serviceTarget(route)
}

function serviceTarget(route: ServiceRoute): RouteTarget {
  const { idleTimeoutMs = 60_000 } = route
  if (!Number.isFinite(idleTimeoutMs) || idleTimeoutMs < 0)
    throw invalidArgument(`option 'idleTimeoutMs' of the route '${route.path}'`, 'a number from 0 up', idleTimeoutMs)
  return {
    kind: 'service',
    service: route.service,
    rewrite: compileRewrite(route.rewrite, route.path),
    retry: resolveRetry(route.retry, route.path),
    idleTimeoutMs,
    stripCookies: route.cookies === 'strip',
  }
}
