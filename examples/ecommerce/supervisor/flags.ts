import { parseArgs } from 'node:util'
import { resolve } from 'node:path'

/** What `ecommerce` was asked to do. */
export interface Flags {
  readonly port: number
  readonly data: string
  readonly fresh: boolean
  readonly engines: 'embedded' | 'cluster'
  readonly demoPassword: string | undefined
  readonly seed: boolean
  readonly rateLimit: boolean
  readonly json: boolean
  readonly help: boolean
}

/** The answer to `--help`. */
export const usage = `Usage: pnpm ecommerce [flags]
  --port P               gateway on P, services on P+1 to P+5 (default 3000)
  --data FOLDER          databases, keys and logs (default .data/ecommerce)
  --fresh                empty the data folder first
  --engines KIND         embedded, or cluster: Cassandra, Kafka and Elasticsearch at the addresses in CASSANDRA_HOSTS,
                         CASSANDRA_DATACENTER, KAFKA_BROKERS and ELASTICSEARCH_URL; started here when none is set (default embedded)
  --demo-password TEXT   the password of the demo accounts (default: drawn once)
  --no-seed              no catalogue and no demo accounts
  --no-rate-limit        lift the rate limits, for load and failure drills
  --json                 print the addresses as one line of JSON
  --help                 print this`

/**
 * Reads the command line.
 * @throws Error that says what was expected and what came
 */
export function parseFlags(args: readonly string[], cwd: string): Flags {
  const { values } = parseArgs({
    // pnpm passes a lone `--` on as it is.
    args: args.filter((arg) => arg !== '--'),
    strict: true,
    options: {
      port: { type: 'string', default: '3000' },
      data: { type: 'string', default: '.data/ecommerce' },
      fresh: { type: 'boolean', default: false },
      engines: { type: 'string', default: 'embedded' },
      'demo-password': { type: 'string' },
      'no-seed': { type: 'boolean', default: false },
      'no-rate-limit': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_530) throw new Error(`--port takes a whole number from 1 to 65530; got '${values.port}'.`)
  const { engines } = values
  if (engines !== 'embedded' && engines !== 'cluster') throw new Error(`--engines takes 'embedded' or 'cluster'; got '${engines}'.`)
  const demoPassword = values['demo-password']
  if (demoPassword !== undefined && demoPassword.length < 8) throw new Error('--demo-password takes at least 8 characters.')
  return {
    port,
    data: resolve(cwd, values.data),
    fresh: values.fresh,
    engines,
    demoPassword,
    seed: !values['no-seed'],
    rateLimit: !values['no-rate-limit'],
    json: values.json,
    help: values.help,
  }
}
