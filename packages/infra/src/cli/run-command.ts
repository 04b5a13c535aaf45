import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { HanseError, systemClock } from '@hanse/core'
import type { Infra } from '../infra.ts'
import { engineNames, usualPorts } from '../plan/engine.ts'
import type { EngineName } from '../plan/engine.ts'
import { attachInfra, startInfra } from '../start-infra.ts'
import type { StartInfraOptions } from '../start-infra.ts'

/** How the command line reaches its surroundings. */
export interface Terminal {
  print(line: string): void
  complain(line: string): void
  readonly signal: AbortSignal
}

/** What `--help` prints. */
export const usage = `Usage: hanse-infra COMMAND [options]

  up [cassandra] [kafka] [elasticsearch]   start real servers on this machine (all three when none is named) and leave them running
  status                                   what runs, what is frozen or has ended, and where; ends with 1 when nothing runs
  logs NODE [--lines 100]                  the last lines that a server printed
  kill NODE                                end a server at once, as kill -9 does
  stop NODE                                freeze a server: connections stay open, nothing answers
  continue NODE                            let a frozen server go on
  start NODE                               start a server that has ended, on its old data
  down                                     end what up started

  --directory PATH        where data, logs and state lie                       (default .hanse/infra)
  --nodes 1|3             servers of Cassandra and of Kafka each               (default 1)
  --fresh                 forget the data of earlier starts
  --provider auto|jvm|docker
  --java-home PATH        a JDK 17
  --cassandra-version V --kafka-version V --elasticsearch-version V
  --cassandra-port N --kafka-port N --elasticsearch-port N     (default 9042, 9092, 9200)
`

const options = {
  directory: { type: 'string', default: '.hanse/infra' },
  nodes: { type: 'string', default: '1' },
  fresh: { type: 'boolean', default: false },
  provider: { type: 'string', default: 'auto' },
  lines: { type: 'string', default: '100' },
  help: { type: 'boolean', default: false },
  'java-home': { type: 'string' },
  'cassandra-version': { type: 'string' },
  'kafka-version': { type: 'string' },
  'elasticsearch-version': { type: 'string' },
  'cassandra-port': { type: 'string' },
  'kafka-port': { type: 'string' },
  'elasticsearch-port': { type: 'string' },
} as const

/** What was asked for on the command line. */
export interface Wish {
  readonly command: string
  readonly names: readonly string[]
  readonly lines: number
  readonly start: StartInfraOptions & { readonly directory: string }
}

/** Reads a command line; answers a sentence when it makes no sense. */
export function readWish(argv: readonly string[]): Wish | string {
  let parsed
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const { values, positionals } = parsed
  const [command = 'help', ...names] = positionals
  const numbers = (['nodes', 'lines', 'cassandra-port', 'kafka-port', 'elasticsearch-port'] as const).find((name) => !/^\d+$/.test(values[name] ?? '0'))
  if (numbers !== undefined) return `--${numbers} must be a whole number; got ${values[numbers]}.`
  if (values.nodes !== '1' && values.nodes !== '3') return `--nodes must be 1 or 3; got ${values.nodes}.`
  const { provider } = values
  if (provider !== 'auto' && provider !== 'jvm' && provider !== 'docker') return `--provider must be auto, jvm or docker; got ${provider}.`
  return {
    command: values.help ? 'help' : command,
    names,
    lines: Number(values.lines),
    start: {
      directory: resolve(values.directory),
      nodes: values.nodes === '3' ? 3 : 1,
      fresh: values.fresh,
      provider,
      ...(values['java-home'] === undefined ? {} : { javaHome: values['java-home'] }),
      versions: perEngine((engine) => values[`${engine}-version`]),
      ports: perEngine((engine) => Number(values[`${engine}-port`] ?? usualPorts[engine])),
    },
  }
}

function perEngine<T>(valueOf: (engine: EngineName) => T | undefined): Partial<Record<EngineName, T>> {
  return Object.fromEntries(engineNames.flatMap((engine) => (valueOf(engine) === undefined ? [] : [[engine, valueOf(engine)]])))
}

/** Runs one command and answers the exit code: 0, 1 when it failed, 2 when it made no sense. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const wish = readWish(argv)
  if (typeof wish === 'string') return refuse(terminal, wish)
  try {
    if (wish.command === 'help') return (terminal.print(usage), 0)
    if (wish.command === 'up') return await up(wish, terminal)
    if (wish.command === 'status') return await status(await attachInfra({ ...wish.start, ended: true }), wish, terminal)
    if (wish.command === 'down') return await down(await attachInfra(wish.start), wish, terminal)
    return await nodeCommand(wish, terminal)
  } catch (error) {
    if (!HanseError.isInstance(error) && error !== terminal.signal.reason) throw error
    terminal.complain(error instanceof Error ? error.message : String(error))
    return 1
  }
}

function refuse(terminal: Terminal, sentence: string): number {
  terminal.complain(`${sentence}\n\n${usage}`)
  return 2
}

async function up({ names, start }: Wish, terminal: Terminal): Promise<number> {
  const unknown = names.find((name) => !engineNames.includes(name as EngineName))
  if (unknown !== undefined) return refuse(terminal, `There is no server ${unknown}; there are ${engineNames.join(', ')}.`)
  const engines = names.length === 0 ? engineNames : (names as readonly EngineName[])
  const begun = systemClock.monotonic()
  const infra = await startInfra({ ...start, engines, detached: true, signal: terminal.signal })
  await status(infra, { start }, terminal)
  terminal.print(`ready after ${((systemClock.monotonic() - begun) / 1000).toFixed(1)} s; end it with: down`)
  return 0
}

const states = { running: 'runs', frozen: 'is frozen', ended: 'has ended' } as const

async function status(infra: Infra | undefined, { start }: Pick<Wish, 'start'>, terminal: Terminal): Promise<number> {
  if (infra === undefined) {
    terminal.print(`nothing runs in ${start.directory}`)
    return 1
  }
  terminal.print(`with ${infra.description}, in ${infra.directory}`)
  const found = await Promise.all(infra.nodes.map(async (node) => ({ node, state: await node.state() })))
  for (const { node, state } of found)
    terminal.print(`${node.name.padEnd(16)} ${node.version.padEnd(9)} ${`${node.host}:${node.port}`.padEnd(16)} ${states[state]}`)
  return found.every(({ state }) => state === 'ended') ? 1 : 0
}

async function down(infra: Infra | undefined, { start }: Wish, terminal: Terminal): Promise<number> {
  if (infra === undefined) terminal.print(`nothing runs in ${start.directory}`)
  await infra?.close({ signal: terminal.signal })
  return 0
}

async function nodeCommand({ command, names, lines, start }: Wish, terminal: Terminal): Promise<number> {
  if (!['logs', 'kill', 'stop', 'continue', 'start'].includes(command)) return refuse(terminal, `There is no command ${command}.`)
  const [name] = names
  if (name === undefined) return refuse(terminal, `${command} needs the name of a server, for instance cassandra-1.`)
  const infra = await attachInfra({ ...start, ended: true })
  if (infra === undefined) {
    terminal.complain(`nothing was started in ${start.directory}`)
    return 1
  }
  const node = infra.node(name)
  if (command === 'logs') terminal.print(await node.logs(lines))
  else if (command === 'kill') await node.kill()
  else if (command === 'stop') await node.stop()
  else if (command === 'continue') await node.continue()
  else await node.start({ signal: terminal.signal })
  return 0
}
