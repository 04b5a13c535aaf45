import { describe, expect, it } from 'vitest'
import { createAddressCheck } from './address-rules.ts'
import type { AddressRuleOptions } from './address-rules.ts'

const problem = (url: string, options?: AddressRuleOptions) => createAddressCheck(options)(new URL(url))

describe('createAddressCheck', () => {
  it('allows ordinary addresses, names and loopback by default', () => {
    for (const url of ['http://10.0.0.7:3001', 'https://orders.internal', 'http://127.0.0.1:3001', 'http://[::1]:3001', 'http://localhost:3001']) {
      expect(problem(url)).toBeUndefined()
    }
  })

  it.each(['http://169.254.169.254:80', 'http://[fe80::1]:80', 'http://[::ffff:169.254.169.254]:80', 'http://2852039166:80'])(
    'refuses the link-local address %s by default (seed-requirement 103)',
    (url) => {
      expect(problem(url)).toContain('link-local')
    },
  )

  it('takes a link-local network that is named', () => {
    expect(problem('http://169.254.1.1:80', { allowedNetworks: ['169.254.0.0/16'] })).toBeUndefined()
  })

  it.each(['http://127.0.0.1:1', 'http://127.9.9.9:1', 'http://[::1]:1', 'http://[::ffff:127.0.0.1]:1', 'http://localhost:1', 'http://a.localhost:1'])(
    'refuses the loopback address %s when hosts share the store (seed-requirement 101)',
    (url) => {
      expect(problem(url, { sharedBetweenHosts: true })).toContain('loopback')
    },
  )

  it.each(['http://0.0.0.0:80', 'http://[::]:80'])('refuses %s, which is a listener and no address (seed-requirement 101)', (url) => {
    expect(problem(url)).toContain('every address')
  })

  it('allows only the named networks, hosts and ports (seed-requirement 103)', () => {
    const options: AddressRuleOptions = {
      allowedNetworks: ['10.0.0.0/8', 'fd00::/8'],
      allowedHosts: ['orders', '.svc.internal'],
      allowedPorts: [80, [3000, 3999]],
    }
    for (const url of ['http://10.1.2.3:3001', 'http://[fd00::1]:80', 'http://orders:3000', 'http://a.svc.internal:3999']) {
      expect(problem(url, options)).toBeUndefined()
    }
    expect(problem('http://11.0.0.1:3001', options)).toContain('outside the allowed networks')
    expect(problem('http://payments:3001', options)).toContain('not among the allowed hosts')
    expect(problem('http://10.1.2.3:4000', options)).toContain('port 4000')
    expect(problem('http://name:80', { allowedNetworks: ['10.0.0.0/8'] })).toContain('only networks are allowed')
  })

  it('refuses rules that are none', () => {
    expect(() => createAddressCheck({ allowedNetworks: ['10.0.0.0'] })).toThrow("option 'allowedNetworks' must be networks in CIDR notation")
    expect(() => createAddressCheck({ allowedNetworks: ['10.0.0.0/33'] })).toThrow('CIDR')
    expect(() => createAddressCheck({ allowedPorts: [0] })).toThrow("option 'allowedPorts'")
    expect(() => createAddressCheck({ allowedPorts: [[5, 4]] })).toThrow("option 'allowedPorts'")
  })
})
