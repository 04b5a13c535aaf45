export { generateCatalogue } from './generate-catalogue.ts'
export type { CatalogueOptions, CatalogueProduct } from './generate-catalogue.ts'
export { productImage } from './product-image.ts'
export type { PicturedProduct } from './product-image.ts'
