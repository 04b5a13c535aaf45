import * as driver from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { driverEncoding } from './decode.ts'
import { vectorEncoding } from './driver-vectors.ts'
import { encodeVector } from './vector-codec.ts'

interface DriverEncoder {
  decode(bytes: Buffer, type: object): unknown
}

describe('vectorEncoding', () => {
  const { Encoder } = driver as unknown as { readonly Encoder: new (protocolVersion: number, options: object) => DriverEncoder }
  const { dataTypes } = driver.types
  const vectorOf = (code: number, dimensions: number) => ({ code: dataTypes.custom, customTypeName: 'vector', info: [{ code }, dimensions] })
  const values = new Float32Array([1.5, -0, 3e-42])

  it('makes encoders of the driver read vectors of floats by our codec', () => {
    const encoder = new Encoder(4, { encoding: vectorEncoding() })
    const read = encoder.decode(encodeVector(values), vectorOf(dataTypes.float, 3))
    expect(read).toBeInstanceOf(Float32Array)
    expect(read).toEqual(values)
  })

  it('leaves other vectors, vectors of a wrong length and other encoders to the driver', () => {
    const encoder = new Encoder(4, { encoding: vectorEncoding() })
    expect(encoder.decode(Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]), vectorOf(dataTypes.int, 2))).toBeInstanceOf(driver.types.Vector)
    expect(() => encoder.decode(encodeVector(values), vectorOf(dataTypes.float, 4))).toThrow('Not enough bytes')
    const other = new Encoder(4, { encoding: { ...driverEncoding } })
    expect(other.decode(encodeVector(values), vectorOf(dataTypes.float, 3))).toBeInstanceOf(driver.types.Vector)
  })
})
