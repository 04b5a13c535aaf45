import { types } from 'cassandra-driver'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCqlType } from '../schema/cql-type.ts'
import { compileEncode, encodeVarint } from './encode.ts'

const encode = (type: string, value: unknown): string => compileEncode(parseCqlType(type, {}, 'a test'))(value).toString('hex')

describe('compileEncode', () => {
  it('writes whole numbers of any size as the driver does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (value) => {
        expect(encodeVarint(value).toString('hex')).toBe(types.Integer.toBuffer(types.Integer.fromString(value.toString())).toString('hex'))
      }),
    )
  })

  it.each([0n, -1n, 127n, 128n, -128n, -129n, 255n, 256n])('writes %d with as few bytes as hold its sign', (value) => {
    expect(encodeVarint(value).toString('hex')).toBe(types.Integer.toBuffer(types.Integer.fromString(value.toString())).toString('hex'))
  })

  it('writes decimals with the scale they were written with', () => {
    expect(encode('decimal', '19.90')).toBe('0000000207c6')
    expect(encode('decimal', '-0.001')).toBe('00000003ff')
    expect(encode('decimal', '100')).toBe('0000000064')
  })

  it('writes times and dates as the protocol has them', () => {
    expect(encode('date', '1970-01-01')).toBe('80000000')
    expect(encode('date', '1969-12-31')).toBe('7fffffff')
    expect(encode('time', '00:00:01.000000002')).toBe('000000003b9aca02')
    expect(encode('timestamp', new Date(-1))).toBe('ffffffffffffffff')
  })

  it('marks what a tuple does not have', () => {
    expect(encode('frozen<tuple<text, int>>', [null, 7])).toBe('ffffffff0000000400000007')
  })
})
