import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { email as emailField } from '../../contracts/fields.ts'
import { emailKey } from './email-key.ts'

describe('the key of an e-mail address (seed-requirement 43)', () => {
  it.each([
    ['  Ada@Shop.Example ', 'ada@shop.example'],
    ['\uFF21da@shop.example', 'ada@shop.example'],
    ['ada@B\u00DCCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['jos\u00E9@shop.example', 'jose\u0301@shop.example'.normalize('NFKC')],
    ['\u039F\u0394\u039F\u03A3@shop.example', '\u03BF\u03B4\u03BF\u03C2@shop.example'],
    ['STRA\u00DFE@shop.example', 'strasse@shop.example'],
    ['a@b\uFF20shop.example', 'a@b@shop.example'],
  ])('of %j is %j', (typed, key) => {
    expect(emailKey(typed)).toBe(key)
  })

  it('keeps different people apart', () => {
    const people = ['ada@shop.example', 'ada@shop.example.org', 'ad.a@shop.example', 'ada+news@shop.example', 'adb@shop.example']
    expect(new Set(people.map((one) => emailKey(one))).size).toBe(people.length)
  })

  it.each(['/x', '?x', '#x', '\\x', '%2f', '\uFF0Fx'])('is not the key of the same address with %j behind it', (tail) => {
    expect(emailKey(`ada@shop.example${tail}`)).not.toBe('ada@shop.example')
  })

  it.each(['/x.yz', '?x.yz', '#x.yz', '\\x.yz', '%2fyz'])('and such an address is not taken at sign-up: %j', (tail) => {
    expect(emailField.safeParse(`ada@shop.example${tail}`).success).toBe(false)
    expect(emailField.safeParse('ada@b\u00FCcher.example').success).toBe(true)
  })

  it('is its own key, and the key of its capitals', () => {
    const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '' && !text.includes('@'))
    fc.assert(
      fc.property(local, (name) => {
        const key = emailKey(`${name}@shop.example`)
        expect(emailKey(key)).toBe(key)
        expect(emailKey(`${name.toUpperCase()}@SHOP.example`)).toBe(key)
      }),
      { numRuns: 20_000 },
    )
  })
})
