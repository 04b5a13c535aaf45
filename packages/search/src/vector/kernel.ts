import { kernelBase64 } from './kernel-bytes.ts'

/** The inner loops of the vector index, over one block of memory. Offsets are in bytes. */
export interface Kernel {
  /** The memory that all offsets point into. */
  readonly buffer: ArrayBuffer
  /**
   * Writes the distances of `count` codes of `size` bytes (a multiple of 16) to the query, 16 bits each: the weights of the bits in which they differ.
   * At `query` lie four planes of `size` bytes: the query's bits, then the three bits of the weights, the lowest first.
   */
  distances(codes: number, count: number, size: number, query: number, out: number): void
  /** Writes the inner products of the vectors in the listed slots, `size` bytes each (a multiple of 32), with the one at `query`, as floats. */
  dots(vectors: number, size: number, slots: number, count: number, query: number, out: number): void
}

/** What is used of the platform's WebAssembly, which the ES library of TypeScript does not declare. */
interface WasmPlatform {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** The exports of kernel.wat. */
interface KernelExports extends Pick<Kernel, 'distances' | 'dots'> {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

const pageBytes = 65_536
let compiled: object | undefined

/** A kernel over at least `bytes` of fresh memory: WebAssembly where its SIMD instructions are there, else plain JavaScript with the same results. */
export function createKernel(bytes: number): Kernel {
  const platform = (globalThis as { readonly WebAssembly?: WasmPlatform }).WebAssembly
  if (platform === undefined) return createPlainKernel(bytes)
  const wasm = Buffer.from(kernelBase64, 'base64')
  if (compiled === undefined && !platform.validate(wasm)) return createPlainKernel(bytes)
  compiled ??= new platform.Module(wasm)
  // A test compares what these do with the plain kernel.
  const { memory, distances, dots } = new platform.Instance(compiled).exports as KernelExports
  memory.grow(Math.ceil(bytes / pageBytes))
  return { buffer: memory.buffer, distances, dots }
}

/** The same loops in JavaScript; the sums run in the same order and precision, so that both kernels agree to the bit. */
export function createPlainKernel(bytes: number): Kernel {
  const buffer = new ArrayBuffer(Math.ceil(bytes / pageBytes) * pageBytes)
  const words = new Uint32Array(buffer)
  const halves = new Uint16Array(buffer)
  const floats = new Float32Array(buffer)
  return {
    buffer,
    distances(codes, count, size, query, out) {
      for (let i = 0; i < count; i++) halves[out / 2 + i] = plainDistance(words, (codes + i * size) / 4, query / 4, size / 4)
    },
    dots(vectors, size, slots, count, query, out) {
      for (let i = 0; i < count; i++) {
        const start = (vectors + (words[slots / 4 + i] ?? 0) * size) / 4
        floats[out / 4 + i] = plainDot(floats, start, query / 4, size / 4)
      }
    },
  }
}

function plainDistance(words: Uint32Array, code: number, query: number, length: number): number {
  let distance = 0
  for (let at = 0; at < length; at++) {
    const differ = (words[code + at] ?? 0) ^ (words[query + at] ?? 0)
    for (let bit = 0; bit < 3; bit++) distance += bitCount(differ & (words[query + (bit + 1) * length + at] ?? 0)) << bit
  }
  return distance
}

function plainDot(floats: Float32Array, a: number, b: number, length: number): number {
  // A typed array rounds every sum to single precision, as the instructions do.
  const sums = new Float32Array(8)
  for (let i = 0; i < length; i += 8) {
    for (let lane = 0; lane < 8; lane++) {
      sums[lane] = (sums[lane] ?? 0) + Math.fround((floats[a + i + lane] ?? 0) * (floats[b + i + lane] ?? 0))
    }
  }
  const [l0 = 0, l1 = 0, l2 = 0, l3 = 0] = Array.from({ length: 4 }, (_, lane) => Math.fround((sums[lane] ?? 0) + (sums[lane + 4] ?? 0)))
  return Math.fround(Math.fround(l0 + l1) + Math.fround(l2 + l3))
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
