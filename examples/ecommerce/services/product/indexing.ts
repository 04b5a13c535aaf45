import { productCreated, productDeleted, productUpdated, stockChanged } from '../../contracts/events.ts'
import { groups } from '../../contracts/groups.ts'
import type { ProductSnapshot } from '../../contracts/events.ts'
import { revisionOf, toSnapshot } from './products.ts'
import type { ProductParts } from './products.ts'

/** Keeps the search index in step with the catalogue, and both in step with the stock. Late and repeated events change nothing. */
export async function followEvents({ db, bus, search }: ProductParts): Promise<void> {
  const written = (data: { product: ProductSnapshot; version: number }) => ({ index: data.product, version: data.version })
  await search.products.indexFrom(bus, {
    group: groups.productSearch,
    on: [
      { event: productCreated, change: written },
      { event: productUpdated, change: written },
      { event: productDeleted, change: (data: { productId: string; version: number }) => ({ delete: data.productId, version: data.version }) },
    ],
  })
  await bus.subscribe(stockChanged, { group: groups.productStock, from: 'earliest', concurrency: 64 }, async ({ data }) => {
    const { productId: id, available, version } = data
    await db.products.update({ id }).set({ inventory_count: available, stock_version: version }).if('stock_version', '<', version)
    const product = await db.products.get({ id })
    if (product !== undefined && !product.deleted) await search.products.index(toSnapshot(product), { version: revisionOf(product) })
  })
}
