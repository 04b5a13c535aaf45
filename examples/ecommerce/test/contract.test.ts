import { SignJWT, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApi } from '../contracts/openapi.ts'
import { routes } from '../contracts/routes.ts'
import type { RouteContract } from '../contracts/routes.ts'
import { callShop } from '../drill/shop-client.ts'
import type { ShopAnswer } from '../drill/shop-client.ts'
import { openTestShop } from './test-shop.ts'
import type { TestShop } from './test-shop.ts'

let shop: TestShop
let ids: { readonly product: string; readonly category: string; readonly user: string; readonly order: string; readonly stranger: string }

const declared = openApi('http://127.0.0.1')['paths'] as Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>
const undeclared = new Set<string>()

async function call(path: string, options: Parameters<typeof callShop>[2] = {}): Promise<ShopAnswer> {
  const answer = await callShop(shop.url, path, options)
  noteUndeclared(options.method ?? 'GET', path.split('?')[0] ?? path, answer.status)
  return answer
}

/** Keeps the answers that the OpenAPI document does not declare; a literal path goes before one with parameters. */
function noteUndeclared(method: string, path: string, status: number): void {
  const fits = (template: string) => new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  const template = declared[path] === undefined ? Object.keys(declared).find(fits) : path
  const operation = template === undefined ? undefined : declared[template]?.[method.toLowerCase()]
  if (operation !== undefined && !Object.hasOwn(operation.responses, status)) undeclared.add(`${method} ${template} ${status}`)
}

const dataOf = <T>(answer: ShopAnswer): T => answer.body.data as T
const address = { street: 'Lange Zeile 1', city: 'Lübeck', postal_code: '23552', country: 'DE' }

async function signUp(name: string): Promise<{ id: string; token: string }> {
  const email = `${name}-${crypto.randomUUID()}@shop.example`
  const made = await call('/api/users', { method: 'POST', body: { email, name, password: 'a fine password' } })
  expect(made.status).toBe(201)
  const login = await call('/api/auth/login', { method: 'POST', body: { email, password: 'a fine password' } })
  return { id: dataOf<{ id: string }>(made).id, token: dataOf<{ accessToken: string }>(login).accessToken }
}

beforeAll(async () => {
  shop = await openTestShop()
  const [product] = dataOf<{ id: string; category: string }[]>(await call('/api/products?limit=1'))
  const me = dataOf<{ id: string }>(await call('/api/users/me', { token: shop.shopper }))
  const order = await call('/api/orders', {
    method: 'POST',
    token: shop.shopper,
    body: { items: [{ productId: product?.id, quantity: 1 }], shippingAddress: address, payment: { token: 'tok_ok' } },
  })
  ids = {
    product: product?.id ?? '',
    category: product?.category ?? '',
    user: me.id,
    order: order.body.orderId ?? '',
    stranger: (await signUp('Stranger')).token,
  }
})
afterAll(() => shop[Symbol.asyncDispose]())

function pathOf(route: RouteContract): string {
  const id = route.path.startsWith('/users') ? ids.user : route.path.startsWith('/orders') ? ids.order : ids.product
  return `/api${route.path.replace(':id', id).replace(':productId', ids.product).replace(':category', encodeURIComponent(ids.category))}`
}

function expectProblem(answer: ShopAnswer, status: number): void {
  expect({ status: answer.status, ...answer.body }).toMatchObject({
    status,
    success: false,
    error: expect.any(String),
    code: expect.stringMatching(/^[a-z_]+$/),
    title: expect.any(String),
  })
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.headers.get('x-correlation-id')).toMatch(/^[\w-]{8,}$/)
  expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1|node_modules|\.ts:|SQLITE|at \w+ \(/)
}

const all: readonly (readonly [string, RouteContract])[] = Object.entries(routes)

describe.each(all)('%s', (_, route) => {
  const guarded = route.access !== 'public'

  if (guarded)
    it('answers 401 without a token, with a foreign one and with an unsigned one (seed-requirement 34)', async () => {
      const { privateKey } = await generateKeyPair('EdDSA')
      const foreign = await new SignJWT({ roles: ['admin'] })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(ids.user)
        .setIssuer('user-service')
        .setAudience('shop')
        .setExpirationTime('5m')
        .sign(privateKey)
      const none =
        `${btoa('{"alg":"none"}')}.${btoa(`{"sub":"${ids.user}","roles":["admin"],"iss":"user-service","aud":"shop","exp":9999999999}`)}.`.replaceAll('=', '')
      for (const token of [undefined, foreign, none, 'rubbish'])
        expectProblem(await call(pathOf(route), { method: route.method, token, ...(route.body === undefined ? {} : { body: {} }) }), 401)
    })

  if (route.access === 'admin')
    it('answers 403 to a shopper', async () => {
      expectProblem(await call(pathOf(route), { method: route.method, token: shop.shopper, ...(route.body === undefined ? {} : { body: {} }) }), 403)
    })

  if (route.access === 'owner')
    it('answers 403 to somebody else (seed-requirement 50)', async () => {
      const answer = await call(pathOf(route), {
        method: route.method,
        token: ids.stranger,
        ...(route.body === undefined ? {} : { body: route.path.endsWith('preferences') ? { a: 'b' } : {} }),
      })
      expectProblem(answer, 403)
    })

  if (route.body !== undefined)
    it('answers 400 to malformed JSON, 415 to another type, 413 to too much, 422 to wrong types (seed-requirements 48 and 108)', async () => {
      const as = { method: route.method, token: shop.admin }
      const json = { 'content-type': 'application/json' }
      expectProblem(await call(pathOf(route), { ...as, raw: '{"a":', headers: json }), 400)
      expectProblem(await call(pathOf(route), { ...as, raw: '['.repeat(40) + ']'.repeat(40), headers: json }), 400)
      expectProblem(await call(pathOf(route), { ...as, raw: 'a=b', headers: { 'content-type': 'text/plain' } }), 415)
      expectProblem(await call(pathOf(route), { ...as, raw: `"${'x'.repeat(1024 * 1024)}"`, headers: json }), 413)
      for (const body of ['text', 7, [1], { items: 'x', email: 1, name: 2, price: 19.99, stocked: '3', refreshToken: 5, bio: 7, preference: 1 }]) {
        const answer = await call(pathOf(route), { ...as, body })
        expectProblem(answer, 422)
        expect(answer.body['errors']).toEqual(expect.arrayContaining([{ pointer: expect.any(String), detail: expect.any(String) }]))
      }
    })

  it('answers 405 with Allow to a method that it does not have', async () => {
    const answer = await call(pathOf(route), { method: 'PATCH', token: shop.admin })
    expectProblem(answer, 405)
    expect(answer.headers.get('allow')).toContain(route.method)
  })

  it('stands behind the same guards in every form of its URL (seed-requirement 39)', async () => {
    const short = pathOf(route)
    const forms = [
      short.replace('/api/', `/api/${route.service}/`),
      `${short}/`,
      short.replace('/api/', '/api//'),
      short.replace('/api/', '/api/./'),
      short.replace('/api/', '/%61pi/'),
      short.replace('/api/', `/api/${route.service}/api/`),
      short.replace('/api/', '/API/'),
    ]
    const method = route.method === 'GET' ? 'GET' : route.method
    const send = (path: string) => call(path, { method, ...(route.body === undefined ? {} : { body: {} }) })
    const canonical = (await send(short)).status
    for (const form of forms) {
      const { status } = await send(form)
      expect([guarded ? 401 : canonical, 400, 404, 308], form).toContain(status)
    }
  })
})

describe('the edge', () => {
  it('answers 404 to unknown routes and services, as a problem (seed-requirements 32 and 108)', async () => {
    for (const path of [
      '/nope',
      '/api/nope',
      '/api/nope-service/x',
      '/api/payment-service/internal/charges',
      '/internal/prices',
      '/api/internal/prices',
      '/api/product-service/internal/prices',
    ])
      expectProblem(await call(path, { token: shop.admin }), 404)
  })

  it('keeps a valid correlation id and replaces another (seed-requirement 105)', async () => {
    expect((await call('/api/categories', { headers: { 'x-correlation-id': 'order-4711-abcdef' } })).headers.get('x-correlation-id')).toBe('order-4711-abcdef')
    expect((await call('/api/categories', { headers: { 'x-correlation-id': 'x'.repeat(500) } })).headers.get('x-correlation-id')).not.toContain('xxx')
  })

  it('does not let a client forge the user context (seed-requirement 26)', async () => {
    expectProblem(await call('/api/users', { headers: { 'x-user-context': 'forged', X_User_Context: 'forged' } }), 401)
  })

  it('shows services to admins only, each with its process (seed-requirements 10 and 19)', async () => {
    expectProblem(await call('/services', { token: shop.shopper }), 403)
    const services = dataOf<{ name: string; instances: { metadata: { pid: string } }[] }[]>(await call('/services', { token: shop.admin }))
    expect(services.map((service) => service.name).toSorted()).toEqual([
      'gateway',
      'inventory-service',
      'order-service',
      'payment-service',
      'product-service',
      'user-service',
    ])
    for (const { instances } of services) expect(Number(instances[0]?.metadata.pid)).toBeGreaterThan(0)
  })

  it('publishes its keys and an OpenAPI document that names every route and no other', async () => {
    expect((await call('/.well-known/jwks.json')).body['keys']).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519' })])
    expect(JSON.stringify((await call('/.well-known/jwks.json')).body)).not.toContain('"d"')
    const { paths } = (await call('/openapi.json')).body as unknown as { paths: Record<string, object> }
    const named = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    expect(named.filter((one) => one.includes(' /api/')).toSorted()).toEqual(
      all.map(([, route]) => `${route.method} /api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`).toSorted(),
    )
  })

  it('refuses calls to services that did not come through it, health excepted (seed-requirement 95)', async () => {
    for (const [name, { url }] of Object.entries(shop.shop.services)) {
      if (name === 'gateway') continue
      expect((await callShop(url, '/health/ready')).status).toBe(200)
      const path =
        name === 'payment-service'
          ? '/internal/charges'
          : name === 'inventory-service'
            ? `/inventory/${ids.product}`
            : name === 'order-service'
              ? '/orders'
              : name === 'user-service'
                ? '/users/me'
                : '/products'
      expect((await callShop(url, path, { method: name === 'payment-service' ? 'POST' : 'GET' })).status).toBe(401)
    }
  })

  it('tells live from ready', async () => {
    for (const path of ['/health', '/health/live', '/health/ready'])
      expect((await call(path)).body).toMatchObject({ status: 'ok', timestamp: expect.any(String) })
  })

  it('counts for Prometheus', async () => {
    const { body } = await call('/metrics', { token: shop.admin })
    expect(body['text']).toMatch(/^# TYPE /m)
    expectProblem(await call('/metrics'), 401)
  })
})

describe('users', () => {
  it('signs up, logs in, renews once, and ends the family when an old token comes back', async () => {
    const email = `Rotate-${crypto.randomUUID()}@Shop.Example`
    const made = await call('/api/users', { method: 'POST', body: { email, name: 'Zoë 日本', password: 'a fine password', role: 'admin' } })
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe(`/api/users/${dataOf<{ id: string }>(made).id}`)
    expect(Object.keys(dataOf<object>(made)).toSorted()).toEqual(['created_at', 'email', 'id', 'name'])
    const tokens = dataOf<{ accessToken: string; refreshToken: string }>(
      await call('/api/auth/login', { method: 'POST', body: { email: email.toLowerCase(), password: 'a fine password' } }),
    )
    const me = await call('/api/users/me', { token: tokens.accessToken })
    expect(dataOf<object>(me)).toMatchObject({ name: 'Zoë 日本', role: 'shopper', email })
    const renew = (refreshToken: string) => call('/api/auth/refresh', { method: 'POST', body: { refreshToken } })
    const renewed = await renew(tokens.refreshToken)
    expect(renewed.status).toBe(200)
    expectProblem(await renew(tokens.refreshToken), 401)
    expectProblem(await renew(dataOf<{ refreshToken: string }>(renewed).refreshToken), 401)
  })

  it('lets exactly one of many sign-ups with one address win (seed-requirement 42)', async () => {
    const email = `race-${crypto.randomUUID()}@shop.example`
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        call('/api/users', { method: 'POST', body: { email: n % 2 === 0 ? email : email.toUpperCase(), name: 'Racer', password: 'a fine password' } }),
      ),
    )
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
    expect(answers.find((answer) => answer.status === 409)?.body.code).toBe('email_taken')
  })

  it('gives the same answer to a repeated sign-up with one key, and refuses another body (seed-requirement 47)', async () => {
    const body = { email: `key-${crypto.randomUUID()}@shop.example`, name: 'Key', password: 'a fine password' }
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const first = await call('/api/users', { method: 'POST', body, headers })
    const again = await call('/api/users', { method: 'POST', body, headers })
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    const other = await call('/api/users', { method: 'POST', body: { ...body, name: 'Other' }, headers })
    expectProblem(other, 422)
    expect(other.body.code).toBe('idempotency_key_reused')
  })

  it('changes a password for who knows the current one, and ends the sessions there were', async () => {
    const email = `word-${crypto.randomUUID()}@shop.example`
    const { id } = dataOf<{ id: string }>(await call('/api/users', { method: 'POST', body: { email, name: 'Word', password: 'a fine password' } }))
    const logIn = async (password: string) => call('/api/auth/login', { method: 'POST', body: { email, password } })
    const before = dataOf<{ accessToken: string; refreshToken: string }>(await logIn('a fine password'))
    const change = (body: object) => call(`/api/users/${id}`, { method: 'PUT', token: before.accessToken, body })
    for (const wrong of [{}, { currentPassword: 'not that one' }]) {
      const answer = await change({ password: 'another password', ...wrong })
      expectProblem(answer, 422)
      expect(answer.body.code).toBe('current_password_wrong')
    }
    expect((await change({ password: 'another password', currentPassword: 'a fine password' })).status).toBe(200)
    expectProblem(await call('/api/auth/refresh', { method: 'POST', body: { refreshToken: before.refreshToken } }), 401)
    expectProblem(await logIn('a fine password'), 401)
    expect((await logIn('another password')).status).toBe(200)
  })

  it('answers alike for an unknown address and a wrong password (seed-requirement 110)', async () => {
    const unknown = await call('/api/auth/login', { method: 'POST', body: { email: 'nobody@shop.example', password: 'a fine password' } })
    const wrong = await call('/api/auth/login', { method: 'POST', body: { email: 'admin@shop.example', password: 'a fine password' } })
    expectProblem(unknown, 401)
    expect(wrong.body).toEqual(unknown.body)
  })

  it('changes only what is sent, and loses none of two updates at once (seed-requirements 51 and 53)', async () => {
    const { id, token } = await signUp('Change')
    const profile = await call(`/api/users/${id}/profile`, { method: 'POST', token, body: { bio: 'Hello', phone: '+49 451 1', address } })
    expect(dataOf<object>(profile)).toMatchObject({ bio: 'Hello', phone: '+49 451 1', address })
    expect(dataOf<object>(await call(`/api/users/${id}/profile`, { method: 'POST', token, body: { phone: null } }))).toMatchObject({
      bio: 'Hello',
      phone: null,
    })
    const tag = (await call(`/api/users/${id}`, { token })).headers.get('etag') ?? ''
    const both = await Promise.all(
      ['A name', 'B name'].map((name) => call(`/api/users/${id}`, { method: 'PUT', token, body: { name }, headers: { 'if-match': tag } })),
    )
    expect(both.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 412])
    const preferences = { theme: 'dark', language: 'de' }
    expect((await call(`/api/users/${id}/preferences`, { method: 'PUT', token, body: preferences })).status).toBe(200)
    expect(dataOf(await call(`/api/users/${id}/preferences`, { token }))).toEqual(preferences)
  })

  it('frees the address of a deleted user (seed-requirement 49)', async () => {
    const body = { email: `gone-${crypto.randomUUID()}@shop.example`, name: 'Gone', password: 'a fine password' }
    const { id } = dataOf<{ id: string }>(await call('/api/users', { method: 'POST', body }))
    expect((await call(`/api/users/${id}`, { method: 'DELETE', token: shop.admin })).status).toBe(204)
    expectProblem(await call(`/api/users/${id}`, { token: shop.admin }), 404)
    expect((await call('/api/users', { method: 'POST', body })).status).toBe(201)
  })
})

describe('products', () => {
  it('finds a product soon after it was written, by category too, and no more once it is gone (seed-requirements 58 and 69)', async () => {
    const name = `Quixotic Lantern ${Math.trunc(performance.now())}`
    const made = await call('/api/products', {
      method: 'POST',
      token: shop.admin,
      body: { name, description: 'A lantern for windmills.', category: 'Lighting', brand: 'Mancha', price: '19.99', currency: 'EUR', inventory_count: 5 },
    })
    expect(made.status).toBe(201)
    const { id } = dataOf<{ id: string }>(made)
    const found = async () =>
      dataOf<{ id: string }[]>(await call(`/api/products/search?q=quixotc+lantern&category=Lighting&minPrice=19.99&maxPrice=19.99`)).map(
        (product) => product.id,
      )
    await expect.poll(found, { timeout: 10_000 }).toContain(id)
    await expect
      .poll(async () => dataOf<{ available: number }>(await call(`/api/inventory/${id}`, { token: shop.admin }))?.available, { timeout: 10_000 })
      .toBe(5)
    await expect
      .poll(async () => dataOf<{ similarity: number; id: string }[]>(await call(`/api/products/${id}/recommendations?limit=3&threshold=0.1`)).length, {
        timeout: 10_000,
      })
      .toBeGreaterThan(0)
    expect(JSON.stringify((await call(`/api/products/${id}/recommendations`)).body)).not.toContain(id)
    const tag = (await call(`/api/products/${id}`)).headers.get('etag') ?? ''
    const changed = await call(`/api/products/${id}`, { method: 'PUT', token: shop.admin, body: { price: '21.00' }, headers: { 'if-match': tag } })
    expect(dataOf<object>(changed)).toMatchObject({ price: '21.00', description: 'A lantern for windmills.' })
    expectProblem(await call(`/api/products/${id}`, { method: 'PUT', token: shop.admin, body: { price: '22.00' }, headers: { 'if-match': tag } }), 412)
    expect((await call(`/api/products/${id}`, { method: 'DELETE', token: shop.admin })).status).toBe(204)
    expectProblem(await call(`/api/products/${id}`), 404)
    await expect.poll(found, { timeout: 10_000 }).not.toContain(id)
  })

  it('pages without repeating or skipping, in one envelope, and refuses cursors that are forged or foreign (seed-requirements 66 and 109)', async () => {
    const seen = new Set<string>()
    let pages = 0
    for (let next: string | null = ''; next !== null && pages < 12; pages++) {
      const page = await call(`/api/products?limit=37${next === '' ? '' : `&cursor=${encodeURIComponent(next)}`}`)
      for (const { id } of dataOf<{ id: string }[]>(page)) seen.add(id)
      next = (page.body['page'] as { next: string | null }).next
    }
    expect(seen.size).toBe(12 * 37)
    for (const path of [
      '/api/products?cursor=2020-01.x',
      '/api/products?cursor=rubbish',
      '/api/products/search?cursor=rubbish',
      '/api/users?cursor=rubbish',
      '/api/orders?cursor=rubbish',
    ])
      expectProblem(await call(path, { token: shop.admin }), 400)
  })

  it.each(['limit=0', 'limit=101', 'limit=-1', 'limit=NaN', 'limit=1&limit=2', 'minPrice=abc', 'minPrice=2&maxPrice=1', 'sort=colour', 'currency=ZZZ'])(
    'answers 422 to %s (seed-requirement 66)',
    async (query) => {
      expectProblem(await call(`/api/products/search?${query}`), 422)
    },
  )

  it('counts facets and the whole, and sorts by exact price, on a path that a parameter would match, too (seed-requirements 56 and 67)', async () => {
    const { body } = await call('/api/products/search?q=lamp&sort=price&limit=50')
    expect(body['total']).toMatchObject({ value: expect.any(Number), relation: 'eq' })
    const facets = body['facets'] as Record<string, { value: string; count: number }[]>
    expect(facets['category']?.length).toBeGreaterThan(0)
    const prices = (body.data as unknown as { price: string }[]).map(({ price }) => Number(price))
    expect(prices).toEqual(prices.toSorted((a, b) => a - b))
  })

  it('answers 404 for ids that are unknown or malformed', async () => {
    for (const id of [crypto.randomUUID(), 'not-a-uuid', '..%2f', '1']) expect([400, 404]).toContain((await call(`/api/products/${id}`)).status)
  })

  it('answers a conditional read with 304', async () => {
    const tag = (await call(`/api/products/${ids.product}`)).headers.get('etag') ?? ''
    expect((await call(`/api/products/${ids.product}`, { headers: { 'if-none-match': tag } })).status).toBe(304)
    expect((await call(`/api/products/${ids.product}`, { headers: { 'if-none-match': `"other", W/${tag}` } })).status).toBe(304)
  })
})

describe('the OpenAPI document', () => {
  it('declares the status of every answer that this file saw', () => {
    expect([...undeclared]).toEqual([])
  })
})
