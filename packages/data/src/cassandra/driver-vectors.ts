import * as driver from 'cassandra-driver'
import { driverEncoding } from './decode.ts'
import { decodeVector } from './vector-codec.ts'

/** The column that the driver reads, as its own codec is told of it. */
interface VectorColumn {
  readonly info: readonly [element: { readonly code: number }, dimensions: number]
}

type DecodeVector = (this: DriverEncoder, bytes: Buffer, column: VectorColumn) => unknown

/** What each connection of the driver reads cells with; exported, but not declared. */
interface DriverEncoder {
  readonly encodingOptions: object
  decodeVector: DecodeVector
}

const { Encoder } = driver as unknown as { readonly Encoder?: { readonly prototype: DriverEncoder } }
const mark = 'hanseVectors'

/**
 * The `encoding` of a client that reads `vector<float, N>` as a `Float32Array` by the codec of this package; clients with another encoding read as
 * ever. The driver has no option for it: each of its encoders gives itself a `decodeVector`, and what is put on their prototype sees that. With a
 * driver that does so no longer, vectors are read by the driver, slower and the same.
 */
export function vectorEncoding(): typeof driverEncoding & { readonly [mark]: true } {
  if (Encoder !== undefined && !Object.hasOwn(Encoder.prototype, 'decodeVector')) watchEncoders(Encoder.prototype)
  return { ...driverEncoding, [mark]: true }
}

function watchEncoders(prototype: DriverEncoder): void {
  Object.defineProperty(prototype, 'decodeVector', {
    configurable: true,
    set(this: DriverEncoder, decode: DecodeVector) {
      const value = mark in this.encodingOptions ? floatsOr(decode) : decode
      Object.defineProperty(this, 'decodeVector', { value, writable: true, enumerable: true, configurable: true })
    },
  })
}

function floatsOr(decode: DecodeVector): DecodeVector {
  return function read(bytes, column) {
    const [element, dimensions] = column.info
    const isOurs = element.code === driver.types.dataTypes.float && bytes.length === dimensions * Float32Array.BYTES_PER_ELEMENT
    return isOurs ? decodeVector(bytes) : decode.call(this, bytes, column)
  }
}
