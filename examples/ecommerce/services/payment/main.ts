import { internalRoutes } from '../../contracts/routes.ts'
import { ok } from '../../service/answer.ts'
import { routesOf } from '../../service/call.ts'
import type { Handlers, RoutesOf } from '../../service/call.ts'
import { HttpProblem } from '../../service/problem.ts'
import { runService } from '../../service/run-service.ts'
import { createCashier } from './cashier.ts'
import type { Cashier } from './cashier.ts'
import { paymentTables } from './tables.ts'

const name = 'payment-service'

await runService({
  name,
  description: 'Charges cards of the demo, once each',
  tables: paymentTables,
  routes: routesOf(internalRoutes, name),
  create: ({ db, clock, generateId }) => ({ handlers: handlers(createCashier({ db, clock, generateId })) }),
})

function handlers(cashier: Cashier): Handlers<RoutesOf<typeof internalRoutes, typeof name>> {
  return {
    async charge({ body, signal }) {
      const outcome = await cashier.charge(body, signal)
      switch (outcome.kind) {
        case 'charged':
          return ok({ receipt: outcome.receipt })
        case 'declined':
          throw new HttpProblem(409, outcome.reason, 'The payment was declined.')
        case 'unavailable':
          throw new HttpProblem(503, 'payment_unavailable', 'The payment provider is not available.')
        case 'lost':
          // The charge is on record; the caller must not learn of it this time.
          return { hangUp: true }
      }
    },
  }
}
