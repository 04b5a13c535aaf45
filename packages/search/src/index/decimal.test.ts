import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDecimal } from './decimal.ts'

describe('parseDecimal (seed-requirement 59)', () => {
  it.each([
    ['19.99', 1999n],
    ['19.9', 1990n],
    ['0', 0n],
    ['-0.01', -1n],
    ['007.50', 750n],
    ['1.500', 150n],
    ['9999999999999999.99', 999_999_999_999_999_999n],
  ])('reads %s', (value, expected) => expect(parseDecimal(value, 2)).toBe(expected))

  it.each(['', '.', '1.', '.5', '+1', '1e3', '1,5', ' 1', '0x10', 'NaN', 'Infinity', '1.005', '99999999999999999.99', '١'])('refuses %j', (value) => {
    expect(parseDecimal(value, 2)).toBeUndefined()
  })

  it('keeps the order of amounts', () => {
    const amount = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })
    const write = (cents: bigint): string => {
      const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0')
      return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
    }
    fc.assert(
      fc.property(amount, (cents) => {
        expect(parseDecimal(write(cents), 2)).toBe(cents)
      }),
    )
  })
})
