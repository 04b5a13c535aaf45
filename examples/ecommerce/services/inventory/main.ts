import { internalRoutes, routes } from '../../contracts/routes.ts'
import { productCreated } from '../../contracts/events.ts'
import { groups } from '../../contracts/groups.ts'
import { routesOf } from '../../service/call.ts'
import { runService } from '../../service/run-service.ts'
import { createInventoryHandlers } from './handlers.ts'
import { inventoryTables } from './inventory-tables.ts'
import { seedStock } from './seed.ts'
import { createStockAnnouncer } from './stock-announcer.ts'
import { createStockKeeper } from './stock-keeper.ts'

const name = 'inventory-service'

await runService({
  name,
  description: 'Stock and reservations',
  tables: inventoryTables,
  routes: { ...routesOf(routes, name), ...routesOf(internalRoutes, name) },
  create({ db, bus, clock, generateId, logger, config }) {
    const announcer = createStockAnnouncer({ db, bus, clock, generateId, logger, countsOf: (id) => keeper.countsOf(id) })
    const keeper = createStockKeeper({ db, announcer, clock })
    return {
      handlers: createInventoryHandlers(keeper),
      async start() {
        if (config.seed) await seedStock(db, clock)
        await bus.subscribe(productCreated, { group: groups.inventory, from: 'earliest' }, ({ data }) =>
          keeper.introduce(data.product.id, data.product.inventory_count),
        )
        await announcer.start()
      },
      close: () => announcer.close(),
    }
  },
})
