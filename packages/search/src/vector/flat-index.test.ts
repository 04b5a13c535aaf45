import { seededRandom } from '@hanse/core'
import { describe, expect, it } from 'vitest'
import { ngramEmbedder } from '../embed/ngram-embedder.ts'
import { FlatIndex } from './flat-index.ts'

const tie = (a: number, b: number): number => a - b
const none: ReadonlySet<number> = new Set()

function exact(
  vectors: readonly Float32Array[],
  query: Float32Array,
  limit: number,
  passes: (slot: number) => boolean = () => true,
): { slot: number; product: number }[] {
  return vectors
    .map((vector, slot) => ({ slot, product: dot(vector, query) }))
    .filter(({ slot }) => passes(slot))
    .toSorted((a, b) => b.product - a.product)
    .slice(0, limit)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

function unit(random: () => number, dimensions: number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() + random() + random() - 1.5)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

describe('FlatIndex', () => {
  it.each([8, 100, 384])('equals a full scan while there are few vectors (%i dimensions)', (dimensions) => {
    const random = seededRandom(dimensions)
    const vectors = Array.from({ length: 300 }, () => unit(random, dimensions))
    const index = new FlatIndex(dimensions)
    vectors.forEach((vector, slot) => index.set(slot, vector))
    for (let i = 0; i < 20; i++) {
      const query = unit(random, dimensions)
      const found = index.search({ query, limit: 10, among: undefined, excluded: none, tie })
      expect(found.map(({ slot }) => slot)).toEqual(exact(vectors, query, 10).map(({ slot }) => slot))
    }
  })

  it('finds at least 95 of 100 nearest among 6,000 sparse vectors by codes and rescoring', async () => {
    const random = seededRandom(3)
    const words = Array.from({ length: 300 }, (_, i) => `${(i * 7919).toString(36)}${'aeiou'[i % 5]}${(i * 104_729).toString(36)}`)
    const word = (): string => words[Math.floor(random() ** 2 * words.length)] ?? ''
    const texts = Array.from({ length: 6_000 }, () => Array.from({ length: 12 }, word).join(' '))
    const vectors = await ngramEmbedder().embed(texts)
    const index = new FlatIndex(384)
    vectors.forEach((vector, slot) => index.set(slot, vector))
    const queries = await ngramEmbedder().embed(Array.from({ length: 30 }, () => `${word()} ${word()}`))
    const hits = queries.flatMap((query) => {
      const worst = (exact(vectors, query, 10).at(-1)?.product ?? 0) - 1e-5
      return index.search({ query, limit: 10, among: undefined, excluded: none, tie }).filter(({ product }) => product >= worst)
    })
    expect(hits.length / 300).toBeGreaterThan(0.95)
  })

  it('finds only what passes, all of it when that is less than the limit', () => {
    const random = seededRandom(9)
    const vectors = Array.from({ length: 4_000 }, () => unit(random, 16))
    const index = new FlatIndex(16)
    vectors.forEach((vector, slot) => index.set(slot, vector))
    const query = unit(random, 16)
    for (const step of [2, 50, 1_000, 4_000]) {
      const among = Uint32Array.from({ length: 4_000 / step }, (_, i) => i * step)
      const found = index.search({ query, limit: 10, among, excluded: new Set([0]), tie })
      expect(found.map(({ slot }) => slot)).toEqual(exact(vectors, query, 10, (slot) => slot % step === 0 && slot !== 0).map(({ slot }) => slot))
    }
  })

  it('forgets deleted slots and keeps its content when it grows', () => {
    const index = new FlatIndex(4)
    index.set(5_000, Float32Array.of(1, 0, 0, 0))
    index.set(2, Float32Array.of(0.9, 0.1, 0, 0))
    index.set(20_000, Float32Array.of(0.8, 0.2, 0, 0))
    index.delete(5_000)
    index.delete(77)
    expect(index.count).toBe(2)
    const found = index.search({ query: Float32Array.of(1, 0, 0, 0), limit: 10, among: undefined, excluded: none, tie })
    expect(found.map(({ slot }) => slot)).toEqual([2, 20_000])
  })
})
