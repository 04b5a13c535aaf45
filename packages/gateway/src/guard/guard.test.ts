import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '@hanse/core/testing'
import { addressKey, createAddressReader } from './client-address.ts'
import { createExpiringCache } from './expiring-cache.ts'
import { gcra } from './gcra.ts'
import { memoryRateLimitStore } from './rate-limit-store.ts'
import { resolvePolicies, takeAll } from './rate-limit.ts'

describe('the client address', () => {
  it('is the peer of the socket, whatever the fields say (seed-requirement 104)', () => {
    expect(createAddressReader(undefined).client('::ffff:10.0.0.9', '6.6.6.6')).toBe('10.0.0.9')
    expect(createAddressReader({ proxies: ['192.168.0.0/16'] }).client('10.0.0.9', '6.6.6.6')).toBe('10.0.0.9')
  })

  it('comes from the declared number of hops, counted from the right (seed-requirement 104)', () => {
    const reader = createAddressReader({ hops: 1 })
    expect(reader.client('10.0.0.1', '6.6.6.6, 203.0.113.7')).toBe('203.0.113.7')
    expect(reader.client('10.0.0.1', undefined)).toBe('10.0.0.1')
    expect(reader.client('10.0.0.1', 'rubbish')).toBe('10.0.0.1')
    expect(createAddressReader({ hops: 2 }).client('10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
  })

  it('is the last one that is no trusted proxy, so that clients behind a balancer are told apart (seed-requirement 104)', () => {
    const reader = createAddressReader({ proxies: ['10.0.0.0/8', '::1'] })
    expect(reader.client('10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
    expect(reader.client('10.0.0.1', '203.0.113.8')).toBe('203.0.113.8')
    expect(reader.client('::1', '2001:db8::7')).toBe('2001:db8::7')
  })

  it('counts the /64 network of an IPv6 client as one', () => {
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2::9'))
    expect(addressKey('2001:db8:1:3::9')).not.toBe(addressKey('2001:db8:1:2::9'))
    expect(addressKey('203.0.113.7')).toBe('203.0.113.7')
  })

  it('needs addresses or ranges', () => {
    expect(() => createAddressReader({ proxies: ['10.0.0.0/33'] })).toThrow(/trust.proxies/)
    expect(() => createAddressReader({ hops: -1 })).toThrow(/trust.hops/)
  })
})

describe('gcra', () => {
  const rate = { intervalMs: 100, burst: 5 }

  it('allows a burst, then one request an interval', () => {
    let tat: number | undefined
    const allowed: boolean[] = []
    for (const now of [0, 0, 0, 0, 0, 0, 99, 100, 100, 250]) {
      const decision = gcra(tat, rate, now)
      tat = decision.tatMs
      allowed.push(decision.allowed)
    }
    expect(allowed).toEqual([true, true, true, true, true, false, false, true, false, true])
  })

  it('tells what remains and when to come again', () => {
    expect(gcra(undefined, rate, 0)).toEqual({ allowed: true, tatMs: 100, remaining: 4, retryAfterMs: 0 })
    expect(gcra(500, rate, 0)).toEqual({ allowed: false, tatMs: 500, remaining: 0, retryAfterMs: 100 })
  })

  it('never admits more than the burst and the rate, and always admits after the wait it told', () => {
    const gaps = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 }), (waits, burst, intervalMs) => {
        const limit = { burst, intervalMs }
        let tat: number | undefined
        let now = 1_000_000
        const start = now
        let admitted = 0
        for (const wait of waits) {
          now += wait
          const decision = gcra(tat, limit, now)
          tat = decision.tatMs
          if (decision.allowed) admitted++
          expect(gcra(tat, limit, now + decision.retryAfterMs).allowed).toBe(true)
          expect(admitted).toBeLessThanOrEqual(burst + (now - start) / intervalMs + 1e-6)
        }
      }),
    )
  })
})

describe('rate limits', () => {
  const caller = (over: object = {}) => ({ clientAddress: '203.0.113.7', user: undefined, rateLimits: [] as string[], ratePolicies: [] as string[], ...over })
  const ignore = () => undefined

  it('count a user wherever they come from, and not those who are not signed in (seed-requirement 33)', async () => {
    const tools = { store: memoryRateLimitStore(), nowMs: 0, onStoreError: ignore }
    const policies = resolvePolicies({ by: 'user', limit: 1, per: '1m' }, 'test')
    const ada = { id: 'ada', roles: [] }
    expect(await takeAll(policies, caller({ user: ada }), tools)).toBeUndefined()
    expect(await takeAll(policies, caller({ user: ada, clientAddress: '203.0.113.8' }), tools)).toMatchObject({ status: 429, headers: ['Retry-After', '60'] })
    expect(await takeAll(policies, caller(), tools)).toBeUndefined()
  })

  it('write the fields of the draft', async () => {
    const asked = caller()
    await takeAll(
      resolvePolicies(
        [
          { by: 'address', limit: 300, per: '1m' },
          { by: 'all', limit: 10, per: '1s', name: 'site' },
        ],
        'test',
      ),
      asked,
      { store: memoryRateLimitStore(), nowMs: 0, onStoreError: ignore },
    )
    expect(asked).toMatchObject({ rateLimits: ['"address";r=299;t=0', '"site";r=9;t=0'], ratePolicies: ['"address";q=300;w=60', '"site";q=10;w=1'] })
  })

  it('let requests pass while the store fails, and report it', async () => {
    const errors: unknown[] = []
    const store = { take: () => Promise.reject(new Error('down')) }
    expect(
      await takeAll(resolvePolicies({ by: 'all', limit: 1, per: '1s' }, 'test'), caller(), { store, nowMs: 0, onStoreError: (error) => errors.push(error) }),
    ).toBeUndefined()
    expect(errors).toHaveLength(1)
  })

  it('remember a bounded number of keys', () => {
    const store = memoryRateLimitStore({ maxKeys: 100 })
    const rate = { intervalMs: 1_000, burst: 1 }
    for (let i = 0; i < 1_000; i++) void store.take(`key ${i}`, rate, 0)
    expect(store.take('key 999', rate, 0)).toMatchObject({ allowed: false })
    expect(store.take('key 0', rate, 0)).toMatchObject({ allowed: true })
  })

  it.each([{ limit: 0 }, { per: '1w' }, { per: '0s' }, { burst: 0 }, { name: 'a"b' }])('refuse %j', (wrong) => {
    expect(() => resolvePolicies({ by: 'all', limit: 1, per: '1s', ...wrong } as Parameters<typeof resolvePolicies>[0], 'test')).toThrow(/rate limit/)
  })
})

describe('an expiring cache', () => {
  it('forgets at the time it was told, and its oldest entry when it is full', async () => {
    const clock = createManualClock()
    const cache = createExpiringCache<number>({ maxEntries: 2, clock })
    cache.set('a', 1, clock.now() + 100)
    cache.set('b', 2, clock.now() + 200)
    expect(cache.get('a')).toBe(1)
    await clock.advance(100)
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2])
    cache.set('c', 3, clock.now() + 100)
    cache.set('d', 4, clock.now() + 100)
    expect([cache.get('b'), cache.get('c'), cache.get('d')]).toEqual([undefined, 3, 4])
  })
})
