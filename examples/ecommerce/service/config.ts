import { z } from 'zod'
import { clusterAddresses, clusterEnvironment, clusterSettings } from './engine-config.ts'
import type { EngineConfig } from './engine-config.ts'

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

const environment = z.object({
  SERVICE_NAME: z.string().min(1),
  SERVICE_HOST: z.string().min(1).default('127.0.0.1'),
  SERVICE_PORT: z
    .string('must be a port number')
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be at most 65535'),
  DATA_FOLDER: z.string().min(1),
  SEED: flag,
  RATE_LIMIT: flag.default(true),
  DEMO_PASSWORD: z.string().min(8).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  ...clusterEnvironment,
})

/** What a process of the shop is told; read once, here, and nowhere else. */
export interface ServiceConfig {
  readonly name: string
  readonly host: string
  readonly port: number
  /** The folder with the shop's databases, keys and logs. */
  readonly dataFolder: string
  /** Whether the demo's catalogue, stock and accounts are filled in once. */
  readonly seed: boolean
  readonly rateLimit: boolean
  readonly demoPassword: string | undefined
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** Embedded, unless addresses of servers are set. */
  readonly engines: EngineConfig
}

/**
 * Reads what a schema asks for from environment variables.
 * @throws Error that names every setting that is missing or wrong
 */
export function parseEnvironment<Schema extends z.ZodType>(schema: Schema, env: Readonly<Record<string, string | undefined>>): z.output<Schema> {
  const result = schema.safeParse(env)
  if (result.success) return result.data
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`Some environment variables are missing or wrong: ${wrong.join('; ')}.`)
}

/**
 * Reads and checks the configuration.
 * @throws Error that names every setting that is missing or wrong
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ServiceConfig {
  const data = parseEnvironment(environment, env)
  const cluster = clusterAddresses(data)
  return {
    name: data.SERVICE_NAME,
    host: data.SERVICE_HOST,
    port: data.SERVICE_PORT,
    dataFolder: data.DATA_FOLDER,
    seed: data.SEED,
    rateLimit: data.RATE_LIMIT,
    demoPassword: data.DEMO_PASSWORD,
    logLevel: data.LOG_LEVEL,
    engines: cluster === undefined ? { kind: 'embedded' } : { kind: 'cluster', ...cluster },
  }
}

/** The environment variables that {@link readConfig} reads back to `config`. */
export function toEnvironment(config: ServiceConfig): Record<string, string> {
  return {
    SERVICE_NAME: config.name,
    SERVICE_HOST: config.host,
    SERVICE_PORT: String(config.port),
    DATA_FOLDER: config.dataFolder,
    SEED: String(config.seed),
    RATE_LIMIT: String(config.rateLimit),
    LOG_LEVEL: config.logLevel,
    ...(config.engines.kind === 'cluster' ? clusterSettings(config.engines) : {}),
    ...(config.demoPassword === undefined ? {} : { DEMO_PASSWORD: config.demoPassword }),
  }
}
