import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStored, encodeStored } from './stored-document.ts'

describe('stored documents', () => {
  it('come back equal, dates, bigints and keys that look like markers included', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
        fc.string(),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.array(tie('any')),
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('$date', '$bigint', '$$date')).filter((key) => key !== '__proto__'),
          tie('any'),
          { noNullPrototype: true },
        ),
      ),
    })).any
    fc.assert(
      fc.property(fc.record({ id: fc.string(), value }), (document) => {
        expect(decodeStored(encodeStored(document))).toEqual(document)
      }),
    )
  })

  it('that cannot be kept are INVALID_DOCUMENT', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    expect(() => encodeStored(cycle)).toThrow(expect.objectContaining({ code: 'INVALID_DOCUMENT' }))
  })
})
