import { readFileSync } from 'node:fs'
import { seededRandom } from '@hanse/core'
import { describe, expect, it } from 'vitest'
import { compileKernel, kernelSource } from '../../scripts/compile-kernel.ts'
import { createKernel, createPlainKernel } from './kernel.ts'
import type { Kernel } from './kernel.ts'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

/** Fills two kernels with the same bytes. */
function pair(fill: (buffer: ArrayBuffer) => void): readonly Kernel[] {
  const kernels = [createKernel(1 << 18), createPlainKernel(1 << 18)]
  for (const { buffer } of kernels) fill(buffer)
  return kernels
}

describe('the kernel', () => {
  it('is what its committed source compiles to', async () => {
    expect(read('./kernel-bytes.ts')).toBe(kernelSource(await compileKernel(read('./kernel.wat'))))
  })

  it.each([32, 64, 96, 1536, 16_384])('gives the same inner products as plain JavaScript, to the bit (%i bytes a vector)', (size) => {
    const count = 7
    const random = seededRandom(size)
    const slots = Array.from({ length: count }, (_, i) => (i * 3) % count)
    const kernels = pair((buffer) => {
      const values = Float32Array.from({ length: ((count + 1) * size) / 4 }, () => (random() - 0.5) * 10 ** (random() * 6 - 3))
      new Float32Array(buffer, 4096, values.length).set(values)
      new Uint32Array(buffer, 0, count).set(slots)
    })
    // The random source goes on; both kernels must hold what the first was given.
    const [wasm, plain] = kernels
    if (wasm === undefined || plain === undefined) throw new Error('no kernels')
    new Uint8Array(plain.buffer).set(new Uint8Array(wasm.buffer, 0, plain.buffer.byteLength))
    for (const kernel of kernels) kernel.dots(4096, size, 0, count, 4096 + count * size, 2048)
    const bits = (kernel: Kernel): number[] => Array.from(new Uint32Array(kernel.buffer, 2048, count))
    expect(bits(wasm)).toEqual(bits(plain))
    const vectors = new Float32Array(wasm.buffer, 4096)
    slots.forEach((slot, i) => {
      let exact = 0
      let greatest = 0
      for (let at = 0; at < size / 4; at++) {
        const term = (vectors[(slot * size) / 4 + at] ?? 0) * (vectors[(count * size) / 4 + at] ?? 0)
        exact += term
        greatest += Math.abs(term)
      }
      expect(Math.abs((new Float32Array(wasm.buffer, 2048)[i] ?? NaN) - exact)).toBeLessThan(greatest * 1e-5)
    })
  })

  it.each([16, 64, 512])('gives the same distances as plain JavaScript (%i bytes a code)', (size) => {
    const count = 50
    const random = seededRandom(size)
    const bytes = Uint8Array.from({ length: (count + 4) * size }, () => random() * 256)
    const kernels = pair((buffer) => new Uint8Array(buffer, 1024).set(bytes))
    const found = kernels.map((kernel) => {
      kernel.distances(1024, count, size, 1024 + count * size, 0)
      return Array.from(new Uint16Array(kernel.buffer, 0, count))
    })
    expect(found[0]).toEqual(found[1])
    expect(found[0]?.every((distance) => distance > 0 && distance <= size * 8 * 7)).toBe(true)
  })

  it('counts the weights of differing bits', () => {
    for (const kernel of pair((buffer) => {
      const bytes = new Uint8Array(buffer)
      bytes[0] = 0b1111
      bytes[16] = 0b0001
      // Weights of bits 0 to 3: 7, 1, 2, 4.
      bytes[32] = 0b0011
      bytes[48] = 0b0101
      bytes[64] = 0b1001
    })) {
      kernel.distances(0, 1, 16, 16, 128)
      expect(new Uint16Array(kernel.buffer, 128, 1)[0]).toBe(1 + 2 + 4)
    }
  })
})
