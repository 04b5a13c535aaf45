import type { Route } from '@hanse/gateway'
import { routes } from '../contracts/routes.ts'
import type { RouteContract } from '../contracts/routes.ts'

/** Sign-up and login: twenty a minute from one address. */
const credentialLimit = { name: 'credentials', by: 'address', limit: 20, per: '1m' } as const

/** A request to a service may take this long; a live stream until its end. */
const timeoutMs = 15_000

/** The gateway's routes to services, made from the contract: one line a method and path, one list of guards each. */
export function serviceRoutes(options: { readonly rateLimit: boolean }): readonly Route[] {
  const byPath = Map.groupBy(Object.values<RouteContract>(routes), (route) => route.path)
  return [...byPath].flatMap(([path, contracts]) => contracts.map((contract) => toRoute(path, contract, options.rateLimit)))
}

function toRoute(path: string, contract: RouteContract, rateLimit: boolean): Route {
  return {
    path: `/api${path}`,
    methods: [contract.method],
    service: contract.service,
    rewrite: { strip: '/api' },
    timeoutMs,
    retry: { methods: ['GET', 'HEAD'], attempts: 3 },
    ...(contract.access === 'public' ? { public: true as const } : {}),
    ...(contract.access === 'admin' ? { roles: ['admin'] } : {}),
    ...(contract.credentials === true && rateLimit ? { rateLimit: credentialLimit } : {}),
    ...(contract.stream === true ? { idleTimeoutMs: 0 } : {}),
  }
}
