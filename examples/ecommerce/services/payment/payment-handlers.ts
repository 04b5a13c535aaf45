import type { internalRoutes } from '../../contracts/routes.ts'
import { ok } from '../../service/answer.ts'
import type { Handlers, RoutesOf } from '../../service/call.ts'
import { HttpProblem } from '../../service/problem.ts'
import type { Cashier } from './cashier.ts'

/** The HTTP side of payments. */
export function createPaymentHandlers(cashier: Cashier): Handlers<RoutesOf<typeof internalRoutes, 'payment-service'>> {
  return {
    async charge({ body, signal }) {
      const outcome = await cashier.charge(body, signal)
      switch (outcome.kind) {
        case 'charged':
          return ok({ receipt: outcome.receipt })
        case 'declined':
          throw new HttpProblem(409, outcome.reason, 'The payment was declined.')
        case 'reused':
          throw new HttpProblem(422, 'idempotency_key_reused', 'This key was used for another charge. Take a new key for a new charge.')
        case 'unavailable':
          throw new HttpProblem(503, 'payment_unavailable', 'The payment provider is not available.')
        case 'lost':
          // The charge is on record; the caller must not learn of it this time.
          return { hangUp: true }
      }
    },
  }
}
