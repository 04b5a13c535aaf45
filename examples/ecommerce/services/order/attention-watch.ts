import type { Clock, Logger } from '@hanse/core'
import type { SagaOrchestrator } from '@hanse/saga'
import type { OrderBook } from './order-book.ts'

const everyMs = 2_000

/** Marks the orders whose sagas wait for an operator. Returns how to stop. */
export function watchForAttention(options: {
  readonly orchestrator: SagaOrchestrator
  readonly book: OrderBook
  readonly clock: Clock
  readonly logger: Logger
}): () => Promise<void> {
  const { orchestrator, book, clock, logger } = options
  const stop = new AbortController()
  const look = async (): Promise<void> => {
    for (let page: string | undefined; ;) {
      const found = await orchestrator.list({ status: 'needs-attention', ...(page === undefined ? {} : { page }) })
      for (const { key, id, reason } of found.sagas) {
        if (key === undefined) continue
        logger.error({ sagaId: id, orderId: key, reason }, 'an order needs attention')
        await book.needsAttention(key)
      }
      if (found.next === null) return
      page = found.next
    }
  }
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => logger.warn({ err: error }, 'orders that need attention could not be looked for'))
      await clock.sleep(everyMs, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return async () => {
    stop.abort()
    await running
  }
}
