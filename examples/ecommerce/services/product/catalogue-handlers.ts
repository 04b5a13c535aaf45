import type { internalRoutes, routes } from '../../contracts/routes.ts'
import { productCreated, productDeleted, productUpdated } from '../../contracts/events.ts'
import { created, listed, nothing, ok } from '../../service/answer.ts'
import { addToList, readList, removeFromList } from '../../service/bucketed-list.ts'
import { assertMatch, signedIn, versionChanged } from '../../service/call.ts'
import type { Handlers } from '../../service/call.ts'
import { once } from '../../service/idempotency.ts'
import { parseId } from '../../service/parse-id.ts'
import { notFound } from '../../service/problem.ts'
import { revisionOf, toSnapshot } from './products.ts'
import type { Product, ProductParts } from './products.ts'
import { isThere } from './search-handlers.ts'

type CatalogueRoutes = Pick<typeof routes, 'listProducts' | 'getProduct' | 'createProduct' | 'updateProduct' | 'deleteProduct' | 'listByCategory'> &
  Pick<typeof internalRoutes, 'priceProducts'>

/** The list of all products. */
export const allProducts = 'products'
/** The list of a category's products. */
export const categoryList = (category: string): string => `category:${category}`

const defaultLimit = 20

/** The catalogue itself: it reads from the product table, also when the search is away. */
export function createCatalogueHandlers(parts: ProductParts & { readonly secret: Uint8Array }): Handlers<CatalogueRoutes> {
  const { db, bus, outbox, clock, generateId, secret } = parts

  const find = async (id: string): Promise<Product> => {
    const product = await db.products.get({ id: parseId(id, 'Product') })
    if (!isThere(product)) throw notFound('Product')
    return product
  }
  const list = async (name: string, limit: number, cursor: string | undefined, keep: (product: Product) => boolean) => {
    const page = await readList(db, name, limit, cursor)
    const rows = await Promise.all(page.ids.map((id) => db.products.get({ id })))
    return listed(rows.filter(isThere).filter(keep).map(toSnapshot), limit, page.next)
  }
  /** Writes a product's next version together with the event that reports it. */
  const commit = async (before: Product, next: Product, deleted: boolean): Promise<void> => {
    const version = revisionOf(next)
    const event = deleted ? bus.encode(productDeleted, { productId: before.id, version }) : bus.encode(productUpdated, { product: toSnapshot(next), version })
    const { id, stock_version: _stock, inventory_count: _count, pending_events: _pending, created_at: _created, ...values } = next
    const { applied } = await outbox.commit(db.products, { id }, [event], (pending) =>
      db.products
        .update({ id })
        .set({ ...values, ...pending.put })
        .if({ version: before.version }),
    )
    if (!applied) throw versionChanged()
  }

  return {
    listProducts: ({ query }) => list(allProducts, query.limit ?? defaultLimit, query.cursor, () => true),

    listByCategory: ({ params, query }) =>
      list(categoryList(params.category), query.limit ?? defaultLimit, query.cursor, (product) => product.category === params.category),

    async getProduct({ params }) {
      const product = await find(params.id)
      return ok(toSnapshot(product), { version: product.version })
    },

    createProduct(call) {
      const { body } = call
      return once({ db, secret, scope: `product:${signedIn(call).id}`, key: call.idempotencyKey, body, generateId }, async (id) => {
        const now = new Date(clock.now())
        await addToList(db, allProducts, now, id)
        await addToList(db, categoryList(body.category), now, id)
        const row = { ...body, id, stock_version: 0, deleted: false, version: 1, created_at: now, updated_at: now }
        const snapshot = toSnapshot({ ...row, pending_events: null })
        const written = await outbox.commit(db.products, { id }, [bus.encode(productCreated, { product: snapshot, version: 1 })], (pending) =>
          db.products.insertIfAbsent({ ...row, ...pending.cells }),
        )
        return created(`/api/products/${id}`, written.applied ? snapshot : toSnapshot(written.current), 1)
      })
    },

    async updateProduct(call) {
      const before = await find(call.params.id)
      assertMatch(call, before.version)
      const given = Object.fromEntries(Object.entries(call.body).filter(([, value]) => value !== undefined))
      const next: Product = { ...before, ...given, version: before.version + 1, updated_at: new Date(clock.now()) }
      if (next.category !== before.category) await addToList(db, categoryList(next.category), before.created_at, before.id)
      await commit(before, next, false)
      if (next.category !== before.category) await removeFromList(db, categoryList(before.category), before.created_at, before.id)
      return ok(toSnapshot(next), { version: next.version })
    },

    async deleteProduct(call) {
      const before = await find(call.params.id)
      assertMatch(call, before.version)
      await commit(before, { ...before, deleted: true, version: before.version + 1, updated_at: new Date(clock.now()) }, true)
      for (const list of [allProducts, categoryList(before.category)]) await removeFromList(db, list, before.created_at, before.id)
      return nothing
    },

    async priceProducts({ body }) {
      const rows = await Promise.all([...new Set(body.productIds)].map((id) => db.products.get({ id })))
      return ok(rows.filter(isThere).map(({ id, name, price, currency }) => ({ id, name, price, currency })))
    },
  }
}
