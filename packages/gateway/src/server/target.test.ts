import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTarget } from './target.ts'

describe('a request target', () => {
  it.each([
    ['/a/b?x=1&x=2', { path: '/a/b', query: '?x=1&x=2' }],
    ['/', { path: '/', query: '' }],
    ['/%61pi/%75sers', { path: '/api/users', query: '' }],
    ['/C%23/a%3Fb/caf%C3%A9/%7Eme', { path: '/C%23/a%3Fb/caf%C3%A9/~me', query: '' }],
    ['/a?b=../..//%2f', { path: '/a', query: '?b=../..//%2f' }],
    ['http://shop.example:80/x?y', { path: '/x', query: '?y', authority: 'shop.example:80' }],
    ['http://shop.example', { path: '/', query: '', authority: 'shop.example' }],
    ['/...', { path: '/...', query: '' }],
  ])('%s is taken apart', (url, expected) => {
    expect(parseTarget(url)).toEqual(expected)
  })

  it.each([
    '/a/../b',
    '/a/..',
    '/..',
    '/./a',
    '/a/.',
    '//evil.example/x',
    '/a//b',
    '/a/..%2f..%2fadmin',
    '/%2e%2e/health',
    '/%2E/x',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a%00b',
    '/a%0d%0ab',
    '/a%7f',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%c0%af',
    '/a%ff',
    '/a#b',
    '/a b',
    '/caf\u00e9',
    '/a?b#c',
    '/a?b c',
    '*',
    '',
    'a',
    '/..;/admin',
    '/a/.;x/b',
    'ftp://x/y',
  ])('%s is refused (seed-requirement 28)', (url) => {
    expect(parseTarget(url)).toMatchObject({ status: 400, code: 'invalid_path' })
  })

  it('that is accepted has one spelling for every reader: decoding it once more adds no slash, dot segment or control character', () => {
    const piece = fc.oneof(fc.constantFrom('/', '.', '..', '%2e', '%2f', '%25', '%61', '%c3%a9', '\\', ';', '%', 'a', '~'), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = parseTarget(`/${pieces.join('')}`)
        if ('status' in target) return
        const decoded = decodeURIComponent(target.path)
        expect(decoded.split('/').length).toBe(target.path.split('/').length)
        expect(decoded.split('/').some((segment) => segment === '.' || segment === '..')).toBe(false)
        expect(Array.from(decoded).some((character) => character < ' ' || character === '\u007f' || character === '\\')).toBe(false)
        expect(parseTarget(target.path)).toEqual({ path: target.path, query: '' })
      }),
      { numRuns: 2_000 },
    )
  })
})
