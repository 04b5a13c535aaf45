import type { Clock, GenerateId, Logger } from '@hanse/core'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import type { EventBus } from '@hanse/event-bus'
import { stockChanged } from '../../contracts/events.ts'
import { available } from './counts.ts'
import type { Counts } from './counts.ts'

/** Which products may have changed without the others knowing it yet: written before the change, removed after the announcement. */
export const stockMarks = table('stock_marks', {
  fields: { shard: 'int', product_id: 'uuid', mark: 'uuid' },
  key: [['shard'], 'product_id', 'mark'],
})

/** Tells the others what can still be bought. Several changes of a product become one event; a crash loses none. */
export interface StockAnnouncer {
  /** Announces what an earlier process left unannounced. */
  start(): Promise<void>
  /** Notes that a product is about to change. */
  mark(productId: string): Promise<void>
  /** Announces the product's stock soon. */
  announce(productId: string): void
  close(): Promise<void>
}

const shard = 0
const pauseMs = 25
const longestPauseMs = 2_000

/** Makes the announcer. */
export function createStockAnnouncer(options: {
  readonly db: Database<{ stockMarks: typeof stockMarks }>
  readonly bus: Pick<EventBus, 'publish'>
  readonly clock: Clock
  readonly generateId: GenerateId
  readonly logger: Logger
  readonly countsOf: (productId: string) => Promise<Counts>
}): StockAnnouncer {
  const { db, bus, clock, generateId, logger, countsOf } = options
  const waiting = new Set<string>()
  const closing = new AbortController()
  let running: Promise<void> | undefined
  let pause = pauseMs

  const tell = async (productId: string): Promise<void> => {
    // Only marks that were there before the counts are read are answered by this event.
    const marks = await db.stockMarks.select({ shard, product_id: productId })
    const counts = await countsOf(productId)
    await bus.publish(stockChanged, { productId, available: available(counts), version: counts.version })
    if (marks.length > 0) await db.atomically(marks.map(({ mark }) => db.stockMarks.delete({ shard, product_id: productId, mark })))
  }
  const run = async (): Promise<void> => {
    while (waiting.size > 0) {
      // Closing ends the wait: what is waiting is announced, or left to the next process.
      await clock.sleep(pause, { signal: closing.signal }).catch(() => undefined)
      const group = [...waiting]
      waiting.clear()
      const told = await Promise.all(group.map((productId) => tellOrWait(productId)))
      pause = told.includes(false) ? Math.min(pause * 2, longestPauseMs) : pauseMs
    }
    running = undefined
  }
  const tellOrWait = async (productId: string): Promise<boolean> => {
    try {
      await tell(productId)
      return true
    } catch (error) {
      logger.warn({ err: error, productId }, 'stock not announced yet')
      if (!closing.signal.aborted) waiting.add(productId)
      return false
    }
  }
  const announce = (productId: string): void => {
    waiting.add(productId)
    running ??= run()
  }
  return {
    async start() {
      const left = new Set<string>()
      for await (const { product_id } of db.stockMarks.select({ shard })) left.add(product_id)
      for (const productId of left) announce(productId)
    },
    async mark(productId) {
      await db.stockMarks.insert({ shard, product_id: productId, mark: generateId() })
    },
    announce,
    async close() {
      closing.abort()
      await running
    },
  }
}
