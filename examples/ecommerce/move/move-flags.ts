import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What a move was asked to do. */
export type MoveFlags = { readonly command: 'help' } | MoveOrder

/** An export or an import. */
export interface MoveOrder {
  readonly command: 'export' | 'import'
  /** Where the export is, or is to be. */
  readonly folder: string
  /** The shop's data folder. */
  readonly data: string
  readonly engines: 'embedded' | 'cluster'
  /** Whether an import goes on where one was interrupted. */
  readonly again: boolean
}

/** The answer to `--help`. */
export const usage = `Usage: pnpm ecommerce:export FOLDER [flags]    writes the shop's data and keys into FOLDER
       pnpm ecommerce:import FOLDER [flags]    reads them into another shop, which must be empty
  --data FOLDER          the shop's data folder (default .data/ecommerce)
  --engines KIND         what that shop runs on: embedded, or cluster: Cassandra, Kafka and Elasticsearch at the addresses in CASSANDRA_HOSTS,
                         CASSANDRA_DATACENTER, KAFKA_BROKERS and ELASTICSEARCH_URL; those of the data folder when none is set (default embedded)
  --continue             import only: go on with an import that was interrupted
  --help                 print this
Both shops must be stopped. FOLDER holds secrets: the shop's keys and its users' data.`

/**
 * Reads the command line.
 * @throws Error that says what was expected and what came
 */
export function parseMoveFlags(args: readonly string[], cwd: string): MoveFlags {
  const { values, positionals } = parseArgs({
    // pnpm passes a lone `--` on as it is.
    args: args.filter((arg) => arg !== '--'),
    strict: true,
    allowPositionals: true,
    options: {
      data: { type: 'string', default: '.data/ecommerce' },
      engines: { type: 'string', default: 'embedded' },
      continue: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [command, folder, ...more] = positionals
  if (values.help) return { command: 'help' }
  if (command !== 'export' && command !== 'import') throw new Error(`A move is an 'export' or an 'import'; got '${command ?? ''}'.`)
  if (folder === undefined || more.length > 0) throw new Error(`ecommerce:${command} takes one folder; got ${positionals.length - 1}. See --help.`)
  const { engines } = values
  if (engines !== 'embedded' && engines !== 'cluster') throw new Error(`--engines takes 'embedded' or 'cluster'; got '${engines}'.`)
  if (values.continue && command === 'export') throw new Error('--continue is for ecommerce:import; an export is made again from the start.')
  return { command, folder: resolve(cwd, folder), data: resolve(cwd, values.data), engines, again: values.continue }
}
