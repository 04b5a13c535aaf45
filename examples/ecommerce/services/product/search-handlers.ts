import type { SearchOptions, SortOrder } from '@hanse/search'
import type { Handlers } from '../../service/call.ts'
import type { routes } from '../../contracts/routes.ts'
import { listed, ok } from '../../service/answer.ts'
import { notFound } from '../../service/problem.ts'
import { parseId } from '../../service/parse-id.ts'
import type { productIndex } from './product-index.ts'
import type { Product, ProductParts } from './products.ts'

type SearchRoutes = Pick<typeof routes, 'searchProducts' | 'suggestProducts' | 'recommendProducts' | 'listCategories'>
type Fields = (typeof productIndex)['options']['fields']

const facets = ['category', 'brand', 'price'] as const
const defaultLimit = 20
const defaultThreshold = 0.5
const sorts: Readonly<Record<string, SortOrder<Fields>>> = { relevance: 'relevance', price: 'price', '-price': '-price', newest: '-created_at' }

/** Search, completion, recommendations and categories. */
export function createSearchHandlers({ db, search }: ProductParts): Handlers<SearchRoutes> {
  return {
    async searchProducts({ query, signal }) {
      const { limit = defaultLimit, sort = 'relevance', minPrice, maxPrice, q = '' } = query
      const priced = minPrice !== undefined || maxPrice !== undefined
      const currency = query.currency ?? (priced ? 'EUR' : undefined)
      const options: SearchOptions<Fields, (typeof facets)[number]> = {
        where: {
          category: query.category,
          brand: query.brand,
          currency,
          price: priced ? { ...(minPrice === undefined ? {} : { gte: minPrice }), ...(maxPrice === undefined ? {} : { lte: maxPrice }) } : undefined,
        },
        facets: [...facets],
        sort: sorts[sort] ?? 'relevance',
        limit,
        cursor: query.cursor,
        signal,
      }
      const found = await search.products.search(q, options)
      const price = found.facets.price.map(({ from, to, count }) => ({
        value: `${from ?? '0'}-${to ?? ''}`,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        count,
      }))
      return listed(
        found.hits.map((hit) => ({ ...hit.document, score: hit.score })),
        limit,
        found.next ?? null,
        { total: found.total, facets: { ...found.facets, price } },
      )
    },

    async suggestProducts({ query, signal }) {
      const suggestions = await search.products.suggest(query.q, { field: 'name', limit: query.limit ?? 8, signal })
      return ok(suggestions.map(({ text, id }) => ({ text, id })))
    },

    async recommendProducts({ params, query, signal }) {
      const id = parseId(params.id, 'Product')
      const product = await db.products.get({ id }, { signal })
      if (!isThere(product)) throw notFound('Product')
      const limit = query.limit ?? 10
      const similar = await similarOrNone(() =>
        search.products.similar({ to: id, limit, threshold: query.threshold ?? defaultThreshold, where: { inventory_count: { gt: 0 } }, signal }),
      )
      return ok(similar.map((hit) => ({ ...hit.document, similarity: hit.similarity, score: hit.score })))
    },

    async listCategories({ signal }) {
      const { facets: found } = await search.products.search('', { facets: ['category'], facetLimit: 1000, limit: 1, signal })
      return ok(found.category.map(({ value, count }) => ({ name: value, count })).toSorted((a, b) => a.name.localeCompare(b.name, 'en')))
    },
  }
}

/** A product that was written a moment ago may not be indexed yet: then there is nothing similar to tell. */
async function similarOrNone<T>(find: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'UNKNOWN_DOCUMENT') return []
    throw error
  }
}

/** Whether a product can be shown. */
export function isThere(product: Product | undefined): product is Product {
  return product !== undefined && !product.deleted
}
