import { once } from 'node:events'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { createManualClock, createRecordingLogger } from '@hanse/core/testing'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { dial, gateway, upstream } from './gateway.fixture.ts'
import { createContextVerifier, jwt, signedContext, staticResolver } from './index.ts'
import type { Authenticator, GatewayOptions, Jwk, User } from './index.ts'

const issuer = 'https://id.shop.example'
const audience = 'shop'
interface Keys {
  readonly sign: (
    claims: Record<string, unknown>,
    over?: { readonly alg?: string; readonly typ?: string; readonly expires?: number | string; readonly issuer?: string; readonly audience?: string },
  ) => Promise<string>
  readonly jwk: Jwk
  readonly privateJwk: Jwk
}
let es: Keys
let ed: Keys
let stranger: Keys

async function makeKeys(alg: 'ES256' | 'EdDSA', kid: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg } as Jwk,
    privateJwk: { ...(await exportJWK(privateKey)), kid, alg } as Jwk,
    sign: (claims, over = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, kid, ...(over.typ === undefined ? {} : { typ: over.typ }) })
        .setIssuer(over.issuer ?? issuer)
        .setAudience(over.audience ?? audience)
        .setExpirationTime(over.expires ?? '5m')
        .sign(privateKey),
  }
}

beforeAll(async () => {
  es = await makeKeys('ES256', 'es')
  ed = await makeKeys('EdDSA', 'ed')
  stranger = await makeKeys('ES256', 'es')
})

const auth = (over: object = {}): Authenticator => jwt({ jwks: { keys: [es.jwk, ed.jwk] }, issuer, audience, ...over })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const unsigned = (header: object, claims: object): string => [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')

describe('a bearer token', () => {
  it.each([
    ['ES256', () => es],
    ['EdDSA', () => ed],
  ] as const)('signed with %s by a key of the set says who asks (seed-requirement 34)', async (_alg, keys) => {
    const token = await keys().sign({ sub: 'ada', roles: ['admin', 7], name: 'Ada', email: 'a@b.c' })
    expect(await auth().authenticate(`Bearer ${token}`)).toEqual({ kind: 'user', user: { id: 'ada', roles: ['admin'], name: 'Ada', email: 'a@b.c' } })
  })

  it('gives the same user object while it is remembered, and is checked again afterwards', async () => {
    const clock = createManualClock({ nowMs: Date.UTC(2040, 0, 1) })
    const authenticator = auth({ clock, cacheMs: 1_000 })
    const header = `Bearer ${await es.sign({ sub: 'ada' }, { expires: Math.floor(clock.now() / 1_000) + 60 })}`
    const first = await authenticator.authenticate(header)
    expect(await authenticator.authenticate(header)).toBe(first)
    await clock.advance(1_001)
    expect(await authenticator.authenticate(header)).not.toBe(first)
    await clock.advance(66_000)
    expect(await authenticator.authenticate(header)).toEqual({ kind: 'refused', reason: 'expired' })
  })

  it('is refused when it is forged, unsigned, meant for others, of another algorithm, without an end, or no token at all', async () => {
    const claims = { sub: 'ada', iss: issuer, aud: audience, exp: 4_102_444_800 }
    const secret = Buffer.from(JSON.stringify(es.jwk))
    const refused = [
      `Bearer ${await stranger.sign({ sub: 'ada' })}`,
      `Bearer ${unsigned({ alg: 'none' }, claims)}.`,
      `Bearer ${unsigned({ alg: 'none' }, claims)}.AAAA`,
      `Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'es' }).sign(secret)}`,
      `Bearer ${await es.sign({ sub: 'ada' }, { issuer: 'https://evil.example' })}`,
      `Bearer ${await es.sign({ sub: 'ada' }, { audience: 'bank' })}`,
      `Bearer ${await es.sign({})}`,
      `Bearer ${await es.sign({ sub: 'ada' }, { typ: 'hanse-context+jwt' })}`,
      `Bearer ${(await es.sign({ sub: 'ada' })).slice(0, -4)}AAAA`,
      'Bearer a.b.c',
      'Bearer ',
      'Basic YTpi',
      `Bearer ${'a'.repeat(10_000)}.b.c`,
    ]
    const authenticator = auth()
    for (const header of refused)
      expect([header.slice(0, 40), await authenticator.authenticate(header)]).toEqual([header.slice(0, 40), { kind: 'refused', reason: 'invalid' }])
    expect(await authenticator.authenticate(undefined)).toEqual({ kind: 'anonymous' })
  })

  it('cannot be judged while the published keys cannot be fetched: 503, never 401 (seed-requirement 34)', async () => {
    const keys = await upstream({ answer: () => ({ status: 500, body: 'no' }) })
    const { url } = await gateway({
      auth: jwt({ jwks: `${keys.url}/jwks.json`, issuer, audience }),
      routes: [{ path: '/x', handler: () => new Response('ok') }],
    })
    const answer = await fetch(`${url}/x`, { headers: bearer(await es.sign({ sub: 'ada' })) })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('verifies against a published key set (seed-requirement 34)', async () => {
    const keys = await upstream({ answer: () => ({ body: { keys: [es.jwk] } }) })
    const { url } = await gateway({
      auth: jwt({ jwks: `${keys.url}/jwks.json`, issuer, audience }),
      routes: [{ path: '/x', handler: (_request, { user }) => Response.json(user) }],
    })
    const answer = await fetch(`${url}/x`, { headers: bearer(await es.sign({ sub: 'ada' })) })
    expect(await answer.json()).toEqual({ id: 'ada', roles: [] })
    expect((await fetch(`${url}/x`, { headers: bearer(await stranger.sign({ sub: 'ada' })) })).status).toBe(401)
    expect(keys.seen).toHaveLength(1)
  })

  it.each([[[]], [['none']]])('may not be accepted with the algorithms %j', (algorithms) => {
    expect(() => auth({ algorithms })).toThrow(/algorithms/)
  })
})

describe('access to a route', () => {
  const routes: GatewayOptions['routes'] = [
    { path: '/open', public: true, handler: (_request, { user }) => Response.json({ user: user?.id ?? null }) },
    { path: '/mixed', public: ['GET'], handler: () => new Response('ok') },
    { path: '/closed', handler: () => new Response('ok') },
    { path: '/admin', roles: ['admin', 'owner'], handler: () => new Response('ok') },
  ]

  it('needs a token unless the route or the method is open (seed-requirement 34)', async () => {
    const { url } = await gateway({ auth: auth(), routes })
    const shopper = bearer(await es.sign({ sub: 'ada', roles: ['shopper'] }))
    const admin = bearer(await es.sign({ sub: 'eve', roles: ['admin'] }))
    const status = async (path: string, init: RequestInit = {}) => (await fetch(url + path, init)).status
    expect([await status('/open'), await status('/mixed'), await status('/mixed', { method: 'HEAD' }), await status('/mixed', { method: 'POST' })]).toEqual([
      200, 200, 200, 401,
    ])
    expect([await status('/closed'), await status('/closed', { headers: shopper })]).toEqual([401, 200])
    expect([await status('/admin'), await status('/admin', { headers: shopper }), await status('/admin', { headers: admin })]).toEqual([401, 403, 200])
  })

  it('tells how to sign in, and whether the token has expired', async () => {
    const { url } = await gateway({ auth: auth(), routes })
    expect((await fetch(`${url}/closed`)).headers.get('www-authenticate')).toBe('Bearer')
    const expired = await fetch(`${url}/closed`, { headers: bearer(await es.sign({ sub: 'ada' }, { expires: 1_000 })) })
    expect([expired.status, expired.headers.get('www-authenticate'), await expired.json()]).toEqual([
      401,
      'Bearer error="invalid_token"',
      expect.objectContaining({ code: 'token_expired' }),
    ])
  })

  it('is not lost on an open route by a stale token, and a good one still tells the user', async () => {
    const { url } = await gateway({ auth: auth(), routes })
    expect(await (await fetch(`${url}/open`, { headers: bearer(await stranger.sign({ sub: 'ada' })) })).json()).toEqual({ user: null })
    expect(await (await fetch(`${url}/open`, { headers: bearer(await es.sign({ sub: 'ada' })) })).json()).toEqual({ user: 'ada' })
  })

  it('is refused before the body is read (seed-requirement 33)', async () => {
    const service = await upstream()
    const { port } = await gateway({
      auth: auth(),
      resolver: staticResolver({ s: [service.url] }),
      routes: [{ path: '/x', service: 's' }],
      limits: { bodyBytes: 1 << 30 },
    })
    const socket = await dial(port)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const heard = once(socket, 'data')
    socket.on('error', () => undefined)
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n')
    expect(String((await heard)[0])).toMatch(/^HTTP\/1.1 401 /)
    // Who goes on sending loses the connection.
    const chunk = Buffer.alloc(1 << 20)
    const more = (): void => {
      while (socket.writable && socket.write(chunk));
    }
    socket.on('drain', more)
    more()
    await closed
    expect(socket.bytesWritten).toBeLessThan(100 << 20)
    expect(service.seen).toHaveLength(0)
  })
})

describe('rate limits at the gateway', () => {
  it('answer 429 with the standard fields, and let others pass (seed-requirement 33)', async () => {
    const clock = createManualClock()
    const { url } = await gateway({
      clock,
      trust: { hops: 1 },
      rateLimit: { by: 'address', limit: 2, per: '1m' },
      routes: [{ path: '/x', public: true, handler: () => new Response('ok') }],
    })
    const ask = (client: string) => fetch(`${url}/x`, { headers: { 'x-forwarded-for': client } })
    const first = await ask('203.0.113.7')
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual(['"address";q=2;w=60', '"address";r=1;t=0'])
    await ask('203.0.113.7')
    const third = await ask('203.0.113.7')
    expect([third.status, third.headers.get('retry-after'), third.headers.get('ratelimit')]).toEqual([429, '30', '"address";r=0;t=30'])
    expect(await third.json()).toMatchObject({
      type: expect.stringContaining('quota-exceeded'),
      code: 'rate_limited',
      'violated-policies': ['address'],
      success: false,
    })
    expect((await ask('203.0.113.8')).status).toBe(200)
    await clock.advance(30_000)
    expect((await ask('203.0.113.7')).status).toBe(200)
  })

  it('of a route stand beside those of the gateway; a route may lift them; health is never limited', async () => {
    const handler = () => new Response('ok')
    const { url } = await gateway({
      rateLimit: { by: 'visitor', limit: 3, per: '1h' },
      routes: [
        { path: '/login', public: true, handler, rateLimit: { by: 'address', limit: 1, per: '1h' } },
        { path: '/free', public: true, handler, rateLimit: false },
        { path: '/x', public: true, handler },
      ],
    })
    const status = async (path: string) => (await fetch(url + path)).status
    expect([await status('/login'), await status('/login'), await status('/x'), await status('/x'), await status('/x')]).toEqual([200, 429, 200, 200, 429])
    expect([await status('/free'), await status('/health/live')]).toEqual([200, 200])
  })

  it('count guesses at tokens as visitors', async () => {
    const { url } = await gateway({
      auth: auth(),
      rateLimit: { by: 'visitor', limit: 2, per: '1h' },
      routes: [{ path: '/x', handler: () => new Response('ok') }],
    })
    const guess = async () => (await fetch(`${url}/x`, { headers: bearer('a.b.c') })).status
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 429])
    expect((await fetch(`${url}/x`, { headers: bearer(await es.sign({ sub: 'ada' })) })).status).toBe(200)
  })

  it('can be shared by gateways that share a store (seed-requirement 33)', async () => {
    const { memoryRateLimitStore } = await import('./index.ts')
    const options: GatewayOptions = {
      rateLimitStore: memoryRateLimitStore(),
      rateLimit: { by: 'all', limit: 2, per: '1h' },
      routes: [{ path: '/x', public: true, handler: () => new Response('ok') }],
    }
    const one = await gateway(options)
    const two = await gateway(options)
    const statuses = []
    for (const { url } of [one, two, one]) statuses.push((await fetch(`${url}/x`)).status)
    expect(statuses).toEqual([200, 200, 429])
  })
})

describe('a signed user context', () => {
  const user: User = { id: 'ada', roles: ['shopper'], name: 'Ada Łovelace 京都 👩🏽‍💻\r\nX-Evil: 1', email: 'ada@shop.example' }
  const secret: Jwk = { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') }

  it('arrives at the service with any Unicode name intact, and the forged one does not (seed-requirements 26 and 27)', async () => {
    const service = await upstream()
    const authenticator: Authenticator = { authenticate: () => ({ kind: 'user', user }) }
    const { url } = await gateway({
      auth: authenticator,
      context: signedContext({ key: ed.privateJwk }),
      resolver: staticResolver({ orders: [service.url] }),
      routes: [{ path: '/x', service: 'orders' }],
    })
    await fetch(`${url}/x`, { headers: { 'x-user-context': 'forged', X_User_Context: 'forged', authorization: 'Bearer secret' } })
    const headers = service.seen[0]?.headers
    expect(await createContextVerifier({ keys: [ed.jwk], audience: 'orders' })(headers?.['x-user-context'])).toEqual({ user })
    expect(headers?.['x_user_context']).toBeUndefined()
    expect(headers?.['authorization']).toBeUndefined()
  })

  it('says of a caller who is not signed in that there is no user', async () => {
    const verify = createContextVerifier({ keys: [secret], audience: 'orders' })
    expect(await verify(await signedContext({ key: secret }).sign(undefined, 'orders'))).toEqual({ user: undefined })
  })

  it('carries any user whatever (seed-requirement 27)', async () => {
    const signer = signedContext({ key: secret })
    const verify = createContextVerifier({ keys: [secret], audience: 'a' })
    const users = fc.record({
      id: fc.string({ minLength: 1, unit: 'grapheme' }),
      roles: fc.array(fc.string({ unit: 'grapheme' })),
      name: fc.string({ unit: 'grapheme' }),
    })
    await fc.assert(
      fc.asyncProperty(users, async (given) => {
        const token = await signer.sign(given, 'a')
        expect(token).toMatch(/^[\w.-]+$/)
        expect(await verify(token)).toEqual({ user: given })
      }),
    )
  })

  it('is refused when missing, malformed, forged, expired, for another service, or no context (seed-requirement 27)', async () => {
    const clock = createManualClock({ nowMs: Date.UTC(2040, 0, 1) })
    const signer = signedContext({ key: es.privateJwk, ttlMs: 30_000, clock })
    const verify = createContextVerifier({ keys: [es.jwk, ed.jwk], audience: 'orders', clock })
    const token = await signer.sign(user, 'orders')
    const [head = '', body = '', signature = ''] = token.split('.')
    const expires = Math.floor(clock.now() / 1_000) + 60
    const forged = unsigned({ alg: 'ES256', kid: 'es', typ: 'hanse-context+jwt' }, { sub: 'admin', exp: expires, iss: 'hanse-gateway', aud: 'orders' })
    const wrong: readonly (string | readonly string[] | undefined)[] = [
      undefined,
      '',
      'rubbish',
      'a.b.c',
      [token, token],
      `${head}.${body}.${'A'.repeat(signature.length)}`,
      `${head}.${forged.split('.')[1]}.${signature}`,
      `${forged}.${signature}`,
      `${unsigned({ alg: 'none' }, {})}.`,
      await signer.sign(user, 'payments'),
      await signedContext({ key: stranger.privateJwk, clock }).sign(user, 'orders'),
      await signedContext({ key: es.privateJwk, clock, issuer: 'other' }).sign(user, 'orders'),
      await es.sign({ sub: 'ada' }, { issuer: 'hanse-gateway', audience: 'orders', expires }),
    ]
    for (const header of wrong) await expect(verify(header)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' })
    expect(await verify(token)).toEqual({ user })
    await clock.advance(36_000)
    await expect(verify(token)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' })
  })

  it('is signed once a user and service, and anew before half of its life is over', async () => {
    const clock = createManualClock()
    const signer = signedContext({ key: secret, ttlMs: 10_000, clock })
    const first = await signer.sign(user, 'orders')
    expect(signer.sign(user, 'orders')).toBe(first)
    expect(await signer.sign(user, 'payments')).not.toBe(first)
    await clock.advance(5_001)
    expect(await signer.sign(user, 'orders')).not.toBe(first)
  })

  it('needs a key that can be trusted', () => {
    expect(() => signedContext({ key: { kty: 'oct', k: 'c2hvcnQ' } })).toThrow(/32 bytes/)
    expect(() => signedContext({ key: { kty: 'RSA' } })).toThrow(/JSON Web Key/)
    expect(() => signedContext({ key: secret, ttlMs: 0 })).toThrow(/ttlMs/)
    expect(() => createContextVerifier({ keys: [], audience: 'a' })).toThrow(/keys/)
  })
})

describe('every URL form of a route', () => {
  const forms = (path: string, service: string): readonly string[] => [
    path,
    `${path}/`,
    path.replace('/api/', `/api/${service}/`),
    `${path.replace('/api/', `/api/${service}/`)}/`,
    path.replace('/api/', '/%61pi/'),
    path.replace('/api/', `/%61pi/${service.replace('u', '%75')}/`),
  ]

  it('stands behind the same guards, and reaches the service as one path (E27; seed-requirements 28 and 39)', async () => {
    const users = await upstream()
    const { url } = await gateway({
      auth: auth(),
      resolver: staticResolver({ 'user-service': [users.url], 'product-service': [users.url] }),
      serviceAliases: { services: ['user-service', 'product-service'] },
      routes: [
        { path: '/api/users', methods: ['POST'], service: 'user-service', public: true, rewrite: { strip: '/api' } },
        { path: '/api/users', methods: ['GET'], service: 'user-service', roles: ['admin'], rewrite: { strip: '/api' } },
        { path: '/api/users/:id', service: 'user-service', rewrite: { strip: '/api' }, maxBodyBytes: 3 },
        { path: '/api/products/*', methods: ['GET'], service: 'product-service', public: true, rewrite: { strip: '/api' } },
      ],
    })
    const shopper = bearer(await es.sign({ sub: 'ada' }))
    const cases = [
      ['/api/users', 'user-service', { method: 'GET' }, 401],
      ['/api/users', 'user-service', { method: 'GET', headers: shopper }, 403],
      ['/api/users', 'user-service', { method: 'POST', body: 'x' }, 200],
      ['/api/users', 'user-service', { method: 'DELETE', headers: shopper }, 405],
      ['/api/users/7', 'user-service', { method: 'GET' }, 401],
      ['/api/users/7', 'user-service', { method: 'PUT', headers: shopper, body: 'four' }, 413],
      ['/api/users/7', 'user-service', { method: 'GET', headers: shopper }, 200],
      ['/api/products/7', 'product-service', { method: 'GET' }, 200],
      ['/api/products/7', 'product-service', { method: 'PUT', headers: shopper }, 405],
      // Another service's resource under this service's name is not there.
      ['/api/users/7', 'product-service', { method: 'GET', headers: shopper }, 404],
    ] as const
    for (const [path, service, init, status] of cases) {
      const seenBefore = users.seen.length
      const list = service === 'product-service' && status === 404 ? forms(path, service).slice(2, 4) : forms(path, service)
      for (const form of list) expect([form, init.method, (await fetch(url + form, init)).status]).toEqual([form, init.method, status])
      for (const { url: seen } of users.seen.slice(seenBefore)) expect(seen.replace(/\/$/, '')).toBe(path.replace('/api', ''))
    }
  })

  it('opens nothing that no route opens: health, metrics, services that did not opt in (seed-requirement 28)', async () => {
    const users = await upstream()
    const { url } = await gateway({
      resolver: staticResolver({ 'user-service': [users.url], 'order-service': [users.url] }),
      serviceAliases: { services: ['user-service'] },
      routes: [
        { path: '/api/users/*', service: 'user-service', public: true },
        { path: '/api/orders/*', service: 'order-service', public: true },
      ],
    })
    for (const path of [
      '/api/user-service',
      '/api/user-service/health',
      '/api/user-service/metrics',
      '/api/order-service/orders',
      '/user-service/users',
      '/api/user-service/user-service/users',
      '/api/user-service/orders/1',
    ]) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
    }
    expect(users.seen).toHaveLength(0)
  })
})

describe('health', () => {
  it('is live while a needed thing is missing, and not ready; names are shown, reasons only logged (seed-requirement 36)', async () => {
    let up = true
    const logger = createRecordingLogger()
    const { url } = await gateway({
      logger,
      routes: [],
      health: { checks: { registry: () => (up ? undefined : Promise.reject(new Error('10.0.0.1 refused'))) } },
    })
    const look = async (path: string) => {
      const answer = await fetch(url + path)
      return [answer.status, await answer.json()]
    }
    expect(await look('/health')).toEqual([200, { status: 'ok', timestamp: expect.stringMatching(/^\d{4}-.*Z$/) }])
    expect(await look('/health/ready')).toEqual([200, expect.objectContaining({ status: 'ok', checks: { registry: 'ok' } })])
    up = false
    expect(await look('/health/ready')).toEqual([503, expect.objectContaining({ status: 'unavailable', checks: { registry: 'failed' } })])
    expect((await look('/health/live'))[0]).toBe(200)
    expect(logger.entries.some(({ fields }) => String(fields['err']).includes('10.0.0.1'))).toBe(true)
  })
})
