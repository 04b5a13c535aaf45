import * as cassandraDriver from 'cassandra-driver'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeVector, encodeVector } from './vector-codec.ts'

const { types } = cassandraDriver

/** The driver's own codec, which it exports but does not declare. */
interface DriverEncoder {
  encode(value: unknown, type: object): Buffer
  decode(bytes: Buffer, type: object): Iterable<number>
}
const { Encoder } = cassandraDriver as unknown as { readonly Encoder: new (protocolVersion: number, options: object) => DriverEncoder }
const driver = new Encoder(4, {})
const typeOf = (dimensions: number) => ({ code: types.dataTypes.custom, customTypeName: 'vector', info: [{ code: types.dataTypes.float }, dimensions] })

const vectors = fc.float32Array({ minLength: 1, maxLength: 64 })

describe('encodeVector', () => {
  it('writes the bytes that the driver writes, from arrays of both kinds', () => {
    fc.assert(
      fc.property(vectors, (values) => {
        const theirs = driver.encode(new types.Vector(Array.from(values), 'float'), typeOf(values.length)).toString('hex')
        expect(encodeVector(values).toString('hex')).toBe(theirs)
        expect(encodeVector(Array.from(values)).toString('hex')).toBe(theirs)
      }),
      { numRuns: 2_000 },
    )
  })

  it('rounds doubles to single precision as the driver does', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 64 }), (values) => {
        const theirs = driver.encode(new types.Vector(values, 'float'), typeOf(values.length)).toString('hex')
        expect(encodeVector(values).toString('hex')).toBe(theirs)
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves the given array as it was, and does not follow its changes', () => {
    const values = Float32Array.of(1, -2.5)
    const bytes = encodeVector(values)
    expect([...values]).toEqual([1, -2.5])
    values[0] = 7
    expect(bytes.toString('hex')).toBe('3f800000c0200000')
  })

  it('writes a part of a larger array, and nothing for nothing', () => {
    expect(encodeVector(new Float32Array([0, 1, 2]).subarray(1, 2)).toString('hex')).toBe('3f800000')
    expect(encodeVector([])).toHaveLength(0)
  })
})

describe('decodeVector', () => {
  it('reads what the driver reads, wherever the bytes lie, and leaves them', () => {
    fc.assert(
      fc.property(vectors, fc.integer({ min: 0, max: 7 }), (values, offset) => {
        const bytes = encodeVector(values)
        const within = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset)
        const decoded = decodeVector(within)
        expect(Array.from(decoded)).toEqual(Array.from(values))
        expect(Array.from(decoded)).toEqual(Array.from(driver.decode(bytes, typeOf(values.length))))
        expect(within.equals(bytes)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses bytes that are no floats', () => {
    expect(() => decodeVector(new Uint8Array(7))).toThrow(/the bytes of a vector must be a multiple of 4 bytes/)
  })
})
