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

/** What the catalogue's handlers work with. */
export type CatalogueParts = Pick<ProductParts, 'db' | 'bus' | 'outbox' | 'clock' | 'generateId'> & { readonly secret: Uint8Array }

/** The catalogue itself: it reads from the product table, also when the search is away. */
export function createCatalogueHandlers(parts: CatalogueParts): Handlers<CatalogueRoutes> {
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
  /**
   * Writes a product's next version together with the event that reports it. The event tells of exactly the row that is written, its stock
   * included: two contents under one revision would leave the search index with the wrong one.
   */
  const commit = async (found: Product, values: Partial<Product>): Promise<Product> => {
    for (let before = found; ;) {
      const next: Product = { ...before, ...values, version: before.version + 1, updated_at: new Date(clock.now()) }
      const { id, stock_version: _stock, inventory_count: _count, pending_events: _pending, created_at: _created, ...cells } = next
      const { applied } = await outbox.commit(db.products, { id }, [changeOf(bus, next)], (pending) =>
        db.products
          .update({ id })
          .set({ ...cells, ...pending.put })
          .if({ version: before.version, stock_version: before.stock_version }),
      )
      if (applied) return next
      const current = await db.products.get({ id })
      // When only the stock moved the change still stands.
      if (current?.version !== found.version) throw versionChanged()
      before = current
    }
  }
  /** Two changes may cross each other: each looks again at what holds after its own removal. */
  const leaveCategory = async ({ id, category, created_at }: Product): Promise<void> => {
    await removeFromList(db, categoryList(category), created_at, id)
    const current = await db.products.get({ id })
    if (isThere(current) && current.category === category) await addToList(db, categoryList(category), created_at, id)
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
      const category = call.body.category ?? before.category
      const moved = category !== before.category
      if (moved) await addToList(db, categoryList(category), before.created_at, before.id)
      const next = await commit(before, given)
      if (moved) {
        // Again: whoever moved it away meanwhile may have removed the entry from before the change.
        await addToList(db, categoryList(category), before.created_at, before.id)
        await leaveCategory(before)
      }
      return ok(toSnapshot(next), { version: next.version })
    },

    async deleteProduct(call) {
      const before = await find(call.params.id)
      assertMatch(call, before.version)
      await commit(before, { deleted: true })
      for (const list of [allProducts, categoryList(before.category)]) await removeFromList(db, list, before.created_at, before.id)
      return nothing
    },

    async priceProducts({ body }) {
      const rows = await Promise.all([...new Set(body.productIds)].map((id) => db.products.get({ id })))
      return ok(rows.filter(isThere).map(({ id, name, price, currency }) => ({ id, name, price, currency })))
    },
  }
}

function changeOf(bus: ProductParts['bus'], product: Product) {
  const version = revisionOf(product)
  return product.deleted
    ? bus.encode(productDeleted, { productId: product.id, version })
    : bus.encode(productUpdated, { product: toSnapshot(product), version })
}
