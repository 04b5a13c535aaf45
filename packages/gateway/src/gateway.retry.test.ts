import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closeLater, gateway, upstream } from './gateway.fixture.ts'
import { staticResolver } from './index.ts'
import type { AttemptReport, Resolver } from './index.ts'
import { createRetryBudget, mayRetry, resolveRetry } from './upstream/retry.ts'

/** Accepts connections and closes them as soon as a byte arrives. */
async function hangUp(): Promise<{ readonly url: string; readonly requests: () => number }> {
  let requests = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      requests++
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closeLater({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}

async function deadAddress(): Promise<string> {
  const service = await upstream()
  await service.close()
  return service.url
}

describe('a retry', () => {
  it('of a GET goes to another instance than the one that failed (seed-requirement 30)', async () => {
    const bad = await hangUp()
    const good = await upstream()
    const { url } = await gateway({ resolver: staticResolver({ s: [bad.url, good.url] }), routes: [{ path: '/x', service: 's', public: true }] })
    for (let i = 0; i < 10; i++) expect((await fetch(`${url}/x`)).status).toBe(200)
    expect(good.seen).toHaveLength(10)
    expect(bad.requests()).toBeGreaterThan(0)
  })

  it('never goes to the host just tried: one instance gets one attempt', async () => {
    const bad = await hangUp()
    const { url } = await gateway({ resolver: staticResolver({ s: [bad.url] }), routes: [{ path: '/x', service: 's', public: true, retry: { attempts: 5 } }] })
    expect((await fetch(`${url}/x`)).status).toBe(502)
    expect(bad.requests()).toBe(1)
  })

  it('of a POST is not made once a byte was sent, and is made when none was', async () => {
    const bad = await hangUp()
    const good = await upstream({ answer: ({ body }) => ({ body }) })
    const routes = [{ path: '/x', service: 's', public: true }] as const
    const broken = await gateway({ resolver: staticResolver({ s: [bad.url, good.url] }), routes })
    expect((await fetch(`${broken.url}/x`, { method: 'POST', body: 'order' })).status).toBe(502)
    expect(good.seen).toHaveLength(0)
    const dead = await gateway({ resolver: staticResolver({ s: [await deadAddress(), good.url] }), routes })
    const answer = await fetch(`${dead.url}/x`, { method: 'POST', body: 'order' })
    expect([answer.status, await answer.text()]).toEqual([200, 'order'])
  })

  it('follows 503 of one instance for a GET, and passes the 503 on when there is no other', async () => {
    const busy = await upstream({ answer: () => ({ status: 503, body: { code: 'busy' } }) })
    const good = await upstream()
    const routes = [{ path: '/x', service: 's', public: true }] as const
    const two = await gateway({ resolver: staticResolver({ s: [busy.url, good.url] }), routes })
    expect((await fetch(`${two.url}/x`)).status).toBe(200)
    const one = await gateway({ resolver: staticResolver({ s: [busy.url] }), routes })
    const answer = await fetch(`${one.url}/x`)
    expect([answer.status, await answer.json()]).toEqual([503, { code: 'busy' }])
    expect((await fetch(`${two.url}/x`, { method: 'POST', body: 'x' })).status).toBe(503)
  })

  it('stays within a budget when every instance fails (seed-requirement 30)', async () => {
    const busy = await Promise.all(Array.from({ length: 4 }, () => upstream({ answer: () => ({ status: 503, body: 'no' }) })))
    const { url } = await gateway({
      resolver: staticResolver({ s: busy.map((one) => one.url) }),
      routes: [{ path: '/x', service: 's', public: true, retry: { attempts: 4 } }],
    })
    for (let i = 0; i < 100; i++) expect((await fetch(`${url}/x`)).status).toBe(503)
    const tries = busy.reduce((sum, one) => sum + one.seen.length, 0)
    expect(tries).toBeGreaterThan(100)
    expect(tries).toBeLessThanOrEqual(100 + 20 + 20)
  })

  it('is reported to the resolver: each attempt once, failed or not (seed-requirement 30)', async () => {
    const bad = await hangUp()
    const good = await upstream()
    const reports: [string, AttemptReport][] = []
    const inner = staticResolver({ s: [bad.url, good.url] })
    const resolver: Resolver = {
      resolve(service, options) {
        const picked = inner.resolve(service, options)
        return typeof picked === 'string' ? picked : { instance: picked.instance, done: (report) => void reports.push([picked.instance.id, report]) }
      },
    }
    const { url } = await gateway({ resolver, routes: [{ path: '/x', service: 's', public: true }] })
    await (await fetch(`${url}/x`)).text()
    await expect.poll(() => reports.length).toBe(2)
    expect(reports).toMatchObject([
      ['s#0', { ok: false, cancelled: false, kind: 'reset' }],
      ['s#1', { ok: true, cancelled: false }],
    ])
  })

  it('is decided by a pure rule: never beyond the attempts, never with a spent body, beyond the listed methods only when nothing was sent', () => {
    const state = fc.record({ method: fc.constantFrom('GET', 'POST'), attempts: fc.integer({ min: 1, max: 6 }), sent: fc.boolean(), bodyStarted: fc.boolean() })
    fc.assert(
      fc.property(state, fc.integer({ min: 1, max: 5 }), (given, attempts) => {
        const expected = given.attempts < attempts && !given.bodyStarted && (!given.sent || given.method === 'GET')
        expect(mayRetry(resolveRetry({ methods: ['GET'], attempts }, '/x'), given)).toBe(expected)
      }),
    )
    const budget = createRetryBudget(0.5, 2)
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false])
    budget.earn()
    budget.earn()
    expect([budget.spend(), budget.spend()]).toEqual([true, false])
  })
})

describe('load', () => {
  it('beyond the cap of one service is shed with 503 and Retry-After, and leaves other services alone (seed-requirement 30)', async () => {
    const release: (() => void)[] = []
    const slow = await upstream({ handle: (_request, response) => void release.push(() => response.end('late')) })
    const fast = await upstream()
    const { url } = await gateway({
      resolver: staticResolver({ slow: [slow.url], fast: [fast.url] }),
      limits: { concurrencyPerService: 2 },
      routes: [
        { path: '/slow', service: 'slow', public: true },
        { path: '/fast', service: 'fast', public: true },
      ],
    })
    const waiting = [fetch(`${url}/slow`), fetch(`${url}/slow`)]
    await expect.poll(() => slow.seen.length).toBe(2)
    const shed = await fetch(`${url}/slow`)
    expect([shed.status, shed.headers.get('retry-after'), await shed.json()]).toEqual([503, '1', expect.objectContaining({ code: 'overloaded' })])
    expect((await fetch(`${url}/fast`)).status).toBe(200)
    for (const end of release) end()
    for (const answer of await Promise.all(waiting)) expect(await answer.text()).toBe('late')
  })
})
