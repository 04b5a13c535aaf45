import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePattern } from './pattern.ts'
import { compileRewrite } from './rewrite.ts'
import { createRouteTable, methodSet } from './route-table.ts'
import { createCanonicaliser } from './service-alias.ts'

const entry = (path: string, methods?: readonly string[]) => ({ path, methods: methodSet(methods) })
const matched = (paths: readonly string[], path: string, method = 'GET') => {
  const match = createRouteTable(paths.map((one) => entry(one))).match(method, path)
  return match.kind === 'route' ? match.entry.path : match.kind
}

describe('a route table', () => {
  const paths = ['/api/users/me', '/api/users/:id', '/api/users/:id/orders', '/api/users/*', '/api/:kind/*', '/api/x/*', '/*']

  it('lets a fixed segment win over a parameter, and a parameter over the rest, in any order of declaration', () => {
    const expected: Record<string, string> = {
      '/api/users/me': '/api/users/me',
      '/api/users/7': '/api/users/:id',
      '/api/users/me/orders': '/api/users/:id/orders',
      '/api/users/7/carts': '/api/users/*',
      '/api/users': '/api/users/*',
      '/api/x/1': '/api/x/*',
      '/api/y/1': '/api/:kind/*',
      '/': '/*',
      '/other': '/*',
    }
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: paths.length }), (order) => {
        for (const [path, route] of Object.entries(expected)) expect(matched(order, path)).toBe(route)
      }),
    )
  })

  it('matches with and without a slash at the end (seed-requirement 25)', () => {
    for (const path of ['/api/x', '/api/x/', '/api/x/y', '/api/x/y/']) expect(matched(['/api/x/*'], path)).toBe('/api/x/*')
    expect(matched(['/api/x'], '/api/x/')).toBe('/api/x')
    expect(matched(['/api/x/*'], '/api/xy')).toBe('none')
  })

  it('falls back to a less specific route that serves the method, and tells all methods when none does', () => {
    const table = createRouteTable([entry('/p/*', ['GET']), entry('/p/:id', ['PUT'])])
    expect(table.match('GET', '/p/7')).toMatchObject({ kind: 'route', entry: { path: '/p/*' } })
    expect(table.match('HEAD', '/p/7')).toMatchObject({ kind: 'route', entry: { path: '/p/*' } })
    expect(table.match('DELETE', '/p/7')).toEqual({ kind: 'method', allowed: ['GET', 'HEAD', 'PUT'] })
    expect(table.match('TRACE', '/p/7').kind).toBe('method')
  })

  it('gives parameters in the order of the pattern, and the rest', () => {
    const table = createRouteTable([entry('/a/:x/b/:y/*')])
    expect(table.match('GET', '/a/1/b/2/c/d')).toMatchObject({ params: { x: '1', y: '2' }, rest: 'c/d' })
  })

  it('never throws, and never takes a pattern for a regular expression (seed-requirement 28)', () => {
    const table = createRouteTable(paths.map((path) => entry(path)))
    fc.assert(fc.property(fc.string(), fc.string(), (method, path) => void table.match(method, `/${path}`)))
    expect(() => parsePattern('/a/(.*)')).toThrow(/route path/)
  })

  it.each(['', 'a', '/a//b', '/a/*/b', '/:1', '/:a/:a', '/..', '/a b'])('refuses the pattern %j', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(/route path/)
  })
})

describe('a rewrite', () => {
  it('strips its prefix once (seed-requirement 24)', () => {
    const rewrite = compileRewrite({ strip: '/api' }, '/api/users/*')
    expect(rewrite?.({ path: '/api/users/api/7', params: {}, rest: 'api/7' })).toBe('/users/api/7')
    expect(compileRewrite({ strip: '/api' }, '/api/*')?.({ path: '/api', params: {}, rest: '' })).toBe('/')
  })

  it('builds a path from parameters and the rest, still encoded', () => {
    const rewrite = compileRewrite({ to: '/accounts/:id/*' }, '/api/users/:id/*')
    expect(rewrite?.({ path: '/api/users/a%20b/x/y', params: { id: 'a%20b' }, rest: 'x/y' })).toBe('/accounts/a%20b/x/y')
  })
})

describe('a service alias', () => {
  const canonicalise = createCanonicaliser({ services: ['user-service'] })

  it('takes the name of a service that opted in out of the path, once (seed-requirement 39)', () => {
    expect(canonicalise('/api/user-service/users/7')).toEqual({ path: '/api/users/7', service: 'user-service' })
    expect(canonicalise('/api/user-service')).toEqual({ path: '/api', service: 'user-service' })
    expect(canonicalise('/api/user-service/user-service/users')).toEqual({ path: '/api/user-service/users', service: 'user-service' })
  })

  it('leaves every other path alone', () => {
    for (const path of ['/api/order-service/orders', '/user-service/users', '/api/user-service2/x', '/api'])
      expect(canonicalise(path)).toEqual({ path, service: undefined })
  })
})
