import type { CatalogueProduct } from '../../catalogue/index.ts'
import { generateCatalogue } from '../../catalogue/index.ts'
import { bucketOf } from '../../service/bucketed-list.ts'
import { allProducts, categoryList } from './catalogue-handlers.ts'
import type { ProductParts } from './products.ts'

const atOnce = 500

/** Fills in the demo's catalogue, once; a start that was killed half-way goes on where it stopped. */
export async function seedCatalogue(parts: ProductParts): Promise<void> {
  const { db, clock } = parts
  if ((await db.seeds.get({ name: 'catalogue' })) !== undefined) return
  const catalogue = generateCatalogue()
  for (let from = 0; from < catalogue.length; from += atOnce) await seedSome(parts, catalogue.slice(from, from + atOnce))
  await db.seeds.insert({ name: 'catalogue', done_at: new Date(clock.now()) })
}

async function seedSome({ db }: ProductParts, products: readonly CatalogueProduct[]): Promise<void> {
  await Promise.all(
    products.flatMap((product) => {
      const bucket = bucketOf(new Date(product.created_at))
      return [
        db.products.insertIfAbsent(toRow(product)),
        ...[allProducts, categoryList(product.category)].map((list) =>
          db.atomically([db.listBuckets.insert({ list, bucket }), db.listEntries.insert({ list, bucket, id: product.id })]),
        ),
      ]
    }),
  )
}

/** The inventory service starts with the same numbers, as its first version. */
function toRow({ created_at, ...product }: CatalogueProduct) {
  const createdAt = new Date(created_at)
  return { ...product, stock_version: 1, deleted: false, version: 1, created_at: createdAt, updated_at: createdAt }
}
