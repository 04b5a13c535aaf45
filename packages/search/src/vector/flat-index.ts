import { createCoder, greatestDistance } from './coder.ts'
import type { Coder } from './coder.ts'
import { createKernel } from './kernel.ts'
import type { Kernel } from './kernel.ts'
import { BestScored } from './best-scored.ts'
import type { Scored } from './best-scored.ts'
import { nearestSlots } from './nearest-slots.ts'

/** What is looked for in a {@link FlatIndex}. */
export interface FlatSearch {
  readonly query: Float32Array
  readonly limit: number
  /** The slots that may be found; all when absent. */
  readonly among: Uint32Array | undefined
  readonly excluded: ReadonlySet<number>
  /** Orders two slots of equal product. */
  readonly tie: (a: number, b: number) => number
}

/** Where things lie in a kernel's memory, in bytes. */
interface Layout {
  readonly capacity: number
  readonly query: number
  readonly queryCode: number
  readonly vectors: number
  readonly codes: number
  readonly distances: number
  readonly slots: number
  readonly products: number
  readonly bytes: number
}

/** How many candidates the codes bring for each hit that is wanted, and how many at least. */
const oversampling = 25
const leastCandidates = 1_000
const firstCapacity = 1_024

/**
 * All vectors of an index in one block of memory, by slot, each with a binary code. A search ranks the codes by their distance to the query and
 * rescores the best candidates exactly; where few slots pass the filter it scores these alone, so that no filter can starve it of hits.
 */
export class FlatIndex {
  readonly #dimensions: number
  readonly #vectorBytes: number
  readonly #coder: Coder
  readonly #codeBytes: number
  #kernel: Kernel
  #layout: Layout
  /** 1 where a slot holds a vector. */
  #alive = new Uint8Array(firstCapacity)
  #aliveSlots: Uint32Array | undefined
  #size = 0
  #count = 0

  constructor(dimensions: number) {
    this.#dimensions = dimensions
    this.#vectorBytes = Math.ceil(dimensions / 8) * 32
    this.#coder = createCoder(dimensions)
    this.#codeBytes = this.#coder.codeBytes
    this.#layout = this.#plan(firstCapacity)
    this.#kernel = createKernel(this.#layout.bytes)
  }

  /** How many slots hold a vector. */
  get count(): number {
    return this.#count
  }

  /** Puts a vector into a slot. */
  set(slot: number, vector: Float32Array): void {
    this.#reserve(slot + 1)
    new Float32Array(this.#kernel.buffer, this.#layout.vectors + slot * this.#vectorBytes, this.#dimensions).set(vector)
    this.#coder.writeCode(vector, new Uint8Array(this.#kernel.buffer, this.#layout.codes + slot * this.#codeBytes, this.#codeBytes))
    this.#count += 1 - (this.#alive[slot] ?? 0)
    this.#alive[slot] = 1
    this.#aliveSlots = undefined
    this.#size = Math.max(this.#size, slot + 1)
  }

  /** Empties a slot. */
  delete(slot: number): void {
    if (this.#alive[slot] !== 1) return
    this.#alive[slot] = 0
    this.#aliveSlots = undefined
    this.#count--
  }

  /** The `limit` nearest of all slots, or of those listed; without those in `excluded`. Best first, equals in the order of `tie`. */
  search({ query, limit, among, excluded, tie }: FlatSearch): Scored[] {
    new Float32Array(this.#kernel.buffer, this.#layout.query, this.#dimensions).set(query)
    const passing = among?.length ?? this.#count
    const wanted = Math.max(leastCandidates, oversampling * (limit + excluded.size))
    const exact = passing <= wanted || (among !== undefined && passing * 10 <= this.#count)
    const candidates = exact ? (among ?? this.#allAlive()) : this.#nearestCodes(query, wanted, among)
    return this.#rescore(candidates, { query, limit, among, excluded, tie })
  }

  #nearestCodes(query: Float32Array, wanted: number, among: Uint32Array | undefined): Uint32Array {
    const { codes, queryCode, distances } = this.#layout
    const { buffer } = this.#kernel
    this.#coder.writeQuery(query, new Uint8Array(buffer, queryCode, 4 * this.#codeBytes))
    this.#kernel.distances(codes, this.#size, this.#codeBytes, queryCode, distances)
    return nearestSlots(new Uint16Array(buffer, distances, this.#size), among ?? this.#allAlive(), greatestDistance(this.#codeBytes), wanted)
  }

  #rescore(candidates: Uint32Array, { limit, excluded, tie }: FlatSearch): Scored[] {
    const { vectors, slots, query, products } = this.#layout
    const { buffer } = this.#kernel
    new Uint32Array(buffer, slots, candidates.length).set(candidates)
    this.#kernel.dots(vectors, this.#vectorBytes, slots, candidates.length, query, products)
    const found = new Float32Array(buffer, products, candidates.length)
    const best = new BestScored(limit, tie)
    for (let i = 0; i < candidates.length; i++) {
      const slot = candidates[i] ?? 0
      const product = found[i] ?? 0
      if (best.admits(product) && this.#alive[slot] === 1 && !excluded.has(slot)) best.add({ slot, product })
    }
    return best.sorted
  }

  #allAlive(): Uint32Array {
    if (this.#aliveSlots !== undefined) return this.#aliveSlots
    const slots = new Uint32Array(this.#count)
    let next = 0
    for (let slot = 0; slot < this.#size; slot++) if (this.#alive[slot] === 1) slots[next++] = slot
    this.#aliveSlots = slots
    return slots
  }

  #plan(capacity: number): Layout {
    const sizes = [this.#vectorBytes, 4 * this.#codeBytes, capacity * this.#vectorBytes, capacity * this.#codeBytes, capacity * 2, capacity * 4, capacity * 4]
    // Everything starts at a multiple of 16.
    const offsets = sizes.reduce<number[]>((starts, size) => [...starts, Math.ceil(((starts.at(-1) ?? 0) + size) / 16) * 16], [0])
    const [query = 0, queryCode = 0, vectors = 0, codes = 0, distances = 0, slots = 0, products = 0, bytes = 0] = offsets
    return { capacity, query, queryCode, vectors, codes, distances, slots, products, bytes }
  }

  #reserve(size: number): void {
    if (size <= this.#layout.capacity) return
    const layout = this.#plan(Math.max(size, Math.ceil(this.#layout.capacity * 1.5)))
    const kernel = createKernel(layout.bytes)
    const copy = (from: number, to: number, bytes: number): void =>
      new Uint8Array(kernel.buffer, to, bytes).set(new Uint8Array(this.#kernel.buffer, from, bytes))
    copy(this.#layout.vectors, layout.vectors, this.#size * this.#vectorBytes)
    copy(this.#layout.codes, layout.codes, this.#size * this.#codeBytes)
    const alive = new Uint8Array(layout.capacity)
    alive.set(this.#alive)
    this.#alive = alive
    this.#layout = layout
    this.#kernel = kernel
  }
}
