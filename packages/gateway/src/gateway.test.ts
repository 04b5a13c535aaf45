import { createRecordingLogger } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { gateway, upstream } from './gateway.fixture.ts'
import { createGateway, problem, staticResolver } from './index.ts'

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

  it('keeps the rest of a path and the query byte for byte, and strips its prefix once (seed-requirement 24)', async () => {
    const service = await upstream()
    const { url } = await gateway({
      resolver: staticResolver({ s: [service.url] }),
      routes: [{ path: '/api/*', service: 's', public: true, rewrite: { strip: '/api' } }],
    })
    await fetch(`${url}/api/api/caf%C3%A9/C%23/?q=%2F..%2f&b[]=&c=a+b`)
    expect(service.seen[0]?.url).toBe('/api/caf%C3%A9/C%23/?q=%2F..%2f&b[]=&c=a+b')
  })

  it.each(['/api/x', '/api/x/', '/api/x/y'])('matches %s by the route of x (seed-requirement 25)', async (path) => {
    const service = await upstream()
    const { url } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/api/x/*', service: 's', public: true }] })
    expect((await fetch(`${url}${path}`)).status).toBe(200)
    expect(service.seen[0]?.url).toBe(path)
  })

  it('tells an unknown service (404) from one without an instance (503) (seed-requirement 32)', async () => {
    const { url } = await gateway({
      resolver: staticResolver({ down: [] }),
      routes: [
        { path: '/down', service: 'down', public: true },
        { path: '/nobody', service: 'nobody', public: true },
      ],
    })
    const down = await fetch(`${url}/down`)
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await down.json()).toMatchObject({ code: 'service_unavailable', success: false, error: expect.any(String) })
    const nobody = await fetch(`${url}/nobody`)
    expect([nobody.status, await nobody.json()]).toEqual([404, expect.objectContaining({ code: 'unknown_service' })])
  })

  it('answers 405 with Allow for a method that the address does not serve', async () => {
    const { url } = await gateway({
      routes: [
        { path: '/a', methods: ['GET'], public: true, handler: () => new Response('a') },
        { path: '/a', methods: ['PUT'], public: true, handler: () => new Response('b') },
      ],
    })
    const answer = await fetch(`${url}/a`, { method: 'DELETE' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT'])
  })

  it('answers HEAD with the fields of GET and no body (seed-requirement 107)', async () => {
    const service = await upstream({ handle: (_request, response) => response.writeHead(200, { 'content-length': '1234', etag: '"1"' }).end() })
    const { url } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x', methods: ['GET'], service: 's', public: true }] })
    const answer = await fetch(`${url}/x`, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), answer.headers.get('etag'), await answer.text()]).toEqual([200, '1234', '"1"', ''])
    expect(service.seen[0]?.method).toBe('HEAD')
  })

  it('pools its connections to an instance (seed-requirement 23)', async () => {
    const service = await upstream()
    const { url } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x', service: 's', public: true }] })
    for (let i = 0; i < 20; i++) await (await fetch(`${url}/x`)).text()
    expect(service.seen).toHaveLength(20)
    expect(service.connections).toBe(1)
  })

  it('never connects to a link-local address that a registry names (seed-requirement 103)', async () => {
    const logger = createRecordingLogger()
    const resolver = { resolve: () => ({ instance: { id: 'meta', url: 'http://169.254.169.254' }, done: () => undefined }) } as const
    const { url } = await gateway({ resolver, logger, routes: [{ path: '/x', service: 's', public: true, retry: false }] })
    expect((await fetch(`${url}/x`)).status).toBe(502)
    expect(logger.entries.some(({ fields }) => String(fields['err']).includes('refused'))).toBe(true)
  })

  it('fails its start with the cause when the port is taken (seed-requirement 37)', async () => {
    const { port } = await gateway({ routes: [] })
    const second = createGateway({ routes: [] })
    await expect(second.start({ port })).rejects.toMatchObject({ code: 'LISTEN_FAILED', cause: { code: 'EADDRINUSE' } })
    await second.close()
  })

  it('names the option that is missing (seed-requirement 6)', () => {
    expect(() => createGateway({ routes: [{ path: '/x', service: 's', public: true }] })).toThrow(/option 'resolver'/)
    expect(() => createGateway({ routes: [{ path: '/x', handler: () => new Response() }] })).toThrow(/'auth'/)
    expect(() => createGateway({ routes: [], limits: { bodyBytes: 0 } })).toThrow(/limits.bodyBytes/)
  })

  it('refuses an option that could never take effect (seed-requirement 24)', () => {
    const resolver = staticResolver({})
    expect(() => createGateway({ resolver, routes: [{ path: '/api/x', service: 's', public: true, rewrite: { strip: '/other' } }] })).toThrow(/rewrite.strip/)
    expect(() => createGateway({ resolver, routes: [{ path: '/api/x', service: 's', public: true, rewrite: { to: '/:id' } }] })).toThrow(/rewrite.to/)
    expect(() =>
      createGateway({
        resolver,
        routes: [
          { path: '/a/:x', service: 's', public: true },
          { path: '/a/:y', service: 's', public: true },
        ],
      }),
    ).toThrow(/different from/)
  })
})

describe('the answers of a gateway', () => {
  it('carry no field that tells about the inside, and every Set-Cookie (seed-requirement 106)', async () => {
    const service = await upstream({
      answer: () => ({
        headers: [
          ['Server', 'secret/1'],
          ['X-Powered-By', 'x'],
          ['X-Internal-Node', '7'],
          ['X_User_Id', '7'],
          ['Connection', 'x-hop'],
          ['X-Hop', '1'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['X-Ok', 'yes'],
        ],
        body: 'ok',
      }),
    })
    const { url } = await gateway({
      resolver: staticResolver({ s: [service.url] }),
      routes: [
        { path: '/x', service: 's', public: true },
        { path: '/y', service: 's', public: true, cookies: 'strip' },
      ],
    })
    const { headers } = await fetch(`${url}/x`)
    expect(['server', 'x-powered-by', 'x-internal-node', 'x_user_id', 'x-hop'].map((name) => headers.get(name))).toEqual([null, null, null, null, null])
    expect([headers.get('x-ok'), headers.getSetCookie()]).toEqual(['yes', ['a=1', 'b=2']])
    expect((await fetch(`${url}/y`)).headers.getSetCookie()).toEqual([])
  })

  it('carry security fields unless the service says otherwise (seed-requirement 35)', async () => {
    const service = await upstream({ answer: () => ({ headers: [['X-Frame-Options', 'DENY']], body: 'ok' }) })
    const { url } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x', service: 's', public: true }] })
    const { headers } = await fetch(`${url}/x`)
    expect([headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual(['nosniff', 'DENY'])
    expect((await fetch(`${url}/none`)).headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('never re-encode an encoded body (seed-requirement 35)', async () => {
    const bytes = Buffer.from([0x1f, 0x8b, 1, 2, 3, 0xff])
    const service = await upstream({
      handle: (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(bytes.length) }).end(bytes),
    })
    const { url, port } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x', service: 's', public: true }] })
    const { request } = await import('node:http')
    const received = await new Promise<Buffer>((resolve) => {
      request({ port, path: '/x' }, (answer) => void answer.toArray().then((chunks) => resolve(Buffer.concat(chunks)))).end()
    })
    expect(url).toContain(String(port))
    expect(received.equals(bytes)).toBe(true)
  })

  it('keep a valid correlation id and replace a repeated, over-long or malformed one (seed-requirements 29 and 105)', async () => {
    const service = await upstream()
    const logger = createRecordingLogger()
    const { url } = await gateway({
      resolver: staticResolver({ s: [service.url] }),
      logger,
      generateId: () => 'made-1',
      routes: [{ path: '/x', service: 's', public: true }],
    })
    for (const [sent, expected] of [
      ['order-7', 'order-7'],
      ['a'.repeat(129), 'made-1'],
      ['a b', 'made-1'],
      ['a, b', 'made-1'],
      ['<script>', 'made-1'],
    ] as const) {
      const answer = await fetch(`${url}/x`, { headers: { 'x-correlation-id': sent } })
      expect(answer.headers.get('x-correlation-id')).toBe(expected)
      expect(service.seen.at(-1)?.headers['x-correlation-id']).toBe(expected)
      await expect.poll(() => logger.entries.at(-1)?.fields['correlationId']).toBe(expected)
    }
  })

  it('leave one entry a request in the access log, without the query (seed-requirement 38)', async () => {
    const service = await upstream()
    const logger = createRecordingLogger()
    const { url, gateway: running } = await gateway({
      resolver: staticResolver({ s: [service.url] }),
      logger,
      routes: [{ path: '/x/:id', service: 's', public: true }],
    })
    await (await fetch(`${url}/x/7?secret=1`)).text()
    await (await fetch(`${url}/nope`)).text()
    await expect.poll(() => logger.entries.length).toBe(2)
    expect(logger.entries[0]).toMatchObject({
      message: 'request',
      fields: {
        method: 'GET',
        path: '/x/7',
        route: '/x/:id',
        service: 's',
        status: 200,
        attempts: 1,
        instanceId: 's#0',
        clientAddress: '127.0.0.1',
        bytesOut: 11,
      },
    })
    expect(logger.entries[1]).toMatchObject({ fields: { status: 404, reason: 'not_found' } })
    const metrics = running.metrics()
    expect(metrics).toContain('hanse_gateway_requests_total{method="GET",route="/x/:id",status="200"} 1')
    expect(metrics).toContain('hanse_gateway_requests_total{method="GET",route="none",status="404"} 1')
    expect(metrics).toContain('hanse_gateway_requests_in_flight 0')
    expect(metrics).toMatch(/hanse_gateway_request_duration_seconds_count\{route="\/x\/:id"\} 1/)
  })

  it('allow the declared origins, and only them (seed-requirement 35)', async () => {
    const service = await upstream({ answer: () => ({ headers: [['Access-Control-Allow-Origin', '*']], body: 'ok' }) })
    const { url } = await gateway({
      resolver: staticResolver({ s: [service.url] }),
      cors: { origins: ['https://shop.example'] },
      routes: [{ path: '/x', methods: ['GET', 'PUT'], service: 's', public: true }],
    })
    const ask = (origin: string) => fetch(`${url}/x`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
    const good = await ask('https://shop.example')
    expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'https://shop.example',
      'GET, HEAD, PUT',
    ])
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
    const answer = await fetch(`${url}/x`, { headers: { origin: 'https://evil.example' } })
    expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([null, 'Origin'])
  })
})

describe('a local handler', () => {
  it('answers behind the guards of its route, with parameters and body', async () => {
    const { url } = await gateway({
      routes: [
        {
          path: '/echo/:word',
          methods: ['POST'],
          public: true,
          handler: async (request, { params, correlationId }) => Response.json({ params, body: await request.text(), correlationId }, { status: 201 }),
        },
      ],
    })
    const answer = await fetch(`${url}/echo/caf%C3%A9`, { method: 'POST', body: 'hello', headers: { 'x-correlation-id': 'c-1' } })
    expect([answer.status, await answer.json()]).toEqual([201, { params: { word: 'café' }, body: 'hello', correlationId: 'c-1' }])
  })

  it('that throws is answered 500 without its message (seed-requirement 32)', async () => {
    const logger = createRecordingLogger()
    const { url } = await gateway({ logger, routes: [{ path: '/x', public: true, handler: () => Promise.reject(new Error('password=7')) }] })
    const answer = await fetch(`${url}/x`)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('password')
    expect(logger.entries.find(({ level }) => level === 'error')?.fields['err']).toMatchObject({ message: 'password=7' })
  })

  it('may read no more than the limit of its route', async () => {
    const { url } = await gateway({
      routes: [{ path: '/x', methods: ['POST'], public: true, maxBodyBytes: 10, handler: async (request) => new Response(await request.text()) }],
    })
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.alloc(20, 'a'))
        controller.close()
      },
    })
    const answer = await fetch(`${url}/x`, { method: 'POST', body: chunked, duplex: 'half' })
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: 'payload_too_large' })])
  })
})
