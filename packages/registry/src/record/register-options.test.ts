import { describe, expect, it } from 'vitest'
import { createAddressCheck } from './address-rules.ts'
import { resolveInstance } from './register-options.ts'
import type { RegisterOptions } from './register-options.ts'

const identity = { id: '019b0000-0000-7000-8000-000000000001', incarnation: 7, startedAt: new Date(0) }
const check = createAddressCheck()
const base = { name: 'order-service', version: '1.4.0', url: 'http://10.0.0.7:3001' } as const
const resolve = (options: Partial<RegisterOptions> | Record<string, unknown>) => resolveInstance({ ...base, ...options } as RegisterOptions, identity, check)

describe('resolveInstance', () => {
  it('fills in what the instance did not say', () => {
    expect(resolve({ url: 'http://10.0.0.7:3001/' })).toEqual({
      ...identity,
      service: 'order-service',
      url: 'http://10.0.0.7:3001',
      scheme: 'http',
      host: '10.0.0.7',
      port: 3001,
      version: '1.4.0',
      metadata: {},
      weight: 1,
    })
  })

  it('takes scheme, host and port in place of a url, IPv6 too', () => {
    expect(resolve({ url: undefined, host: '::1', port: 3001 })).toMatchObject({ url: 'http://[::1]:3001', host: '::1' })
    expect(resolve({ url: undefined, scheme: 'https', host: 'orders', port: 443 })).toMatchObject({ url: 'https://orders', port: 443 })
  })

  it("resolves the health endpoint from the instance's address (seed-requirement 16)", () => {
    expect(resolve({ healthPath: '/health/live' }).healthUrl).toBe('http://10.0.0.7:3001/health/live')
    expect(resolve({ healthUrl: 'https://10.0.0.8:9000/live' }).healthUrl).toBe('https://10.0.0.8:9000/live')
    expect(resolve({}).healthUrl).toBeUndefined()
  })

  it('keeps a health path on the instance itself, whatever it says', () => {
    expect(resolve({ healthPath: '//169.254.169.254/' }).healthUrl).toBe('http://10.0.0.7:3001//169.254.169.254/')
  })

  it.each([
    { healthPath: 'health' },
    { healthPath: '/a', healthUrl: 'http://10.0.0.7/a' },
    { healthUrl: 'ftp://10.0.0.7/a' },
    { healthUrl: 'http://user:secret@10.0.0.7/a' },
    { healthUrl: 'nonsense' },
  ])('refuses the health endpoint %j at registration (seed-requirement 16)', (options) => {
    expect(() => resolve(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('checks the health address by the same rules (seed-requirement 103)', () => {
    expect(() => resolve({ healthUrl: 'http://169.254.169.254/latest' })).toThrow(expect.objectContaining({ code: 'REGISTRY_ADDRESS_REFUSED' }))
  })

  it.each([{ build: 7 }, { build: null }, { build: { a: 'b' } }, ['x'], 'text', { '': 'x' }, { long: 'x'.repeat(1025) }])(
    'refuses the metadata %j: it is string to string (seed-requirement 102)',
    (metadata) => {
      expect(() => resolve({ metadata })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    },
  )

  it('keeps start time, zone and metadata as typed fields of their own (seed-requirement 102)', () => {
    const metadata = { pid: '7', __proto__: 'x' }
    expect(resolve({ zone: 'north', metadata })).toMatchObject({ startedAt: new Date(0), zone: 'north', metadata: { pid: '7' } })
  })

  it.each([
    [{ name: 'Order Service' }, "option 'name'"],
    [{ name: '__proto__' }, "option 'name'"],
    [{ version: '1.4' }, "option 'version'"],
    [{ url: 'http://10.0.0.7:3001/api' }, 'without a path'],
    [{ url: 'ws://10.0.0.7:3001' }, 'http or https'],
    [{ url: 'http://a:b@10.0.0.7:3001' }, 'without user name'],
    [{ url: undefined, host: 'orders', port: 0 }, "option 'port'"],
    [{ url: 'http://10.0.0.7:0' }, 'port 0'],
    [{ url: undefined }, "option 'host'"],
    [{ weight: 0 }, "option 'weight'"],
    [{ weight: Number.NaN }, "option 'weight'"],
  ])('refuses %j and names what is wrong', (options, message) => {
    expect(() => resolve(options)).toThrow(message)
  })
})
