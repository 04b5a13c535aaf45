import { request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { createManualClock, createRecordingLogger, eventually } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { closeLater, dial, exchange, gateway, statusOf, upstream } from './gateway.fixture.ts'
import { staticResolver, undiciClient } from './index.ts'
import type { Authenticator } from './index.ts'
import type { FakeUpstreamOptions } from './testing/index.ts'

async function edge(handle: NonNullable<FakeUpstreamOptions['handle']>, over: object = {}, routeOver: object = {}) {
  const service = await upstream({ handle })
  const logger = createRecordingLogger()
  const running = await gateway({
    resolver: staticResolver({ s: [service.url] }),
    logger,
    routes: [{ path: '/x/*', service: 's', public: true, ...routeOver }],
    ...over,
  })
  return { service, logger, ...running }
}

/** Waits until a growing number stands still. */
async function eventuallyStill(read: () => number): Promise<number> {
  let last = -1
  await eventually(
    () => {
      const now = read()
      const still = now > 0 && now === last
      last = now
      expect(still).toBe(true)
    },
    { everyMs: 250 },
  )
  return last
}

const requestEntry = (logger: ReturnType<typeof createRecordingLogger>) => logger.entries.find(({ message }) => message === 'request')?.fields

describe('a body on its way', () => {
  it('reaches the service while the client still sends, and the client while the service still sends (seed-requirement 22)', async () => {
    const { port } = await edge((request, response) => {
      response.writeHead(200)
      request.on('data', (chunk: Buffer) => response.write(`got ${chunk.toString()};`))
      request.on('end', () => response.end('done'))
    })
    const client = httpRequest({ port, path: '/x', method: 'POST' })
    client.write('one')
    const [answer] = (await once(client, 'response')) as [IncomingMessage]
    answer.setEncoding('utf8')
    expect((await once(answer, 'data'))[0]).toBe('got one;')
    client.end('two')
    expect((await answer.toArray()).join('')).toBe('got two;done')
  })

  it('holds the client back when the service does not read, in bounded memory (seed-requirement 22)', async () => {
    const { port } = await edge(() => undefined, { limits: { bodyBytes: 1 << 30 } })
    const socket = await dial(port)
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n')
    const chunk = Buffer.alloc(1 << 20)
    let sent = 0
    const more = (): void => {
      while (sent < 400 && socket.write(chunk)) sent++
    }
    socket.on('drain', more)
    more()
    await eventuallyStill(() => socket.bytesWritten - socket.writableLength)
    expect(sent).toBeLessThan(64)
  })

  it('holds the service back when the client does not read (seed-requirement 22)', async () => {
    let answering: ServerResponse | undefined
    const { port } = await edge((_request, response) => {
      answering = response
      response.writeHead(200)
      const chunk = Buffer.alloc(1 << 20)
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', more)
      more()
    })
    const socket = await dial(port)
    socket.pause()
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    await eventually(() => expect(answering?.writableNeedDrain).toBe(true))
    const last = await eventuallyStill(() => answering?.socket?.bytesWritten ?? 0)
    expect(last).toBeLessThan(64 << 20)
    socket.destroy()
    await eventually(() => expect(answering?.destroyed).toBe(true))
  })

  it('is cut at its limit also when its length was not told: 413 (seed-requirement 30)', async () => {
    const { port } = await edge((request, response) => request.resume().on('end', () => response.end('read all')), { limits: { bodyBytes: 1_000 } })
    const answer = await exchange(
      port,
      `POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${'64\r\n'.padEnd(4)}${'a'.repeat(100)}\r\n`.repeat(1) +
        `3e8\r\n${'b'.repeat(1_000)}\r\n0\r\n\r\n`,
    )
    expect(statusOf(answer)).toBe(413)
    expect(answer).toContain('payload_too_large')
  })

  it('whose told length is beyond the limit is refused before it is read: 413, and the service hears nothing', async () => {
    const { service, url } = await edge((_request, response) => response.end(), {}, { maxBodyBytes: 10 })
    const answer = await fetch(`${url}/x`, { method: 'POST', body: 'a'.repeat(2_000_000) })
    expect(answer.status).toBe(413)
    expect(service.seen).toHaveLength(0)
  })

  it('is asked for with 100 Continue once the guards have agreed, and not before (seed-requirement 107)', async () => {
    const { port, service } = await edge((request, response) => request.resume().on('end', () => response.end('ok')), {}, { maxBodyBytes: 100 })
    const socket = await dial(port)
    const heard = once(socket, 'data')
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    expect(String((await heard)[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    const rest = once(socket, 'data')
    socket.write('hello')
    expect(statusOf(String((await rest)[0]))).toBe(200)
    expect(service.seen[0]?.headers['expect']).toBeUndefined()
    const refused = await exchange(port, 'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n')
    expect(statusOf(refused)).toBe(413)
  })

  it('of an answer keeps its trailers for a client that asks for them (seed-requirement 107)', async () => {
    const { port } = await edge((_request, response) => {
      response.writeHead(200, { trailer: 'X-Sum' })
      response.write('data')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    expect(await exchange(port, 'GET /x HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n')).toMatch(/0\r\nX-Sum: 42\r\n\r\n$/i)
    expect(await exchange(port, 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/0\r\n\r\n$/)
  })

  it('of server-sent events passes at once, the head before the first event (seed-requirement 35)', async () => {
    let events: ServerResponse | undefined
    const { url } = await edge((_request, response) => {
      events = response
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    })
    const answer = await fetch(`${url}/x`)
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const reader = answer.body?.getReader()
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      events?.write(event)
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(event)
    }
    await reader?.cancel()
    await eventually(() => expect(events?.destroyed).toBe(true))
  })
})

describe('a connection', () => {
  it('is still good for the next request after a service answered before it had read the whole body', async () => {
    const { port } = await edge((request, response) => {
      request.once('data', () => response.writeHead(409, { 'content-length': '2' }).end('no'))
      if (request.method === 'GET') response.end('next')
    })
    const socket = await dial(port)
    let heard = ''
    socket.on('data', (chunk) => (heard += chunk.toString()))
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart')
    await eventually(() => expect(heard).toContain('409 Conflict'))
    socket.write(Buffer.alloc(1_000_000 - 4))
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    await eventually(() => expect(heard).toContain('next'))
  })
})

describe('a client that stops reading', () => {
  it('loses its connection after a while, so that it cannot hold a service for ever (seed-requirement 107)', async () => {
    const clock = createManualClock()
    let closed = false
    const { port } = await edge(
      (_request, response) => {
        response.on('close', () => (closed = true))
        response.writeHead(200)
        const chunk = Buffer.alloc(1 << 20)
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
        }
        response.on('drain', more)
        more()
      },
      { clock, limits: { clientIdleMs: 9_000 } },
    )
    const socket = await dial(port)
    socket.pause()
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    await eventually(async () => {
      await clock.advance(1_000)
      expect(closed).toBe(true)
    })
  })
})

describe("a client's abort", () => {
  it('reaches the service before the answer has begun (seed-requirement 107)', async () => {
    let closed = false
    const { url, logger, service } = await edge((_request, response) => response.on('close', () => (closed = true)))
    const controller = new AbortController()
    const asked = fetch(`${url}/x`, { signal: controller.signal }).catch(() => 'aborted')
    await eventually(() => expect(service.seen).toHaveLength(1))
    controller.abort()
    expect(await asked).toBe('aborted')
    await eventually(() => expect(closed).toBe(true))
    await eventually(() => expect(requestEntry(logger)).toMatchObject({ status: 499, reason: 'client_gone' }))
  })

  it('reaches the service in the middle of an upload, and of a download', async () => {
    let closed = 0
    const { port, service } = await edge((request, response) => {
      response.on('close', () => closed++)
      request.resume()
      if (request.method === 'GET') response.writeHead(200, { 'content-length': '1000000' }).write('part')
    })
    const upload = await dial(port)
    upload.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\npart')
    const download = await dial(port)
    download.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(download, 'data')
    await eventually(() => expect(service.seen).toHaveLength(2))
    upload.destroy()
    download.destroy()
    await eventually(() => expect(closed).toBe(2))
  })

  it('while a guard still decides keeps the request from the service', async () => {
    let decide = (): void => undefined
    const auth: Authenticator = { authenticate: () => new Promise((resolve) => (decide = () => resolve({ kind: 'user', user: { id: 'ada', roles: [] } }))) }
    const { url, service, logger, gateway: running } = await edge((_request, response) => response.end('ok'), { auth }, { public: ['PUT'] })
    const controller = new AbortController()
    const asked = fetch(`${url}/x`, { signal: controller.signal }).catch(() => 'aborted')
    await eventually(() => expect(running.metrics()).toContain('requests_in_flight 1'))
    controller.abort()
    expect(await asked).toBe('aborted')
    // The server hears of the abort after the client; a request to the end is proof that it has.
    await fetch(`${url}/nope`)
    await fetch(`${url}/nope`)
    decide()
    await eventually(() => expect(logger.entries.find(({ fields }) => fields['path'] === '/x')?.fields).toMatchObject({ status: 499 }))
    expect(service.seen).toHaveLength(0)
  })

  it('while its request still waits for a connection keeps it from being sent', async () => {
    let finish = (): void => undefined
    const client = undiciClient({ connectionsPerOrigin: 1 })
    closeLater({ [Symbol.asyncDispose]: () => client.close() })
    const { url, service, logger, gateway: running } = await edge((_request, response) => void (finish = () => response.end('ok')), { upstream: client })
    const first = fetch(`${url}/x/1`)
    await eventually(() => expect(service.seen).toHaveLength(1))
    const controller = new AbortController()
    const second = fetch(`${url}/x/2`, { signal: controller.signal }).catch(() => 'aborted')
    await eventually(() => expect(running.metrics()).toContain('requests_in_flight 2'))
    controller.abort()
    expect(await second).toBe('aborted')
    await eventually(() => expect(logger.entries.some(({ fields }) => fields['path'] === '/x/2')).toBe(true))
    finish()
    expect(await (await first).text()).toBe('ok')
    const fourth = fetch(`${url}/x/3`)
    await eventually(() => expect(service.seen.length).toBeGreaterThan(1))
    finish()
    expect(await (await fourth).text()).toBe('ok')
    expect(service.seen.map((request) => request.url)).toEqual(['/x/1', '/x/3'])
  })

  it('a thousand times over leaves no connection behind (seed-requirement 23)', { timeout: 30_000 }, async () => {
    const { url, service, gateway: running } = await edge((request, response) => (request.url === '/x/stall' ? undefined : response.end('ok')))
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController()
      const asked = Array.from({ length: 50 }, () => fetch(`${url}/x/stall`, { signal: controller.signal }).catch(() => undefined))
      await eventually(() => expect(service.seen).toHaveLength((round + 1) * 50))
      controller.abort()
      await Promise.all(asked)
    }
    await eventually(() => expect(service.connections).toBe(0))
    await eventually(() => expect(running.metrics()).toContain('requests_in_flight 0'))
    expect((await fetch(`${url}/x`)).status).toBe(200)
  })
})

describe('a service that fails', () => {
  it('in the middle of its answer ends that answer abruptly, and no other (seed-requirement 31)', async () => {
    const { url, logger } = await edge((request, response) => {
      if (request.url === '/x/ok') return response.end('ok')
      return response.writeHead(200, { 'content-length': '100' }).write('part', () => response.destroy())
    })
    const answer = await fetch(`${url}/x/broken`)
    await expect(answer.text()).rejects.toThrow('terminated')
    await eventually(() => expect(requestEntry(logger)).toMatchObject({ reason: 'cut' }))
    expect(await (await fetch(`${url}/x/ok`)).text()).toBe('ok')
  })

  it('to answer HTTP is 502, without a word of what it said (seed-requirements 31 and 32)', async () => {
    const { url } = await edge((request) => request.socket.end('secret rubbish\r\n\r\n'))
    const answer = await fetch(`${url}/x`, { method: 'POST' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'application/problem+json'])
    const body = await answer.text()
    expect(body).not.toMatch(/secret|127\.0\.0\.1|at /)
  })

  it('to answer in time is 504, and its request is given up (seed-requirement 31)', async () => {
    const clock = createManualClock()
    let closed = false
    const { url, service } = await edge((_request, response) => response.on('close', () => (closed = true)), { clock }, { timeoutMs: 5_000 })
    const asked = fetch(`${url}/x`)
    await eventually(() => expect(service.seen).toHaveLength(1))
    await clock.advance(4_999)
    await clock.advance(1)
    const answer = await asked
    expect([answer.status, await answer.json()]).toEqual([504, expect.objectContaining({ code: 'gateway_timeout' })])
    await eventually(() => expect(closed).toBe(true))
    expect(clock.pendingTimers).toBe(0)
  })

  it('to end within the time for its head is left alone: the time bounds the beginning of an answer', async () => {
    const clock = createManualClock()
    let events: ServerResponse | undefined
    const { url } = await edge((_request, response) => (events = response.writeHead(200)).write('1'), { clock }, { timeoutMs: 1_000 })
    const answer = await fetch(`${url}/x`)
    await clock.advance(60_000)
    events?.end('2')
    expect(await answer.text()).toBe('12')
  })

  it('is not blamed for a client that uploads too slowly: 408, and the connection stays good', async () => {
    const clock = createManualClock()
    const { port, service } = await edge((request) => request.resume(), { clock }, { timeoutMs: 5_000 })
    const socket = await dial(port)
    const heard = once(socket, 'data')
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart')
    await eventually(() => expect(service.seen).toHaveLength(1))
    await clock.advance(5_000)
    expect(statusOf(String((await heard)[0]))).toBe(408)
    const next = once(socket, 'data')
    socket.write(Buffer.alloc(1_000_000 - 4))
    socket.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(statusOf(String((await next)[0]))).toBe(404)
  })

  it('to read the whole body before it answers still gets its answer through', async () => {
    const { url } = await edge((_request, response) => response.writeHead(409, { 'content-length': '2' }).end('no'), { limits: { bodyBytes: 10_000_000 } })
    const answer = await fetch(`${url}/x`, { method: 'POST', body: 'a'.repeat(3_000_000) })
    expect([answer.status, await answer.text()]).toEqual([409, 'no'])
  })
})
