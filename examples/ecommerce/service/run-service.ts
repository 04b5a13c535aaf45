import type { AddressInfo } from 'node:net'
import { generateId, systemClock } from '@hanse/core'
import type { Clock, GenerateId } from '@hanse/core'
import { createDatabase } from '@hanse/data'
import type { Database, TableSet } from '@hanse/data'
import { createEventBus, createInbox, createOutbox } from '@hanse/event-bus'
import type { EventBus, Inbox, Outbox } from '@hanse/event-bus'
import { createRegistry } from '@hanse/registry'
import type { Registry } from '@hanse/registry'
import pino from 'pino'
import type { Logger } from 'pino'
import type { RouteContract, ServiceName } from '../contracts/routes.ts'
import type { Answer } from './answer.ts'
import { createCallerCheck } from './caller.ts'
import { readConfig } from './config.ts'
import type { ServiceConfig } from './config.ts'
import { chooseEngines } from './engines.ts'
import type { Engines } from './engines.ts'
import { withFileSecrets } from './file-secrets.ts'
import { createHttpServer } from './http-server.ts'
import { onStop } from './on-stop.ts'
import { outboxRowsOf } from './outbox-rows.ts'
import { registryPace } from './registry-pace.ts'

/** What a service is built from. */
export interface ServiceParts<Tables extends TableSet> {
  readonly config: ServiceConfig
  readonly engines: Engines
  readonly db: Database<Tables>
  readonly bus: EventBus
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly registry: Registry
  readonly clock: Clock
  readonly generateId: GenerateId
  readonly logger: Logger
}

/** What a service does. */
export interface ServiceModule {
  readonly handlers: Readonly<Record<string, (call: never) => Promise<Answer>>>
  /** Subscribes, seeds, starts workers; the service listens afterwards. */
  start?(): Promise<void>
  /** Ends what start began; requests and subscriptions have drained by then. */
  close?(): Promise<void>
}

/** A service as its folder declares it. */
export interface ServiceDefinition<Tables extends TableSet> {
  readonly name: ServiceName
  readonly description: string
  readonly tables: Tables
  readonly routes: Readonly<Record<string, RouteContract>>
  create(parts: ServiceParts<Tables>): Promise<ServiceModule> | ServiceModule
}

const version = '1.0.0'

/**
 * Runs a service as this process: opens its stores, starts it, listens, registers, tells its supervisor that it is ready,
 * and drains in the opposite order when it is told to stop. A failed start ends the process with the cause.
 */
export async function runService<const Tables extends TableSet>(definition: ServiceDefinition<Tables>): Promise<void> {
  const config = readConfig(withFileSecrets(process.env))
  const logger = pino({ level: config.logLevel, base: { service: definition.name, pid: process.pid }, formatters: { level: (level) => ({ level }) } })
  try {
    await start(definition, config, logger)
  } catch (error) {
    logger.fatal({ err: error }, 'start failed')
    process.exit(1)
  }
}

async function start<const Tables extends TableSet>(definition: ServiceDefinition<Tables>, config: ServiceConfig, logger: Logger): Promise<void> {
  const engines = await chooseEngines(config)
  const stores = openStores(definition, engines, logger)
  const parts: ServiceParts<Tables> = { config, engines, logger, clock: systemClock, generateId, ...stores }
  const module = await definition.create(parts)
  await stores.db.start()
  await stores.bus.start()
  await stores.outbox.start()
  await module.start?.()

  let draining = false
  const app = createHttpServer({
    service: definition.name,
    routes: definition.routes,
    handlers: module.handlers,
    logger,
    verify: createCallerCheck(config.dataFolder, definition.name),
    missing: async () => (draining ? ['draining'] : []),
  })
  await app.listen({ host: config.host, port: config.port })
  const { port } = app.server.address() as AddressInfo
  const registration = await stores.registry.register({
    name: definition.name,
    url: `http://${config.host}:${port}`,
    version,
    healthPath: '/health/ready',
    metadata: { description: definition.description, pid: String(process.pid) },
  })
  logger.info({ port, startedInMs: Math.round(process.uptime() * 1_000) }, 'ready')
  process.send?.({ kind: 'ready', port })

  onStop(logger, async () => {
    draining = true
    await registration.close()
    await app.close()
    await module.close?.()
    await stores.outbox.close()
    await stores.bus.close()
    await stores.registry.close()
    await stores.registryDb.close()
    await stores.db.close()
  })
}

function openStores<const Tables extends TableSet>(definition: ServiceDefinition<Tables>, engines: Engines, logger: Logger) {
  const db = createDatabase({ engine: engines.state(definition.name), tables: definition.tables })
  const bus = createEventBus({ transport: engines.events(), source: definition.name, logger })
  const outbox = createOutbox({ store: db, bus, rows: outboxRowsOf(db, definition.tables), logger })
  const inbox = createInbox({ store: db })
  const registryDb = createDatabase({ engine: engines.state('registry'), tables: {} })
  const registry = createRegistry({ store: registryDb, ...registryPace, logger })
  return { db, bus, outbox, inbox, registryDb, registry }
}
