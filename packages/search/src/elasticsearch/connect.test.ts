import { generate } from 'selfsigned'
import { beforeAll, describe, expect, it } from 'vitest'
import { elasticsearch } from './elasticsearch-engine.ts'
import type { ElasticsearchOptions } from './elasticsearch-options.ts'
import { startStandIn, versionAnswer } from './stand-in-server.fixture.ts'
import type { AskedRequest, StandInAnswer } from './stand-in-server.fixture.ts'

const query = { filter: { kind: 'all', of: [] }, sort: [], limit: 1, facets: [] } as const
const noIndex: StandInAnswer = { status: 404, body: { error: { type: 'index_not_found_exception', reason: 'no such index', root_cause: [] }, status: 404 } }

/** A server of version 8 with no index at all. */
function emptyServer({ path }: AskedRequest): StandInAnswer {
  return path.startsWith('/_nodes') ? versionAnswer('8.19.21') : noIndex
}

/** Makes the first call, and gives back its error. */
async function firstCall(options: ElasticsearchOptions): Promise<unknown> {
  await using engine = elasticsearch({ connectTimeoutMs: 2_000, ...options })
  return engine.search('x', query).catch((error: unknown) => error)
}

// A call on an index that is not there: the connection was made.
const connected = { code: 'UNKNOWN_INDEX' }

describe('the first call', () => {
  it('gives up on a server that does not answer when its time is up, and names the option and the address', async () => {
    const error = await firstCall({ node: 'http://127.0.0.1:9', connectTimeoutMs: 150 })
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', retryable: true, details: { nodes: ['http://127.0.0.1:9'] } })
    expect(error).toHaveProperty('message', expect.stringMatching(/127\.0\.0\.1:9.*option 'node'.*connectTimeoutMs \(150 ms\).*ECONNREFUSED/))
    expect(error).toHaveProperty('cause', expect.any(Error))
  })

  it('gives up on a server that takes the connection and says nothing', async () => {
    await using silent = await startStandIn(() => new Promise(() => undefined))
    expect(await firstCall({ node: silent.node, connectTimeoutMs: 150 })).toMatchObject({ code: 'CONNECT_FAILED', retryable: true })
  })

  it('waits for a server that is not ready yet', async () => {
    let times = 0
    await using late = await startStandIn((asked) => (++times <= 2 ? { status: 503, body: { error: 'starting' } } : emptyServer(asked)))
    expect(await firstCall({ node: late.node })).toMatchObject(connected)
  })

  it('may be repeated after it failed', async () => {
    let up = false
    await using server = await startStandIn((asked) => (up ? emptyServer(asked) : { status: 503, body: {} }))
    await using engine = elasticsearch({ node: server.node, connectTimeoutMs: 100 })
    await expect(engine.search('x', query)).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    up = true
    await expect(engine.search('x', query)).rejects.toMatchObject(connected)
  })

  it.each(['7.17.29', '9.1.0', '8.5.0', '10.0.0'])('refuses version %s, and says what is needed and what was found', async (version) => {
    await using server = await startStandIn(() => versionAnswer(version))
    expect(await firstCall({ node: server.node })).toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: false,
      message: expect.stringMatching(`option 'node' must name Elasticsearch 8.13 or a later 8; found ${version}`),
    })
  })

  it('tells the version of a server that does not understand this client', async () => {
    const reason = 'Invalid media-type value on headers [Accept, Content-Type]'
    const type = 'media_type_header_exception'
    const further = { type: 'status_exception', reason: 'Accept version must be either version 7 or 6, but found 8.' }
    await using server = await startStandIn(() => ({
      status: 400,
      body: { error: { type, reason, root_cause: [{ type, reason }], caused_by: further }, status: 400 },
    }))
    expect(await firstCall({ node: server.node })).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/must name Elasticsearch 8\.13.*found version 7\./),
    })
  })

  it('refuses another product', async () => {
    await using server = await startStandIn(() => ({ ...versionAnswer('8.19.0'), product: '' }))
    expect(await firstCall({ node: server.node })).toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringMatching(/found another product/) })
  })

  it('ends when the engine is closed at once meanwhile', async () => {
    const engine = elasticsearch({ node: 'http://127.0.0.1:9', connectTimeoutMs: 600_000 })
    const reason = new Error('now')
    const call = engine.search('x', query).catch((error: unknown) => error)
    await engine.close({ signal: AbortSignal.abort(reason) })
    expect(await call).toMatchObject({ cause: reason })
  })

  it("rejects with the signal's own reason, and does not spoil the connection for others", async () => {
    let answer = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    await using server = await startStandIn(async (one) => {
      await asked
      return emptyServer(one)
    })
    await using engine = elasticsearch({ node: server.node })
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = engine.search('x', query, { signal: controller.signal })
    const patient = engine.search('x', query)
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    answer()
    await expect(patient).rejects.toMatchObject(connected)
  })
})

describe('credentials', () => {
  const guarded =
    (expected: string) =>
    (asked: AskedRequest): StandInAnswer =>
      asked.headers.authorization === expected
        ? emptyServer(asked)
        : { status: 401, body: { error: { type: 'security_exception', reason: 'missing authentication' }, status: 401 } }

  it.each([
    ['user and password', { username: 'shop', password: 's3cret' }, `Basic ${Buffer.from('shop:s3cret').toString('base64')}`],
    ['an API key', { apiKey: 'a2V5OnNlY3JldA==' }, 'ApiKey a2V5OnNlY3JldA=='],
    ['a bearer token', { bearer: 'token' }, 'Bearer token'],
  ])('may be %s', async (_, auth, header) => {
    await using server = await startStandIn(guarded(header))
    expect(await firstCall({ node: server.node, auth })).toMatchObject(connected)
  })

  it('that are refused or missing name the option and what was given, never the secret', async () => {
    await using server = await startStandIn(guarded('nothing'))
    const wrong = await firstCall({ node: server.node, auth: { username: 'shop', password: 's3cret' } })
    expect(wrong).toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: false,
      message: expect.stringMatching(/option 'auth'; those given \(username and password\) were refused/),
    })
    expect(JSON.stringify(wrong) + String(wrong)).not.toMatch(/s3cret|c2hvcDpzM2NyZXQ/)
    expect(await firstCall({ node: server.node })).toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringMatching(/option 'auth'; none were given/) })
  })

  it('without the privileges are told which are needed', async () => {
    const reason = 'action [cluster:monitor/nodes/info] is unauthorized for user [shop]'
    await using server = await startStandIn(() => ({
      status: 403,
      body: { error: { type: 'security_exception', reason, root_cause: [{ type: 'security_exception', reason }] } },
    }))
    expect(await firstCall({ node: server.node, indexPrefix: 'shop-' })).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/privilege 'monitor' and all privileges on 'shop-\*'.*unauthorized for user \[shop\]/),
    })
  })
})

describe('TLS', () => {
  let key: string
  let cert: string
  let fingerprint: string
  beforeAll(async () => {
    const altNames = [
      { type: 2 as const, value: 'search.example' },
      { type: 7 as const, ip: '127.0.0.1' },
    ]
    const made = await generate([{ name: 'commonName', value: 'search.example' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames },
      ],
    })
    const { X509Certificate } = await import('node:crypto')
    key = made.private
    cert = made.cert
    fingerprint = new X509Certificate(cert).fingerprint256
  })

  it('takes a certificate whose authority is given, by itself or by its fingerprint', async () => {
    await using server = await startStandIn(emptyServer, { key, cert })
    expect(await firstCall({ node: server.node, tls: { ca: cert } })).toMatchObject(connected)
    expect(await firstCall({ node: server.node, tls: { caFingerprint: fingerprint } })).toMatchObject(connected)
  })

  it('refuses an unknown authority at once, and names the option', async () => {
    await using server = await startStandIn(emptyServer, { key, cert })
    const error = await firstCall({ node: server.node, auth: { apiKey: 'secret' } })
    expect(error).toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: false,
      message: expect.stringMatching(/certificate of option 'node' is not trusted; set option 'tls'.*self-signed/),
    })
    expect(server.asked).toEqual([])
  })

  it('refuses another fingerprint', async () => {
    await using server = await startStandIn(emptyServer, { key, cert })
    const other = fingerprint.replaceAll(/[0-9A-F]{2}/g, '00')
    expect(await firstCall({ node: server.node, tls: { caFingerprint: other } })).toMatchObject({ code: 'CONNECT_FAILED' })
    expect(server.asked).toEqual([])
  })

  it('checks the name that is given', async () => {
    await using server = await startStandIn(emptyServer, { key, cert })
    expect(await firstCall({ node: server.node, tls: { ca: cert, serverName: 'search.example' } })).toMatchObject(connected)
    expect(await firstCall({ node: server.node, tls: { ca: cert, serverName: 'other.example' } })).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/serverName/),
    })
  })

  it('tells a server that does not speak it', async () => {
    await using server = await startStandIn(emptyServer)
    expect(await firstCall({ node: server.node.replace('http:', 'https:') })).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/does not speak TLS/),
    })
  })
})

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['no node', { node: [] }, /option 'node'/],
    ['an address that is none', { node: 'search:9200' }, /option 'node'/],
    ['a password in the address', { node: 'http://me:pw@127.0.0.1' }, /they belong in option 'auth'; got "127\.0\.0\.1"/],
    ['a prefix in capitals', { node: 'http://127.0.0.1', indexPrefix: 'Shop' }, /option 'indexPrefix'/],
    ['a time of 0', { node: 'http://127.0.0.1', connectTimeoutMs: 0 }, /option 'connectTimeoutMs'/],
    ['half a shard', { node: 'http://127.0.0.1', shards: 0.5 }, /option 'shards'/],
    ['another refresh', { node: 'http://127.0.0.1', refresh: 'now' }, /option 'refresh'/],
  ])('refuse %s', (_, options, message) => {
    expect(() => elasticsearch(options as ElasticsearchOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    )
  })

  it('are checked without any I/O', async () => {
    await expect(elasticsearch({ node: 'http://127.0.0.1:9' }).close()).resolves.toBeUndefined()
  })
})
