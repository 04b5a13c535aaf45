import { endianness } from 'node:os'
import { invalidArgument } from '@hanse/core'

const bytesEach = Float32Array.BYTES_PER_ELEMENT
const isLittleEndian = endianness() === 'LE'

/**
 * The bytes of a `vector<float, N>` as the native protocol has them: IEEE 754 single precision, four bytes each, the highest first, without
 * lengths. The driver passes a Buffer on as it is, for writes and for the vector of `ORDER BY … ANN OF ?`.
 *
 * @param values - N numbers; those of an array are rounded to single precision
 * @returns a Buffer of its own: changing the values later does not change it
 */
export function encodeVector(values: readonly number[] | Float32Array): Buffer {
  const bytes = Buffer.from(new Float32Array(values).buffer)
  return isLittleEndian ? bytes.swap32() : bytes
}

/**
 * The numbers of a `vector<float, N>` from its bytes.
 *
 * @param bytes - what {@link encodeVector} makes, or the server sends; left as it is
 * @throws HanseError `INVALID_ARGUMENT` when the bytes are not a whole number of floats
 */
export function decodeVector(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % bytesEach !== 0) throw invalidArgument('the bytes of a vector', `a multiple of ${bytesEach} bytes`, `${bytes.byteLength} bytes`)
  const own = Buffer.from(new Uint8Array(bytes).buffer)
  if (isLittleEndian) own.swap32()
  return new Float32Array(own.buffer)
}
