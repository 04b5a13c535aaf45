import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cachedEmbedder, createSearch, defineIndex, embedded, keyword, money, ngramEmbedder, text } from './index.ts'
import type { DeliveredEvent, Embedder, EventSource, IndexSubscription, SourceEvent } from './index.ts'

const fields = {
  name: text({ boost: 2 }),
  description: text({ optional: true }),
  category: keyword({ facet: true }),
  price: money({ facet: [10] }),
  currency: keyword({ optional: true }),
}
const products = defineIndex('products', { id: 'id', fields, vector: { from: ['name', 'description'], dimensions: 384 } })

/** An embedder that writes down what it is given. */
function recording(model = 'recording-1', dimensions = 384): Embedder & { readonly texts: string[] } {
  const inner = ngramEmbedder({ dimensions })
  const texts: string[] = []
  return {
    model,
    dimensions,
    kind: 'lexical',
    texts,
    embed: (given, options) => {
      texts.push(...given)
      return inner.embed(given, options)
    },
  }
}

const rows = [
  { id: '1', name: 'Espresso machine', description: 'Coffee from beans', category: 'kitchen', price: '199' },
  { id: '2', name: 'Espresso grinder', description: 'Grinds coffee beans', category: 'kitchen', price: '89' },
  { id: '3', name: 'Garden hose', description: 'Waters lawns', category: 'garden', price: '19' },
  { id: '4', name: 'Lawn mower', category: 'garden', price: '299' },
]

async function filled(embedder: Embedder = ngramEmbedder()) {
  const search = createSearch({ engine: embedded({ file: ':memory:' }), embedder, indexes: { products } })
  await search.products.bulk(rows)
  return search
}

const ids = (hits: readonly { readonly id: string }[]): string[] => hits.map(({ id }) => id)

describe('similar', () => {
  it('gives every product its vector on writing, never the product itself, and calls no embedder to read (seed-requirements 69, 70, 71)', async () => {
    const embedder = recording()
    await using search = await filled(embedder)
    const written = embedder.texts.length
    const similar = await search.products.similar({ to: '1' })
    expect(ids(similar)[0]).toBe('2')
    expect(ids(similar)).not.toContain('1')
    expect(embedder.texts.length).toBe(written)
    expect(similar[0]).toMatchObject({ document: rows[1], score: ((similar[0]?.similarity ?? 0) + 1) / 2 })
    expect(JSON.stringify(similar)).not.toContain('vector')
  })

  it('honours limit, threshold and filters, and takes a text or a vector (seed-requirement 71)', async () => {
    await using search = await filled()
    expect(ids(await search.products.similar({ to: '1', limit: 1 }))).toEqual(['2'])
    expect(ids(await search.products.similar({ to: '1', threshold: 0.95 }))).toEqual([])
    expect(ids(await search.products.similar({ to: '1', where: { category: 'garden' } })).toSorted()).toEqual(['3', '4'])
    expect(ids(await search.products.similar({ to: { text: 'mowing the lawn' }, limit: 1 }))).toEqual(['4'])
    const [vector = new Float32Array(384)] = await ngramEmbedder().embed(['garden hose'])
    expect(ids(await search.products.similar({ to: { vector }, limit: 1 }))).toEqual(['3'])
  })

  it('can be made to differ among themselves (seed-requirement 72)', async () => {
    await using search = await filled()
    await search.products.bulk([
      { id: '1b', name: 'Espresso machine', description: 'Coffee from beans!', category: 'kitchen', price: '198' },
      { id: '1c', name: 'Espresso machine', description: 'Coffee from beans?', category: 'kitchen', price: '197' },
    ])
    expect(ids(await search.products.similar({ to: '1', limit: 2 }))).toEqual(['1b', '1c'])
    expect(ids(await search.products.similar({ to: '1', limit: 2, diversify: 0.5 }))).not.toEqual(['1b', '1c'])
    await expect(search.products.similar({ to: '1', diversify: 2 })).rejects.toMatchObject({ code: 'INVALID_QUERY' })
  })

  it('leaves out what was deleted (seed-requirement 72)', async () => {
    await using search = await filled()
    await search.products.delete('2')
    expect(ids(await search.products.similar({ to: '1' }))).not.toContain('2')
    await expect(search.products.similar({ to: '2' })).rejects.toMatchObject({ code: 'UNKNOWN_DOCUMENT' })
  })

  it('refuses vectors of another length, and limits and thresholds out of range (seed-requirements 66, 68)', async () => {
    await using search = await filled()
    await expect(search.products.similar({ to: { vector: new Float32Array(3) } })).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
    for (const limit of [0, -1, 1.5, Number.NaN, 1001])
      await expect(search.products.similar({ to: '1', limit })).rejects.toMatchObject({ code: 'INVALID_QUERY' })
    for (const threshold of [-0.1, 1.1, Number.NaN])
      await expect(search.products.similar({ to: '1', threshold })).rejects.toMatchObject({ code: 'INVALID_QUERY' })
  })
})

describe('embedding on write', () => {
  it('does not embed a text again that did not change, but moves its filters along (seed-requirement 70)', async () => {
    const embedder = recording()
    await using search = await filled(embedder)
    const written = embedder.texts.length
    await search.products.index({ id: '1', name: 'Espresso machine', description: 'Coffee from beans', category: 'outlet', price: '150' })
    expect(embedder.texts.length).toBe(written)
    expect(ids(await search.products.similar({ to: '2', where: { category: 'outlet' } }))).toEqual(['1'])
    await search.products.index({ id: '1', name: 'Teapot', category: 'outlet', price: '150' })
    expect(embedder.texts.slice(written)).toEqual(['Teapot'])
  })

  it('lets a missing field add nothing to the text (seed-requirement 118)', async () => {
    const byNames = recording()
    await using one = await filled(byNames)
    expect(byNames.texts).toContain('Lawn mower')
    expect(await one.products.count()).toBe(4)
    const byFunction = recording()
    const templated = defineIndex('products', { id: 'id', fields, vector: { from: (p) => `${p.name}. ${p.description}`, dimensions: 384 } })
    await using two = createSearch({ engine: embedded({ file: ':memory:' }), embedder: byFunction, indexes: { templated } })
    await two.templated.bulk([...rows, { id: '5', name: 'x', description: null, category: 'c', price: '1' }])
    expect(byFunction.texts.join('\n')).not.toMatch(/undefined|null/)
    expect(byFunction.texts).toContain('Lawn mower. ')
  })

  it('bears a document without any text to embed', async () => {
    await using search = await filled()
    await search.products.index({ id: '9', name: '', category: 'c', price: '1' })
    await search.products.index({ id: '1', name: '?!', category: 'c', price: '1' })
    expect(await search.products.get('9')).toMatchObject({ id: '9' })
    expect(ids(await search.products.similar({ to: '2' }))).not.toContain('1')
  })

  it('refuses an embedder of another length before anything is written, and a model other than the stored one (seed-requirements 68, 117)', async () => {
    const engine = embedded({ file: ':memory:' })
    expect(() => createSearch({ engine, embedder: ngramEmbedder({ dimensions: 128 }), indexes: { products } })).toThrow(
      expect.objectContaining({ code: 'DIMENSION_MISMATCH' }),
    )
    expect(() => createSearch({ engine, indexes: { products } })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
    const lying: Embedder = { ...ngramEmbedder(), embed: async (texts) => texts.map(() => new Float32Array(7)) }
    const search = createSearch({ engine, embedder: lying, indexes: { products } })
    await expect(search.products.bulk(rows)).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
    expect(await search.products.count()).toBe(0)
    await expect(createSearch({ engine, embedder: recording('recording-2'), indexes: { products } }).prepare()).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
    })
    await engine.close()
  })

  it('embeds everything anew when the model changes and the index is rebuilt (seed-requirement 117)', async () => {
    const engine = embedded({ file: ':memory:' })
    await createSearch({ engine, embedder: recording('old'), indexes: { products } }).products.bulk(rows)
    const fresh = recording('new')
    const search = createSearch({ engine, embedder: fresh, indexes: { products } })
    const result = await search.products.reindex(() => rows)
    expect(fresh.texts.length).toBe(4)
    expect(ids(await search.products.similar({ to: '1', limit: 1 }))).toEqual(['2'])
    await result.discard()
    await engine.close()
  })
})

describe('modes', () => {
  it('fuses words and vectors in hybrid mode: what only one of them finds is there, what both find is first', async () => {
    await using search = await filled()
    const { hits, total, facets } = await search.products.search('lawn', { mode: 'hybrid', facets: ['category'] })
    expect(ids(hits)[0]).toBe('4')
    expect(ids(hits)).toContain('3')
    expect(total.value).toBe(hits.length)
    expect(facets.category.reduce((sum, { count }) => sum + count, 0)).toBe(hits.length)
    expect(hits.every(({ score }) => score > 0 && score <= 1)).toBe(true)
  })

  it('finds by nearness alone in vector mode, down to a threshold', async () => {
    await using search = await filled()
    const { hits } = await search.products.search('expresso machin', { mode: 'vector', threshold: 0.52 })
    expect(ids(hits)[0]).toBe('1')
    expect(hits.every(({ similarity, score }) => similarity !== undefined && score >= 0.52)).toBe(true)
  })

  it.each(['vector', 'hybrid'] as const)('pages in %s mode without repeating or skipping', async (mode) => {
    await using search = await filled()
    const whole = ids((await search.products.search('coffee lawn', { mode, match: 'any' })).hits)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await search.products.search('coffee lawn', { mode, match: 'any', limit: 1, cursor })
      paged.push(...ids(page.hits))
      cursor = page.next
    } while (cursor !== undefined)
    expect(paged).toEqual(whole)
    await expect(search.products.search('other', { mode, cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_CURSOR' })
  })

  it('filters, sorts and lists everything without text in every mode', async () => {
    await using search = await filled()
    for (const mode of ['text', 'vector', 'hybrid'] as const) {
      expect(ids((await search.products.search('', { mode, sort: '-price' })).hits)).toEqual(['4', '1', '2', '3'])
      expect(ids((await search.products.search('coffee', { mode, where: { category: 'garden' } })).hits)).not.toContain('1')
    }
    expect(ids((await search.products.search('coffee', { mode: 'hybrid', sort: 'price', limit: 2 })).hits)).toEqual(['3', '2'])
  })
})

describe('queries from outside', () => {
  // As they arrive from a request, whatever their type says.
  const ask = async (options: Record<string, unknown>): Promise<unknown> => {
    await using search = await filled()
    return await search.products.search('coffee', options as never)
  }

  it.each([
    [{ where: { colour: 'red' } }, /no field 'colour'/],
    [{ where: { name: 'x' } }, /no field 'name'/],
    [{ where: { price: 10 } }, /'price'.*never a float/],
    [{ where: { price: { between: [1, 2] } } }, /'price'/],
    [{ where: { category: { gt: 'a' } } }, /takes no range/],
    [{ where: { category: Array.from({ length: 1001 }, () => 'x') } }, /at most 1000 values/],
    [{ where: JSON.parse('{"__proto__": {"a": 1}}') as object }, /no field '__proto__'/],
    [{ sort: 'name' }, /sorted by "name"/],
    [{ sort: ['-nothing'] }, /sorted by/],
    [{ facets: ['name'] }, /no facet "name"/],
    [{ limit: 0 }, /'limit'/],
    [{ limit: '10' }, /'limit'/],
    [{ limit: 1e9 }, /'limit'/],
    [{ mode: 'magic' }, /'mode'/],
    [{ threshold: 7 }, /'threshold'/],
    [{ highlight: ['category'] }, /highlight/],
  ])('that make no sense are INVALID_QUERY and say why: %j (seed-requirements 64, 66)', async (options, message) => {
    await expect(ask(options)).rejects.toMatchObject({ code: 'INVALID_QUERY', message: expect.stringMatching(message) })
  })

  it('must name a currency when they filter an amount that has one (seed-requirement 59)', async () => {
    const priced = defineIndex('priced', { id: 'id', fields: { price: money({ currencyField: 'currency' }), currency: keyword() } })
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), indexes: { priced } })
    await search.priced.bulk([
      { id: 'e', price: '5', currency: 'EUR' },
      { id: 's', price: '5', currency: 'SEK' },
    ])
    await expect(search.priced.search('', { where: { price: { lt: '10' } } })).rejects.toMatchObject({ code: 'INVALID_QUERY' })
    expect(ids((await search.priced.search('', { where: { price: { lt: '10' }, currency: 'SEK' } })).hits)).toEqual(['s'])
  })

  it('for nearness are UNSUPPORTED on an index without vectors', async () => {
    const plain = defineIndex('plain', { id: 'id', fields: { name: text() } })
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), indexes: { plain } })
    await expect(search.plain.search('x', { mode: 'hybrid' })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(search.plain.similar({ to: 'x' })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('indexFrom (seed-requirement 63)', () => {
  const changed = { type: 'changed', schema: z.object({ id: z.string(), name: z.string(), revision: z.number() }) }
  const deleted = { type: 'deleted', schema: z.object({ id: z.string(), revision: z.number() }) }
  const refused = { type: 'refused', schema: z.object({}) }

  function source() {
    const handlers = new Map<unknown, (event: DeliveredEvent, context: { signal: AbortSignal }) => Promise<void>>()
    let open = 0
    const bus: EventSource<SourceEvent> = {
      async subscribe(event, { group }, handler): Promise<IndexSubscription> {
        if (event === refused) throw new Error('no such event')
        if (group === 'search') handlers.set(event, handler)
        open++
        return { close: async () => void open-- }
      },
    }
    const deliver = (event: unknown, data: unknown): Promise<void> | undefined => handlers.get(event)?.({ data }, { signal: new AbortController().signal })
    return { bus, deliver, open: () => open }
  }

  const onChanged = {
    event: changed,
    change: (data: { id: string; name: string; revision: number }) => ({
      index: { id: data.id, name: data.name, category: 'c', price: '1' },
      version: data.revision,
    }),
  }

  it('applies events so that late and repeated ones converge', async () => {
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder(), indexes: { products } })
    const { bus, deliver, open } = source()
    const subscription = await search.products.indexFrom(bus, {
      group: 'search',
      on: [onChanged, { event: deleted, change: (data) => ({ delete: data.id, version: data.revision }) }],
    })
    await deliver(changed, { id: 'a', name: 'second', revision: 2 })
    await deliver(changed, { id: 'a', name: 'first', revision: 1 })
    await deliver(changed, { id: 'b', name: 'gone', revision: 1 })
    await deliver(deleted, { id: 'b', revision: 2 })
    await deliver(changed, { id: 'b', name: 'gone', revision: 1 })
    await deliver(deleted, { id: 'b', revision: 2 })
    expect(await search.products.get('a')).toMatchObject({ name: 'second' })
    expect(await search.products.count()).toBe(1)
    await subscription.close()
    expect(open()).toBe(0)
  })

  it('lets the handler reject when a write fails, and closes what is open when a subscription cannot be made', async () => {
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder(), indexes: { products } })
    const { bus, deliver, open } = source()
    await search.products.indexFrom(bus, { group: 'search', on: [onChanged] })
    await expect(deliver(changed, { id: '', name: 'x', revision: 1 })).rejects.toMatchObject({ code: 'INVALID_DOCUMENT' })
    const before = open()
    await expect(search.products.indexFrom(bus, { group: 'other', on: [onChanged, { event: refused, change: () => undefined }] })).rejects.toThrow(
      'no such event',
    )
    expect(open()).toBe(before)
  })
})

describe('life of a search', () => {
  it('does no I/O before the first call, and refuses calls after close', async () => {
    const search = createSearch({ engine: embedded({ file: '/dev/null/not/here.db' }), embedder: cachedEmbedder(ngramEmbedder()), indexes: { products } })
    await expect(search.products.count()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await search.close()
    await search.close()
    await expect(search.products.count()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('reads its source no faster than it writes (seed-requirement 116)', async () => {
    await using search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder(), indexes: { products } })
    let ahead = 0
    async function* endless() {
      for (let i = 0; i < 50; i++) {
        ahead = Math.max(ahead, i - (await search.products.count()))
        yield { id: String(i), name: 'x', category: 'c', price: '1' }
      }
    }
    expect(await search.products.bulk(endless(), { batchSize: 10 })).toEqual({ applied: 50, stale: 0 })
    expect(ahead).toBeLessThanOrEqual(10)
  })
})

describe('defineIndex', () => {
  it('refuses names, fields and options that cannot be', () => {
    expect(() => defineIndex('No', { id: 'id', fields })).toThrow(/name of an index/)
    expect(() => defineIndex('a', { id: 'id', fields: {} })).toThrow(/at least one field/)
    expect(() => defineIndex('a', { id: 'id', fields: { 'a b': text() } })).toThrow(/field/)
    expect(() => defineIndex('a', { id: 'id', fields, vector: { from: ['name'], dimensions: 0 } })).toThrow(/dimensions/)
    expect(() => money({ facet: [10, 5] })).toThrow(/rising/)
    expect(() => money({ facet: [0.1] })).toThrow(/rising/)
    expect(() => text({ boost: 0 })).toThrow(/boost/)
  })
})
