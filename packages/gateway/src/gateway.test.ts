import { afterEach, describe, expect, it } from 'vitest'
import { createGateway, problem, staticResolver } from './index.ts'
import type { GatewayOptions } from './index.ts'
import { startFakeUpstream } from './testing/index.ts'
import type { FakeUpstreamOptions } from './testing/index.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function upstream(options?: FakeUpstreamOptions) {
  const started = await startFakeUpstream(options)
  open.push(started)
  return started
}

async function gateway(options: GatewayOptions) {
  const created = createGateway(options)
  open.push(created)
  const { url } = await created.start({ port: 0 })
  return Object.assign(created, { url })
}

describe('a gateway', () => {
  it('passes a request to the service of its route and the answer back', async () => {
    const products = await upstream({ answer: ({ url }) => ({ body: { success: true, data: url } }) })
    const { url } = await gateway({
      resolver: staticResolver({ 'product-service': [products.url] }),
      routes: [{ path: '/api/products/*', service: 'product-service', public: true, rewrite: { strip: '/api' } }],
    })
    const answer = await fetch(`${url}/api/products/7?a=1&a=2&b[]=`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ success: true, data: '/products/7?a=1&a=2&b[]=' })
  })

  it('streams a POST body through (seed-requirement 22)', async () => {
    const users = await upstream({
      answer: ({ body, headers }) => ({ status: 201, headers: [['Location', '/api/users/1']], body: { body, type: headers['content-type'] } }),
    })
    const { url } = await gateway({ resolver: staticResolver({ users: [users.url] }), routes: [{ path: '/api/users', service: 'users', public: true }] })
    const answer = await fetch(`${url}/api/users`, { method: 'POST', body: '{"name":"Ada"}', headers: { 'content-type': 'application/json' } })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe('/api/users/1')
    expect(await answer.json()).toEqual({ body: '{"name":"Ada"}', type: 'application/json' })
  })

  it('answers 404 for what no route matches (seed-requirement 28)', async () => {
    const { url } = await gateway({ routes: [] })
    const answer = await fetch(`${url}/nope`)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toEqual(problem({ status: 404, code: 'not_found', detail: 'There is nothing at this address.', instance: '/nope' }))
  })
})
