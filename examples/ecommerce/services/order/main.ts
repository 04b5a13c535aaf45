import { createSagaOrchestrator } from '@hanse/saga'
import { routes } from '../../contracts/routes.ts'
import { routesOf } from '../../service/call.ts'
import { createServiceClient } from '../../service/client.ts'
import { readSecret } from '../../service/keys.ts'
import { runService } from '../../service/run-service.ts'
import { watchForAttention } from './attention-watch.ts'
import { followEvents } from './follow-events.ts'
import { createOrderBook } from './order-book.ts'
import { createOrderHandlers } from './order-handlers.ts'
import { createOrderParticipants } from './order-participants.ts'
import { defineOrderSaga } from './order-saga.ts'
import { createOrderSagas } from './order-sagas.ts'
import { orderTables } from './orders.ts'

const name = 'order-service'

await runService({
  name,
  description: 'Orders and their sagas',
  tables: orderTables,
  routes: routesOf(routes, name),
  create(parts) {
    const { config, db, registry, logger, clock } = parts
    const client = createServiceClient({ registry, dataFolder: config.dataFolder })
    const book = createOrderBook(parts)
    const orchestrator = createSagaOrchestrator({ store: db, sagas: [defineOrderSaga(createOrderParticipants(client, book))], leaseMs: 2_000, logger })
    const sagas = createOrderSagas(orchestrator)
    let stopWatching = async (): Promise<void> => undefined
    return {
      handlers: createOrderHandlers({ ...parts, book, sagas, client, secret: readSecret(config.dataFolder) }),
      async start() {
        await orchestrator.start()
        await followEvents(parts, book, sagas)
        stopWatching = watchForAttention({ orchestrator, book, clock, logger })
      },
      async close() {
        await stopWatching()
        await orchestrator.close()
      },
    }
  },
})
