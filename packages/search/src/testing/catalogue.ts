import { createSearch } from '../create-search.ts'
import { defineIndex } from '../index/definition.ts'
import { boolean, date, keyword, money, number, stored, text } from '../index/fields.ts'
import type { SearchEngineHarness } from './harness.ts'

/** The index that the cases use. */
function defineCatalogue(name: string) {
  return defineIndex(name, {
    id: 'id',
    fields: {
      name: text({ boost: 2 }),
      description: text({ optional: true }),
      brand: keyword({ facet: true, searchable: true, optional: true }),
      category: keyword({ facet: true }),
      tags: keyword({ many: true, facet: true, optional: true }),
      price: money({ facet: [10, 50, 100] }),
      rating: number({ facet: [2, 4], optional: true }),
      released: date({ optional: true }),
      active: boolean({ facet: true, optional: true }),
      notes: stored<{ readonly color: string }, true>({ optional: true }),
    },
    synonyms: [
      ['sofa', 'couch', 'settee bench'],
      ['tv', 'television'],
    ],
  })
}

/** A document of the catalogue. */
export type Product = Parameters<Catalogue['index']>[0]

type Catalogue = ReturnType<typeof openCatalogue>

/** The catalogue on a fresh index of the harness, without closing anything. */
export function openCatalogue(harness: SearchEngineHarness, name: string = harness.indexName()) {
  return createSearch({ engine: harness.engine, indexes: { catalogue: defineCatalogue(name) } }).catalogue
}

/** Documents that the cases search. */
export const products: readonly Product[] = [
  {
    id: 'p1',
    name: 'Coffee machine',
    description: 'Brews coffee for twelve people',
    brand: 'Nordwind',
    category: 'kitchen',
    tags: ['hot', 'steel'],
    price: '99.99',
    rating: 4.5,
    released: new Date('2024-03-01T00:00:00Z'),
    active: true,
    notes: { color: 'red' },
  },
  {
    id: 'p2',
    name: 'Tea kettle',
    description: 'A machine for water',
    brand: 'Nordwind',
    category: 'kitchen',
    tags: ['hot'],
    price: '9.99',
    rating: 3,
    active: true,
  },
  {
    id: 'p3',
    name: 'Red couch',
    description: 'Soft and warm',
    brand: 'Hagen & Söhne',
    category: 'living',
    tags: ['soft'],
    price: '1200.00',
    rating: 5,
    active: false,
  },
  {
    id: 'p4',
    name: 'Café table',
    brand: 'Hagen & Söhne',
    category: 'living',
    tags: ['steel', 'soft'],
    price: '100.00',
    released: new Date('2023-01-01T00:00:00Z'),
  },
  { id: 'p5', name: 'Running shoes', description: 'For runners who run', category: 'sport', price: '50.00', rating: 4, active: true },
  { id: 'p6', name: 'Television stand', description: 'Holds a screen', category: 'living', price: '49.99', rating: 1 },
]

/** The catalogue with {@link products} in it. */
export async function filledCatalogue(harness: SearchEngineHarness) {
  const catalogue = openCatalogue(harness)
  await catalogue.bulk(products, { refresh: true })
  return catalogue
}

/** The ids of hits, in order. */
export function idsOf(result: { readonly hits: readonly { readonly id: string }[] }): string[] {
  return result.hits.map(({ id }) => id)
}
