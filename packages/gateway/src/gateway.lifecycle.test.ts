import { once } from 'node:events'
import { tracingChannel } from 'node:diagnostics_channel'
import { createManualClock, eventually } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { dial, gateway, upstream } from './gateway.fixture.ts'
import { createGateway, staticResolver } from './index.ts'
import type { RequestMessage } from './index.ts'
import { resolverConformance } from './testing/index.ts'

describe('closing a gateway', () => {
  it('lets requests in flight finish, with their connection closed behind them (seed-requirement 37)', async () => {
    let finish = (): void => undefined
    const service = await upstream({ handle: (_request, response) => void (finish = () => response.end('late')) })
    const { url, gateway: running } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x', service: 's', public: true }] })
    const asked = fetch(`${url}/x`)
    await eventually(() => expect(service.seen).toHaveLength(1))
    let closed = false
    const closing = running.close().then(() => (closed = true))
    await eventually(() => expect(fetch(`${url}/x`)).rejects.toThrow('fetch failed'))
    expect(closed).toBe(false)
    finish()
    const answer = await asked
    expect([answer.headers.get('connection'), await answer.text()]).toEqual(['close', 'late'])
    await closing
    await eventually(() => expect(service.connections).toBe(0))
  })

  it('turns readiness to 503 first, and goes on serving for the time of the notice (seed-requirement 36)', async () => {
    const clock = createManualClock()
    const { url, gateway: running } = await gateway({ clock, drainNoticeMs: 5_000, routes: [{ path: '/x', public: true, handler: () => new Response('ok') }] })
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    const closing = running.close()
    expect((await fetch(`${url}/health/ready`)).status).toBe(503)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect((await fetch(`${url}/x`)).status).toBe(200)
    await clock.advance(5_000)
    await closing
    await expect(fetch(`${url}/x`)).rejects.toThrow('fetch failed')
  })

  it('closes idle connections at once, and cuts the rest when its signal aborts', async () => {
    const service = await upstream({ handle: () => undefined })
    const { port, gateway: running } = await gateway({ resolver: staticResolver({ s: [service.url] }), routes: [{ path: '/x', service: 's', public: true }] })
    const idle = await dial(port)
    idle.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(idle, 'data')
    const busy = await dial(port)
    busy.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    await eventually(() => expect(service.seen).toHaveLength(1))
    const controller = new AbortController()
    const closing = running.close({ signal: controller.signal })
    await once(idle, 'close')
    expect(busy.destroyed).toBe(false)
    controller.abort()
    await closing
    await eventually(() => expect(busy.destroyed).toBe(true))
  })

  it('may happen twice, and before the start', async () => {
    const created = createGateway({ routes: [] })
    await created.close()
    await created.close()
    await expect(created.start({ port: 0 })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('the tracing channel', () => {
  it('carries a request from its start to its end', async () => {
    const channel = tracingChannel<RequestMessage>('hanse:gateway:request')
    const ends: unknown[] = []
    const handlers = {
      start: () => undefined,
      end: () => undefined,
      asyncStart: () => undefined,
      error: () => undefined,
      asyncEnd: (message: RequestMessage) => void ends.push([message.method, message.path, message.route, message.status, message.correlationId]),
    }
    channel.subscribe(handlers)
    const { url } = await gateway({ routes: [{ path: '/x/:id', public: true, handler: () => new Response('ok', { status: 202 }) }] })
    await fetch(`${url}/x/7`, { headers: { 'x-correlation-id': 'c-1' } })
    await eventually(() => expect(ends).toEqual([['GET', '/x/7', '/x/:id', 202, 'c-1']]))
    channel.unsubscribe(handlers)
  })
})

describe('staticResolver', () => {
  it.each(resolverConformance.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    await expect(one.run({ create: async (services) => staticResolver(services) })).resolves.toBeUndefined()
  })

  it('refuses addresses that are no origins (seed-requirement 103)', () => {
    for (const url of [
      'ftp://a',
      'http://a/path',
      'http://u:p@a',
      'http://169.254.169.254',
      'http://[fe80::1]',
      'http://0.0.0.0:80',
      'http://a?b',
      'nonsense',
    ]) {
      expect(() => staticResolver({ s: [url] })).toThrow(/addresses of 's'/)
    }
  })
})
