import { createSearch, ngramEmbedder } from '@hanse/search'
import { internalRoutes, routes } from '../../contracts/routes.ts'
import { routesOf } from '../../service/call.ts'
import { readSecret } from '../../service/keys.ts'
import { runService } from '../../service/run-service.ts'
import { createCatalogueHandlers } from './catalogue-handlers.ts'
import { fillIndex } from './fill-index.ts'
import { followEvents } from './indexing.ts'
import { productIndex } from './product-index.ts'
import { productTables } from './products.ts'
import { createSearchHandlers } from './search-handlers.ts'
import { seedCatalogue } from './seed.ts'

const name = 'product-service'

await runService({
  name,
  description: 'Catalogue, search and recommendations',
  tables: productTables,
  routes: { ...routesOf(routes, name), ...routesOf(internalRoutes, name) },
  create(common) {
    const search = createSearch({
      engine: common.engines.search(),
      embedder: ngramEmbedder({ dimensions: 384 }),
      indexes: { products: productIndex },
    })
    const parts = { ...common, search }
    return {
      handlers: { ...createSearchHandlers(parts), ...createCatalogueHandlers({ ...parts, secret: readSecret(common.config.dataFolder) }) },
      async start() {
        await search.prepare()
        if (common.config.seed) await seedCatalogue(parts)
        await fillIndex(parts)
        await followEvents(parts)
      },
      close: () => search.close(),
    }
  },
})
