export { generateCatalogue } from './generate-catalogue.ts'
export type { CatalogueProduct } from './generate-catalogue.ts'
export { productImage } from './product-image.ts'
