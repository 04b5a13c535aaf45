import type { internalRoutes, routes } from '../../contracts/routes.ts'
import { ok } from '../../service/answer.ts'
import { assertMatch } from '../../service/call.ts'
import type { Handlers, RoutesOf } from '../../service/call.ts'
import { parseId } from '../../service/parse-id.ts'
import { HttpProblem, notFound } from '../../service/problem.ts'
import { available } from './counts.ts'
import type { Counts } from './counts.ts'
import type { StockKeeper } from './stock-keeper.ts'

type InventoryRoutes = RoutesOf<typeof routes, 'inventory-service'> & RoutesOf<typeof internalRoutes, 'inventory-service'>

/** The HTTP side of the inventory. */
export function createInventoryHandlers(keeper: StockKeeper): Handlers<InventoryRoutes> {
  const known = async (productId: string): Promise<Counts> => {
    const counts = await keeper.countsOf(productId)
    if (counts.version === 0) throw notFound('Stock')
    return counts
  }
  return {
    async getStock({ params }) {
      const counts = await known(parseId(params.productId, 'Stock'))
      return ok(toStock(counts), { version: counts.version })
    },
    async setStock(call) {
      const productId = parseId(call.params.productId, 'Stock')
      assertMatch(call, (await known(productId)).version)
      const counts = await keeper.setStock(productId, call.body.stocked)
      if (counts === undefined) throw new HttpProblem(409, 'stock_below_commitments', 'More units than that are reserved or sold already.')
      return ok(toStock(counts), { version: counts.version })
    },
    async reserveStock({ body }) {
      const { short } = await keeper.reserve(body.orderId, body.items)
      if (short !== undefined) throw new HttpProblem(409, 'out_of_stock', `There are not enough units of product ${short}.`)
      return ok({ reserved: true })
    },
    async releaseStock({ params, body }) {
      await keeper.release(params.orderId, body.productIds)
      return ok({ released: true })
    },
    async sellStock({ params, body }) {
      const { missing } = await keeper.sell(params.orderId, body.productIds)
      if (missing !== undefined) throw new HttpProblem(409, 'stock_not_held', `The order holds nothing of product ${missing}.`)
      return ok({ sold: true })
    },
  }
}

function toStock(counts: Counts) {
  return { stocked: counts.stocked, reserved: counts.reserved, sold: counts.sold, available: available(counts) }
}
