import { internalRoutes } from '../../contracts/routes.ts'
import { routesOf } from '../../service/call.ts'
import { runService } from '../../service/run-service.ts'
import { createCashier } from './cashier.ts'
import { createPaymentHandlers } from './payment-handlers.ts'
import { paymentTables } from './tables.ts'

const name = 'payment-service'

await runService({
  name,
  description: 'Charges cards of the demo, once each',
  tables: paymentTables,
  routes: routesOf(internalRoutes, name),
  create: ({ db, clock, generateId }) => ({ handlers: createPaymentHandlers(createCashier({ db, clock, generateId })) }),
})
