import { describe, expect, it } from 'vitest'
import { dial, exchange, gateway, statusOf, upstream } from './gateway.fixture.ts'
import { staticResolver } from './index.ts'

async function edge() {
  const service = await upstream()
  const running = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x/*', service: 's', public: true }] })
  return { service, port: running.port }
}

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`
const good = ['Host: shop.example', 'Connection: close']

describe('at the edge, what two parsers could read differently', () => {
  it.each([
    ['both Content-Length and Transfer-Encoding', `${head('POST /x HTTP/1.1', ...good, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['two Content-Length fields', `${head('POST /x HTTP/1.1', ...good, 'Content-Length: 5', 'Content-Length: 6')}hello`],
    ['a Content-Length with a sign', `${head('POST /x HTTP/1.1', ...good, 'Content-Length: +5')}hello`],
    ['a coding before chunked', `${head('POST /x HTTP/1.1', ...good, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
    ['a disguised coding', `${head('POST /x HTTP/1.1', ...good, 'Transfer-Encoding: xchunked')}0\r\n\r\n`],
    ['chunks under HTTP/1.0', `${head('POST /x HTTP/1.0', ...good, 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['a space before the colon', head('GET /x HTTP/1.1', ...good, 'X-A : 1')],
    ['a folded line', head('GET /x HTTP/1.1', ...good, 'X-A: 1', ' 2')],
    ['bare line feeds', 'GET /x HTTP/1.1\nHost: a\nConnection: close\n\n'],
    ['two Host fields', head('GET /x HTTP/1.1', ...good, 'Host: evil.example')],
    ['no Host field', head('GET /x HTTP/1.1', 'Connection: close')],
    ['a Host with user information', head('GET /x HTTP/1.1', 'Host: a@b', 'Connection: close')],
    ['a NUL in a field', head('GET /x HTTP/1.1', ...good, 'X-A: a\0b')],
    ['two Authorization fields', head('GET /x HTTP/1.1', ...good, 'Authorization: Bearer a', 'authorization: Bearer b')],
    ['a dot segment', head('GET /x/../health HTTP/1.1', ...good)],
    ['an encoded slash', head('GET /x/..%2fhealth HTTP/1.1', ...good)],
    ['an empty segment', head('GET //evil.example/x HTTP/1.1', ...good)],
    ['bytes beyond ASCII in the path', head('GET /x/\xc3\xa9 HTTP/1.1', ...good)],
    ['an asterisk', head('OPTIONS * HTTP/1.1', ...good)],
  ])('%s is answered 400 and reaches no service (seed-requirements 28 and 107)', async (_what, message) => {
    const { service, port } = await edge()
    const answer = await exchange(port, message)
    expect(statusOf(answer)).toBe(400)
    expect(answer).toContain('application/problem+json')
    expect(answer).toContain('"success":false')
    expect(service.seen).toHaveLength(0)
  })

  it('too many or too long fields are 431, a too long target 414 (seed-requirement 30)', async () => {
    const { service, port } = await edge()
    expect(statusOf(await exchange(port, head('GET /x HTTP/1.1', ...good, ...Array.from({ length: 101 }, (_, i) => `A${i}: 1`))))).toBe(431)
    expect(statusOf(await exchange(port, head('GET /x HTTP/1.1', ...good, `A: ${'a'.repeat(20_000)}`)))).toBe(431)
    expect(statusOf(await exchange(port, head(`GET /x?${'a'.repeat(9_000)} HTTP/1.1`, ...good)))).toBe(414)
    expect(service.seen).toHaveLength(0)
  })

  it('a second request behind a refused one is not read as part of it', async () => {
    const { service, port } = await edge()
    const smuggled = `${head('POST /x HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\nGET /x/smuggled HTTP/1.1\r\nHost: a\r\n\r\n`
    expect(await exchange(port, smuggled)).not.toContain('200 OK')
    expect(service.seen).toHaveLength(0)
  })

  it('an absolute target is taken with its own authority (RFC 9112 section 3.2.2)', async () => {
    const { service, port } = await edge()
    expect(statusOf(await exchange(port, head('GET http://real.example/x HTTP/1.1', ...good)))).toBe(200)
    expect(service.seen[0]).toMatchObject({ url: '/x', headers: { 'x-forwarded-host': 'real.example' } })
  })

  it('TRACE is not served, an unknown expectation is 417, a WebSocket is refused clearly', async () => {
    const { service, port } = await edge()
    expect(statusOf(await exchange(port, head('TRACE /x HTTP/1.1', ...good)))).toBe(405)
    expect(statusOf(await exchange(port, head('GET /x HTTP/1.1', ...good, 'Expect: 200-maybe')))).toBe(417)
    expect(statusOf(await exchange(port, head('GET /x HTTP/1.1', 'Host: a', 'Connection: Upgrade, close', 'Upgrade: websocket')))).toBe(501)
    expect(service.seen).toHaveLength(0)
  })
})

describe('fields on their way to a service', () => {
  it('lose what is hop-by-hop, nominated, internal or forged, and keep the rest in order and spelling (seed-requirements 26, 35 and 104)', async () => {
    const { service, port } = await edge()
    await exchange(
      port,
      head(
        'GET /x HTTP/1.1',
        'Host: shop.example',
        'Connection: close, X-Hop, X-Correlation-ID',
        'X-Hop: 1',
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'Proxy-Authorization: x',
        'Upgrade: h2c',
        'HTTP2-Settings: AA',
        'X-User-Context: forged',
        'X_User_Context: forged',
        'x-user-id: 1',
        'X_INTERNAL_KEY: 1',
        'X-Forwarded-For: 6.6.6.6',
        'X_Forwarded_For: 6.6.6.6',
        'Forwarded: for=6.6.6.6',
        'X-Real-IP: 6.6.6.6',
        'X-Keep-Me: One',
        'x-keep-me: two',
        'Accept: */*',
      ),
    )
    const raw = service.seen[0]?.rawHeaders ?? []
    const names = raw.filter((_, i) => i % 2 === 0)
    expect(names).toEqual([
      'host',
      'connection',
      'X-Keep-Me',
      'x-keep-me',
      'Accept',
      'X-Correlation-ID',
      'X-Forwarded-For',
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'Via',
      'traceparent',
    ])
    expect(service.seen[0]?.headers).toMatchObject({
      'x-keep-me': 'One, two',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
      via: '1.1 hanse',
    })
    expect(JSON.stringify(raw)).not.toContain('forged')
    expect(JSON.stringify(raw)).not.toContain('6.6.6.6')
  })

  it('cannot nominate the length of the body away (RFC 9112 section 6.3)', async () => {
    const { service, port } = await edge()
    await exchange(port, `${head('POST /x HTTP/1.1', 'Host: a', 'Connection: close, content-length', 'Content-Length: 5')}hello`)
    expect(service.seen[0]).toMatchObject({ body: 'hello', headers: { 'content-length': '5' } })
  })

  it('continue a trace that the client began, and start one otherwise (seed-requirement 29)', async () => {
    const { service, port } = await edge()
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await exchange(port, head('GET /x HTTP/1.1', ...good, `traceparent: ${parent}`, 'tracestate: a=1'))
    expect(service.seen[0]?.headers['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[\da-f]{16}-01$/)
    expect(service.seen[0]?.headers['tracestate']).toBe('a=1')
    await exchange(port, head('GET /x HTTP/1.1', ...good, `traceparent: ${parent}`, `traceparent: ${parent}`, 'tracestate: a=1'))
    expect(service.seen[1]?.headers['traceparent']).toMatch(/^00-(?!0af7651916cd43dd8448eb211c80319c)[\da-f]{32}-[\da-f]{16}-00$/)
    expect(service.seen[1]?.headers['tracestate']).toBeUndefined()
  })

  it('pass GET with a body whole', async () => {
    const { service, port } = await edge()
    await exchange(port, `${head('GET /x HTTP/1.1', ...good, 'Content-Length: 5')}hello`)
    expect(service.seen[0]).toMatchObject({ method: 'GET', body: 'hello' })
  })

  it('let several requests follow each other on one connection', async () => {
    const { service, port } = await edge()
    const socket = await dial(port)
    const one = head('GET /x/1 HTTP/1.1', 'Host: a')
    const last = head('GET /x/3 HTTP/1.1', ...good)
    const chunks: string[] = []
    socket.on('data', (chunk) => chunks.push(chunk.toString()))
    socket.write(`${one}${head('GET /nope HTTP/1.1', 'Host: a')}${last}`)
    await new Promise((resolve) => socket.once('close', resolve))
    expect(chunks.join('').match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
    expect(service.seen.map(({ url }) => url)).toEqual(['/x/1', '/x/3'])
  })
})
