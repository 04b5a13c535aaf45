import { describe as suite, expect, it } from 'vitest'
import { HanseError, describe, invalidArgument } from './errors.ts'

suite('HanseError', () => {
  it('carries code, retryable, cause and details', () => {
    const cause = new Error('driver')
    const error = new HanseError('It failed.', { code: 'X_FAILED', retryable: true, cause, details: { n: 1 } })
    expect(error).toMatchObject({ name: 'HanseError', message: 'It failed.', code: 'X_FAILED', retryable: true, cause, details: { n: 1 } })
    expect(new HanseError('x', { code: 'X' })).toMatchObject({ retryable: false, details: {} })
    expect('cause' in new HanseError('x', { code: 'X' })).toBe(false)
  })

  it('is recognised by its brand, also when another copy of the package made it', () => {
    const foreign = Object.defineProperty(new Error('other copy'), Symbol.for('hanse.error'), { value: true })
    expect(HanseError.isInstance(foreign)).toBe(true)
    expect(HanseError.isInstance(new HanseError('x', { code: 'X' }))).toBe(true)
    for (const other of [new Error('x'), null, undefined, 'x', {}]) expect(HanseError.isInstance(other)).toBe(false)
  })

  it('is told apart by code', () => {
    const error = new HanseError('x', { code: 'A' })
    expect(HanseError.hasCode(error, 'B', 'A')).toBe(true)
    expect(HanseError.hasCode(error, 'B')).toBe(false)
  })
})

suite('invalidArgument', () => {
  it('states subject, expected and received', () => {
    expect(invalidArgument("option 'limit'", 'a whole number from 1 to 100', 'many').message).toBe(
      `option 'limit' must be a whole number from 1 to 100; got "many".`,
    )
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['x'.repeat(100), `"${'x'.repeat(70)}…"`],
    [5n, '5n'],
    [1.5, '1.5'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [new Date(NaN), 'an invalid Date'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new TypeError('bad'), 'TypeError: bad'],
    [[1, 2], 'an array of 2'],
    [{}, 'an object with no keys'],
    [{ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, 'an object with keys a, b, c, d, e, …'],
  ])('prints %s short', (value, printed) => {
    expect(describe(value)).toBe(printed)
  })
})
