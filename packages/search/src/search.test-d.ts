import { describe, expectTypeOf, it } from 'vitest'
import { createSearch, date, defineIndex, embedded, keyword, money, ngramEmbedder, number, stored, text } from './index.ts'
import type { RangeBucket, ValueBucket } from './index.ts'

const products = defineIndex('products', {
  id: 'sku',
  fields: {
    name: text({ boost: 2 }),
    description: text({ optional: true }),
    brand: keyword({ facet: true }),
    tags: keyword({ many: true }),
    price: money({ facet: [10, 50] }),
    rating: number({ optional: true }),
    released: date(),
    image: stored<{ readonly url: string }>(),
  },
  vector: { from: (p) => `${p.name}. ${p.description}`, dimensions: 384 },
})

interface Article {
  readonly id: string
  readonly title: string
  readonly views: number
  readonly author?: string
  readonly body: { readonly blocks: readonly string[] }
}
const articles = defineIndex<Article>()('articles', { id: 'id', fields: { title: text(), views: number() } })

const search = createSearch({ engine: embedded({ file: ':memory:' }), embedder: ngramEmbedder(), indexes: { products, articles } })

describe('a typed index', () => {
  it('derives its documents from its fields', async () => {
    const hit = (await search.products.search('x')).hits[0]
    type Doc = NonNullable<typeof hit>['document']
    expectTypeOf<Doc['sku']>().toEqualTypeOf<string>()
    expectTypeOf<Doc['name']>().toEqualTypeOf<string>()
    expectTypeOf<Doc['description']>().toEqualTypeOf<string | null | undefined>()
    expectTypeOf<Doc['tags']>().toEqualTypeOf<readonly string[]>()
    expectTypeOf<Doc['brand']>().toEqualTypeOf<string>()
    expectTypeOf<Doc['price']>().toEqualTypeOf<string>()
    expectTypeOf<Doc['released']>().toEqualTypeOf<Date | string>()
    expectTypeOf<Doc['image']>().toEqualTypeOf<{ readonly url: string }>()
  })

  it('keeps a document type of its own', async () => {
    expectTypeOf(await search.articles.get('1')).toEqualTypeOf<Article | undefined>()
    // @ts-expect-error 'nothing' is no property of Article
    defineIndex<Article>()('a', { id: 'id', fields: { nothing: text() } })
    // @ts-expect-error views is a number and cannot be text
    defineIndex<Article>()('a', { id: 'id', fields: { views: text() } })
    // @ts-expect-error views is no string and cannot be the id
    defineIndex<Article>()('a', { id: 'views', fields: { title: text() } })
  })

  it('takes only documents that fit', () => {
    expectTypeOf<Parameters<typeof search.products.index>[0]>().not.toBeAny()
    const good = { sku: '1', name: 'x', brand: 'b', tags: [], price: '1', released: new Date(), image: { url: '' } }
    void search.products.index(good)
    // @ts-expect-error a float cannot be money (seed-requirement 59)
    void search.products.index({ ...good, price: 39.98 })
    // @ts-expect-error tags has many values
    void search.products.index({ ...good, tags: 'one' })
    const { name: _, ...nameless } = good
    // @ts-expect-error name is not optional
    void search.products.bulk([nameless])
  })
})

describe('a typed query (seed-requirement 64)', () => {
  it('filters by declared fields and fitting values only', () => {
    expectTypeOf<Parameters<typeof search.products.count>[0]>().not.toBeAny()
    void search.products.search('x', {
      where: { brand: ['a', 'b'], price: { lt: '100' }, rating: { gte: 3 }, released: { gt: '2024-01-01' }, tags: { not: 'x' } },
    })
    // @ts-expect-error 'colour' is not a field of 'products'
    void search.products.search('x', { where: { colour: 'red' } })
    // @ts-expect-error text is searched, not filtered
    void search.products.search('x', { where: { name: 'x' } })
    // @ts-expect-error stored fields are not filtered
    void search.products.search('x', { where: { image: 'x' } })
    // @ts-expect-error an amount is compared with an amount
    void search.products.search('x', { where: { price: { lt: 100 } } })
    // @ts-expect-error keywords have no order to filter by
    void search.products.search('x', { where: { brand: { gt: 'a' } } })
    // @ts-expect-error 'colour' is not a field of 'products'
    void search.products.count({ colour: 'red' })
    // @ts-expect-error 'colour' is not a field of 'products'
    void search.products.similar({ to: '1', where: { colour: 'red' } })
  })

  it('sorts by single values only', () => {
    expectTypeOf<Parameters<typeof search.products.search>[1]>().not.toBeAny()
    void search.products.search('x', { sort: ['relevance', '-price', 'brand'] })
    // @ts-expect-error 'colour' is not a field of 'products'
    void search.products.search('x', { sort: 'colour' })
    // @ts-expect-error text has no order
    void search.products.search('x', { sort: 'name' })
    // @ts-expect-error many values have no order
    void search.products.search('x', { sort: 'tags' })
  })

  it('counts facets that were asked for, in their own buckets', async () => {
    const { facets } = await search.products.search('x', { facets: ['brand', 'price'] })
    expectTypeOf(facets).toEqualTypeOf<{ readonly brand: readonly ValueBucket[]; readonly price: readonly RangeBucket[] }>()
    // @ts-expect-error it was not asked for
    void facets.rating
    // @ts-expect-error text has no facet
    void search.products.search('x', { facets: ['name'] })
  })

  it('highlights searched fields only', () => {
    expectTypeOf<Parameters<typeof search.products.search>[0]>().toEqualTypeOf<string>()
    void search.products.search('x', { highlight: ['name'] })
    // @ts-expect-error amounts are not searched
    void search.products.search('x', { highlight: ['price'] })
  })
})
