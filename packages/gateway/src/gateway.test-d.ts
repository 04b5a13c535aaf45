import { describe, expectTypeOf, it } from 'vitest'
import { createGateway, problem, staticResolver } from './index.ts'
import type { Gateway, GatewayOptions, Handler, ProblemBody, Route } from './index.ts'

describe('the options of a gateway', () => {
  it('are typed', () => {
    expectTypeOf(createGateway({ routes: [] })).toEqualTypeOf<Gateway>()
    expectTypeOf<(request: Request) => Response>().toExtend<Handler>()
    expectTypeOf(problem({ status: 404, code: 'x' })).toEqualTypeOf<ProblemBody>()
    expectTypeOf(staticResolver({ s: [] })).toExtend<NonNullable<GatewayOptions['resolver']>>()
    // @ts-expect-error routes are needed
    createGateway({})
    // @ts-expect-error a route leads to a service or to a handler
    const nowhere: Route = { path: '/x' }
    // @ts-expect-error not to both
    const both: Route = { path: '/x', service: 's', handler: () => new Response() }
    // @ts-expect-error a handler has no retries
    const retried: Route = { path: '/x', handler: () => new Response(), retry: { attempts: 2 } }
    // @ts-expect-error a window needs a unit
    createGateway({ routes: [], rateLimit: { by: 'user', limit: 1, per: '60' } })
    // @ts-expect-error a limit has a subject
    createGateway({ routes: [], rateLimit: { limit: 1, per: '1m' } })
    // @ts-expect-error trust is by hops or by proxies
    createGateway({ routes: [], trust: true })
    expectTypeOf([nowhere, both, retried]).toExtend<readonly Route[]>()
  })
})
