import type { Row } from '@hanse/data'
import type { Search } from '@hanse/search'
import type { ProductSnapshot } from '../../contracts/events.ts'
import { listTables } from '../../service/bucketed-list.ts'
import { idempotency } from '../../service/idempotency.ts'
import type { ServiceParts } from '../../service/run-service.ts'
import type { productIndex } from './product-index.ts'
import { indexFills, products, seeds } from './tables.ts'

/** The tables of the product service. */
export const productTables = { products, seeds, indexFills, idempotency, ...listTables }

/** What the product service's code works with. */
export interface ProductParts extends ServiceParts<typeof productTables> {
  readonly search: Search<{ products: typeof productIndex }>
}

/** A stored product. */
export type Product = Row<typeof products>

/** A product as the outside and the events see it. */
export function toSnapshot(product: Product): ProductSnapshot {
  return {
    id: product.id,
    name: product.name,
    description: product.description ?? '',
    category: product.category,
    brand: product.brand,
    price: product.price,
    currency: product.currency,
    attributes: product.attributes ?? {},
    tags: [...(product.tags ?? [])],
    images: [...(product.images ?? [])],
    inventory_count: product.inventory_count,
    created_at: product.created_at.toISOString(),
    updated_at: product.updated_at.toISOString(),
  }
}

/** Grows with every write to a product, whether of its own fields or of its stock: the version that the search index goes by. */
export function revisionOf(product: Pick<Product, 'version' | 'stock_version'>): number {
  return product.version + product.stock_version
}
