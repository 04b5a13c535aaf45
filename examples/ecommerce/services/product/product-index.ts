import { defineIndex, keyword, money, number, stored, text, date } from '@hanse/search'
import type { ProductSnapshot } from '../../contracts/events.ts'

const revisions = new WeakMap<ProductSnapshot, number>()

/** A document as it stood at a revision, for writes of many. The revision is no field of it: nobody outside is told. */
export function atRevision(product: ProductSnapshot, revision: number): ProductSnapshot {
  revisions.set(product, revision)
  return product
}

/** Where products are found: full text with typos forgiven, facets, and vectors for recommendations. */
export const productIndex = defineIndex<ProductSnapshot>()('products', {
  id: 'id',
  version: (product) => revisions.get(product) ?? 0,
  fields: {
    name: text({ boost: 2 }),
    description: text(),
    category: keyword({ facet: true, searchable: true }),
    brand: keyword({ facet: true, searchable: true, optional: true }),
    price: money({ facet: [10, 25, 50, 100, 250, 500, 1000], currencyField: 'currency' }),
    currency: keyword(),
    tags: keyword({ many: true, searchable: true }),
    inventory_count: number(),
    created_at: date(),
    updated_at: stored<string>(),
    attributes: stored<Record<string, string>>(),
    images: stored<string[]>(),
  },
  vector: {
    from: (product) =>
      [product.name, product.category, product.brand, product.description].filter((part) => part !== undefined && part !== null && part !== '').join('. '),
    dimensions: 384,
  },
  synonyms: [
    ['sofa', 'couch'],
    ['laptop', 'notebook'],
    ['tv', 'television'],
    ['headphones', 'headset'],
    ['backpack', 'rucksack'],
    ['sneakers', 'trainers'],
    ['t-shirt', 'tee'],
  ],
})
