import { describe, expect, it } from 'vitest'
import { cachedEmbedder } from './cached-embedder.ts'
import type { Embedder } from './embedder.ts'
import { ngramEmbedder } from './ngram-embedder.ts'

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

describe('ngramEmbedder', () => {
  it('says that it is lexical, and names its model with its length', () => {
    expect(ngramEmbedder({ dimensions: 64 })).toMatchObject({ kind: 'lexical', dimensions: 64, model: 'hanse-ngram-1-64' })
    expect(() => ngramEmbedder({ dimensions: 5000 })).toThrow(/32 to 4096/)
  })

  it('gives unit vectors, the same on every call', async () => {
    const embedder = ngramEmbedder()
    const [a, b] = await embedder.embed(['Coffee machine', 'Coffee machine'])
    expect(a).toEqual(b)
    expect(a === undefined ? 0 : Math.hypot(...a)).toBeCloseTo(1, 5)
    expect(Array.from((await ngramEmbedder({ dimensions: 32 }).embed(['ab']))[0] ?? [], (value) => Number(value.toFixed(3)))).toMatchInlineSnapshot(`
      [
        0,
        0,
        0,
        0,
        0,
        -0.577,
        0,
        0,
        0,
        0,
        0.577,
        0,
        0,
        0,
        0.577,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      ]
    `)
  })

  it('puts misspellings and shared words near, other words far', async () => {
    const [query, typo, shared, other] = await ngramEmbedder().embed(['coffee machine', 'cofee machne', 'machine for coffee beans', 'garden hose'])
    if (query === undefined || typo === undefined || shared === undefined || other === undefined) throw new Error('no vectors')
    expect(cosine(query, typo)).toBeGreaterThan(0.4)
    expect(cosine(query, shared)).toBeGreaterThan(0.5)
    expect(cosine(query, other)).toBeLessThan(0.2)
  })

  it('gives a zero vector for a text without letters and digits', async () => {
    expect((await ngramEmbedder().embed(['?!']))[0]?.every((value) => value === 0)).toBe(true)
  })
})

/** Counts what it is asked. */
function counting(): Embedder & { readonly batches: string[][] } {
  const batches: string[][] = []
  return {
    model: 'counting',
    dimensions: 1,
    kind: 'semantic',
    batches,
    async embed(texts) {
      batches.push([...texts])
      if (texts.includes('bad')) throw new Error('refused')
      return texts.map((text) => Float32Array.of(text.length))
    },
  }
}

describe('cachedEmbedder (seed-requirement 70)', () => {
  it('embeds a text once, in batches, and keeps the order', async () => {
    const inner = counting()
    const embedder = cachedEmbedder(inner, { batchSize: 2 })
    expect((await embedder.embed(['a', 'bb', 'a', 'ccc'])).map(([value]) => value)).toEqual([1, 2, 1, 3])
    expect((await embedder.embed(['ccc', 'dddd'])).map(([value]) => value)).toEqual([3, 4])
    expect(inner.batches).toEqual([['a', 'bb'], ['ccc'], ['dddd']])
  })

  it('lets the least recently used go first', async () => {
    const inner = counting()
    const embedder = cachedEmbedder(inner, { maxEntries: 2 })
    for (const text of ['a', 'bb', 'a', 'ccc', 'a', 'bb']) await embedder.embed([text])
    expect(inner.batches.flat()).toEqual(['a', 'bb', 'ccc', 'bb'])
  })

  it('remembers no failure, but keeps the batches before it', async () => {
    const inner = counting()
    const embedder = cachedEmbedder(inner, { batchSize: 1 })
    await expect(embedder.embed(['a', 'bad'])).rejects.toThrow('refused')
    await embedder.embed(['a'])
    expect(inner.batches).toEqual([['a'], ['bad']])
  })

  it('gives copies, and refuses a provider that answers with too few vectors or other lengths', async () => {
    const embedder = cachedEmbedder(counting())
    ;(await embedder.embed(['a']))[0]?.fill(9)
    expect((await embedder.embed(['a']))[0]?.[0]).toBe(1)
    await expect(cachedEmbedder({ ...counting(), embed: async () => [] }).embed(['a'])).rejects.toMatchObject({ code: 'EMBEDDING_FAILED' })
    await expect(cachedEmbedder({ ...counting(), embed: async () => [Float32Array.of(1, 2)] }).embed(['a'])).rejects.toMatchObject({
      code: 'DIMENSION_MISMATCH',
    })
  })
})
