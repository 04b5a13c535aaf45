import { atRevision } from './product-index.ts'
import { revisionOf, toSnapshot } from './products.ts'
import type { ProductParts } from './products.ts'

const name = 'products'

/**
 * Fills the search index, vectors included, from the products, once: of a catalogue that was just seeded, or of one that came from elsewhere.
 * Every document has the revision of its row, so that one that changes meanwhile keeps the change, and a start that was killed half-way does it again.
 */
export async function fillIndex({ db, search, clock }: Pick<ProductParts, 'db' | 'search' | 'clock'>): Promise<void> {
  if ((await db.indexFills.get({ name })) !== undefined) return
  await search.products.bulk(documentsOf(db))
  await db.indexFills.insert({ name, done_at: new Date(clock.now()) })
}

async function* documentsOf(db: ProductParts['db']) {
  for await (const product of db.products.scan()) if (!product.deleted) yield atRevision(toSnapshot(product), revisionOf(product))
}
