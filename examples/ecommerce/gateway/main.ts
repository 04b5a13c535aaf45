import { createDatabase } from '@hanse/data'
import { createGateway, jwt } from '@hanse/gateway'
import type { Gateway, Resolver } from '@hanse/gateway'
import { createRegistry, registryResolver } from '@hanse/registry'
import type { Registry } from '@hanse/registry'
import pino from 'pino'
import { serviceNames } from '../contracts/routes.ts'
import { createUserSigner } from '../service/caller.ts'
import { readConfig } from '../service/config.ts'
import { chooseEngines } from '../service/engines.ts'
import { withFileSecrets } from '../service/file-secrets.ts'
import { readPublicKeys } from '../service/keys.ts'
import { onStop } from '../service/on-stop.ts'
import { registryPace } from '../service/registry-pace.ts'
import { tokenAudience, tokenIssuer } from '../services/user/tokens.ts'
import { localRoutes } from './local-routes.ts'
import { serviceRoutes } from './routes.ts'

const config = readConfig(withFileSecrets(process.env))
const logger = pino({ level: config.logLevel, base: { service: 'gateway', pid: process.pid }, formatters: { level: (level) => ({ level }) } })

try {
  await start()
} catch (error) {
  logger.fatal({ err: error }, 'start failed')
  process.exit(1)
}

/** Every route leads to a service that exists: one that has not registered yet is away, not unknown. */
function knownServices(resolver: Resolver): Resolver {
  return {
    resolve(service, options) {
      const found = resolver.resolve(service, options)
      return found === 'unknown' ? 'unavailable' : found
    },
  }
}

const seen = new Set<string>()

/** Ready once each service has been healthy; one that goes away later is its routes' trouble, not the whole edge's. */
async function everyServiceWasSeen(registry: Registry): Promise<boolean> {
  for (const name of serviceNames) if (!seen.has(name) && (await registry.discover(name)).length > 0) seen.add(name)
  return seen.size === serviceNames.length
}

async function start(): Promise<void> {
  const engines = await chooseEngines(config)
  const registryDb = createDatabase({ engine: engines.state('registry'), tables: {} })
  const registry = createRegistry({ store: registryDb, ...registryPace, logger })
  const url = `http://${config.host}:${config.port}`
  const gateway: Gateway = createGateway({
    resolver: knownServices(registryResolver(registry)),
    routes: [...serviceRoutes(config), ...localRoutes({ registry, dataFolder: config.dataFolder, url, metrics: () => gateway.metrics() })],
    serviceAliases: { services: serviceNames.filter((name) => name !== 'payment-service') },
    auth: jwt({ jwks: readPublicKeys(config.dataFolder, 'access-token'), issuer: tokenIssuer, audience: tokenAudience }),
    context: createUserSigner(config.dataFolder),
    ...(config.rateLimit
      ? {
          rateLimit: [
            { by: 'visitor', limit: 300, per: '1m' },
            { by: 'user', limit: 600, per: '1m' },
          ],
        }
      : {}),
    limits: { bodyBytes: 1024 * 1024 },
    health: { checks: { services: () => everyServiceWasSeen(registry) } },
    logger,
  })
  await registry.start()
  await gateway.start({ port: config.port, host: config.host })
  const registration = await registry.register({
    name: 'gateway',
    url,
    version: '1.0.0',
    healthPath: '/health/live',
    metadata: { description: 'The edge', pid: String(process.pid) },
  })
  logger.info({ url, startedInMs: Math.round(process.uptime() * 1_000) }, 'ready')
  process.send?.({ kind: 'ready', port: config.port })

  onStop(logger, async () => {
    await registration.close()
    await gateway.close()
    await registry.close()
    await registryDb.close()
  })
}
