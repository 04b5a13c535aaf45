import type { Clock } from '@hanse/core'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import { generateCatalogue } from '../../catalogue/index.ts'
import type { stock } from './tables.ts'

/** What was filled in once. */
export const stockSeeds = table('stock_seeds', { fields: { name: 'text', done_at: 'timestamp' }, key: ['name'] })

/** Stocks the demo's catalogue, once. A product that was touched before keeps what it has. */
export async function seedStock(db: Database<{ stock: typeof stock; stockSeeds: typeof stockSeeds }>, clock: Clock): Promise<void> {
  if ((await db.stockSeeds.get({ name: 'catalogue' })) !== undefined) return
  await Promise.all(
    generateCatalogue().map(({ id, inventory_count: stocked }) =>
      db.stock.updateStatic({ product_id: id }).set({ stocked, reserved: 0, sold: 0, version: 1 }).if({ version: null }),
    ),
  )
  await db.stockSeeds.insert({ name: 'catalogue', done_at: new Date(clock.now()) })
}
