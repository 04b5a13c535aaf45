import { seededRandom } from '@hanse/core'

/** Turns vectors into binary codes, and queries into what codes are compared with. */
export interface Coder {
  /** Bytes of a code, a multiple of 16. */
  readonly codeBytes: number
  /** Writes the code of a vector. */
  writeCode(vector: Float32Array, code: Uint8Array): void
  /** Writes a query as four planes of `codeBytes`: its bits, and the three bits of the weight of each. */
  writeQuery(query: Float32Array, planes: Uint8Array): void
}

const seed = 0x48414e53
const greatestWeight = 7

/**
 * A coder for vectors of a length. A code keeps the signs of the vector after a random rotation (random signs, then a Walsh-Hadamard transform),
 * which spreads what sparse vectors hold over all bits; the query keeps its sizes, too, so that bits that matter more count more.
 * After Gao and Long, "RaBitQ" (SIGMOD 2024), without its error bound: candidates are rescored exactly.
 */
export function createCoder(dimensions: number): Coder {
  const length = Math.max(128, 2 ** Math.ceil(Math.log2(dimensions)))
  const codeBytes = length / 8
  const random = seededRandom(seed)
  const signs = Float32Array.from({ length: dimensions }, () => (random() < 0.5 ? -1 : 1))
  const rotated = new Float32Array(length)
  const rotate = (vector: Float32Array): void => {
    rotated.fill(0)
    for (let i = 0; i < dimensions; i++) rotated[i] = (vector[i] ?? 0) * (signs[i] ?? 0)
    transform(rotated)
  }
  return {
    codeBytes,
    writeCode(vector, code) {
      rotate(vector)
      for (let byte = 0; byte < codeBytes; byte++) code[byte] = signByte(rotated, byte * 8)
    },
    writeQuery(query, planes) {
      rotate(query)
      const greatest = rotated.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const weights = rotated.map((value) => (greatest === 0 ? 0 : Math.round((Math.abs(value) / greatest) * greatestWeight)))
      planes.fill(0)
      for (let i = 0; i < length; i++) {
        const [byte, bit] = [i >> 3, i & 7]
        const weight = weights[i] ?? 0
        planes[byte] = (planes[byte] ?? 0) | (Number((rotated[i] ?? 0) > 0) << bit)
        for (let plane = 1; plane <= 3; plane++) {
          const at = plane * codeBytes + byte
          planes[at] = (planes[at] ?? 0) | (((weight >> (plane - 1)) & 1) << bit)
        }
      }
    },
  }
}

/** The greatest distance that a code of this many bytes can have. */
export function greatestDistance(codeBytes: number): number {
  return codeBytes * 8 * greatestWeight
}

function signByte(values: Float32Array, from: number): number {
  let byte = 0
  for (let bit = 0; bit < 8; bit++) byte |= Number((values[from + bit] ?? 0) > 0) << bit
  return byte
}

/** The fast Walsh-Hadamard transform, in place, for a length that is a power of two. */
function transform(values: Float32Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += half * 2) {
      for (let i = start; i < start + half; i++) {
        const a = values[i] ?? 0
        const b = values[i + half] ?? 0
        values[i] = a + b
        values[i + half] = a - b
      }
    }
  }
}
