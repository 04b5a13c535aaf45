import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createLifecycle, HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { chooseLauncher } from './choose-launcher.ts'
import type { ProviderOptions } from './choose-launcher.ts'
import { endServer, killServer, startCluster } from './cluster.ts'
import type { Server } from './cluster.ts'
import type { InfraErrorCode } from './errors.ts'
import type { Infra, InfraNode, NodeState } from './infra.ts'
import type { Launcher } from './launcher.ts'
import { defaultVersions, engineNames } from './plan/engine.ts'
import type { EngineName } from './plan/engine.ts'
import { chooseAddresses } from './plan/ports.ts'
import { planServers } from './plan/server-plan.ts'
import type { SettingsSource } from './plan/server-plan.ts'
import { startKeeper } from './process/start-keeper.ts'
import { readState, removeState, writeState } from './state/state-file.ts'
import type { State } from './state/state-file.ts'

/** Options of {@link startInfra}. */
export interface StartInfraOptions extends ProviderOptions {
  /**
   * What to start.
   * @defaultValue all three
   */
  readonly engines?: readonly EngineName[]
  /**
   * Servers of Cassandra and of Kafka each; 1 or 3. Elasticsearch always has one.
   * @defaultValue 1
   */
  readonly nodes?: 1 | 3
  /**
   * Where configuration, data and logs lie, kept for the next start. Left out: a folder of its own that is removed with the servers,
   * which then write less carefully and start faster.
   */
  readonly directory?: string
  /**
   * Removes the data of an earlier start in `directory` first.
   * @defaultValue false
   */
  readonly fresh?: boolean
  /** Versions other than {@link defaultVersions}: `{ kafka: '3.9.1' }`. */
  readonly versions?: Partial<Readonly<Record<EngineName, string>>>
  /** Ports for clients. Any free port from 10000 to 19999 when left out, or the port of the earlier start in `directory`. */
  readonly ports?: Partial<Readonly<Record<EngineName, number>>>
  /**
   * Lines for the servers' own settings files, over those of this package: `{ cassandra: { authenticator: 'PasswordAuthenticator' } }`. Values are
   * as the file has them, YAML for Cassandra and Elasticsearch. A function makes them from where a server listens. They count when a server is first started in `directory`.
   * Not where Docker starts the servers.
   */
  readonly settings?: Partial<Readonly<Record<EngineName, SettingsSource>>>
  /**
   * Users of Kafka and their passwords, for SCRAM by both of its mechanisms: `{ shop: 'secret' }`. The brokers know them; which listener asks for them
   * is said in `settings`. They count when a broker is first started in `directory`. Not where Docker starts the servers.
   */
  readonly scramUsers?: Readonly<Record<string, string>>
  /**
   * Whether the servers go on when this process ends; then `directory` is needed to find them again.
   * @defaultValue false: they end with this process, even when it is killed
   */
  readonly detached?: boolean
  /**
   * How long one engine may take to be ready, in milliseconds, the download of its jars included.
   * @defaultValue 180000
   */
  readonly startTimeoutMs?: number
}

/**
 * Starts real servers on loopback and resolves when they can be worked with. What already runs in `directory` is used as it is,
 * and left running by `close`.
 *
 * @throws HanseError `NO_PROVIDER` without a JDK 17 and Maven or Docker, `RESOLVE_FAILED`, `PORT_TAKEN`, `START_FAILED`,
 *   `IN_USE` when servers of another make run in `directory`
 *
 * @example
 * ```ts
 * await using infra = await startInfra({ engines: ['kafka'] })
 * const transport = kafka({ brokers: infra.kafka.brokers })
 * ```
 */
export async function startInfra(options: StartInfraOptions = {}): Promise<Infra> {
  const { engines = engineNames, detached = false, signal } = options
  validate(options)
  const launcher = await chooseLauncher(options)
  for (const name of ['settings', 'scramUsers'] as const)
    if (options[name] !== undefined && launcher.provider === 'docker')
      throw invalidArgument(`option '${name}' of startInfra`, "none where Docker starts the servers, or provider: 'jvm'", Object.keys(options[name]))
  const directory = options.directory === undefined ? await mkdtemp(join(tmpdir(), 'hanse-infra-')) : resolve(options.directory)
  const keeper = detached ? undefined : startKeeper()
  const temporary = options.directory === undefined
  if (temporary) keeper?.tell({ remove: directory })
  const held: Held = { launcher, directory, temporary, servers: [], startTimeoutMs: options.startTimeoutMs ?? 180_000, keeper, writing: Promise.resolve() }
  try {
    held.servers.push(...(await known(held, options)))
    await addMissing(held, engines, options)
    // Side by side where there are several: most of a start is one thread of Java.
    const starts = engines.map((engine) => startEngine(held, engine, signal === undefined ? {} : { signal }))
    for (const result of await Promise.allSettled(starts)) if (result.status === 'rejected') throw result.reason
    return createInfra(held)
  } catch (error) {
    await endAll(held, {})
    throw error
  }
}

/** Options of {@link attachInfra}. */
export interface AttachInfraOptions extends ProviderOptions {
  /** Where the servers were started. */
  readonly directory: string
  /**
   * Whether servers that have all ended are wanted, too: for their logs, or to start them again.
   * @defaultValue false
   */
  readonly ended?: boolean
}

/**
 * Finds the servers that an earlier, detached start left in a directory; undefined when there are none, or when none of them runs.
 * @throws HanseError `NO_PROVIDER` when that what started them is gone
 */
export async function attachInfra(options: AttachInfraOptions): Promise<Infra | undefined> {
  const directory = resolve(options.directory)
  const state = await readState(directory)
  if (state === undefined) return undefined
  const launcher = await chooseLauncher({ ...options, provider: state.provider })
  const found = await alive(launcher, state)
  if (options.ended !== true && !found.some(({ handle }) => handle !== undefined)) return undefined
  const servers = found.map((server) => ({ ...server, found: false })) // Whoever attaches takes over, their end included.
  return createInfra({ launcher, directory, temporary: false, servers, startTimeoutMs: 180_000, keeper: undefined, writing: Promise.resolve() })
}

interface Held {
  readonly launcher: Launcher
  readonly directory: string
  readonly temporary: boolean
  readonly servers: Server[]
  readonly startTimeoutMs: number
  readonly keeper: ReturnType<typeof startKeeper> | undefined
  /** The last write of the state file: engines start side by side, and each write holds what the one before does not. */
  writing: Promise<void>
}

function validate({ engines = engineNames, nodes = 1, detached = false, directory, startTimeoutMs = 1 }: StartInfraOptions): void {
  const unknown = engines.find((engine) => !engineNames.includes(engine))
  if (unknown !== undefined || engines.length === 0)
    throw invalidArgument(`option 'engines' of startInfra`, `some of ${engineNames.join(', ')}`, unknown ?? engines)
  if (nodes !== 1 && nodes !== 3) throw invalidArgument(`option 'nodes' of startInfra`, '1 or 3', nodes)
  if (detached && directory === undefined) throw invalidArgument(`option 'directory' of startInfra`, 'a path when the servers are detached', directory)
  if (!(startTimeoutMs > 0)) throw invalidArgument(`option 'startTimeoutMs' of startInfra`, 'a positive number of milliseconds', startTimeoutMs)
}

/** What an earlier start left in the directory: servers that run, and the addresses of those that do not. */
async function known({ launcher, directory }: Held, { fresh = false }: StartInfraOptions): Promise<readonly Server[]> {
  const state = await readState(directory)
  if (state === undefined) return []
  if (state.provider !== launcher.provider) {
    throw new HanseError<InfraErrorCode>(
      `The servers in ${directory} were started by ${state.provider}, not by ${launcher.provider}; end them first (down), or name another directory.`,
      { code: 'IN_USE', details: { directory, provider: state.provider } },
    )
  }
  const servers = await alive(launcher, state)
  if (!fresh) return servers
  await Promise.all(servers.map((server) => endServer(server, launcher, {})))
  await Promise.all(servers.map(({ plan }) => launcher.discard(plan)))
  await removeState(directory)
  return []
}

async function alive(launcher: Launcher, state: State): Promise<Server[]> {
  return Promise.all(
    state.servers.map(async ({ plan, handle }) => {
      const found = handle !== undefined && (await launcher.isAlive(handle))
      return { plan, handle: found ? handle : undefined, found }
    }),
  )
}

async function addMissing(held: Held, engines: readonly EngineName[], options: StartInfraOptions): Promise<void> {
  for (const engine of engines) {
    const nodes = engine === 'elasticsearch' ? 1 : (options.nodes ?? 1)
    const version = options.versions?.[engine] ?? defaultVersions[engine]
    const before = held.servers.filter(({ plan }) => plan.engine === engine)
    const [first] = before
    if (first === undefined) {
      const addresses = await chooseAddresses({ engine, nodes, port: options.ports?.[engine] })
      const plans = planServers({
        engine,
        version,
        addresses,
        directory: held.directory,
        durable: !held.temporary || nodes > 1,
        settings: options.settings?.[engine],
        scramUsers: options.scramUsers,
      })
      held.servers.push(...plans.map((plan) => ({ plan, handle: undefined, found: false })))
      continue
    }
    const port = options.ports?.[engine] ?? first.plan.port
    if (before.length === nodes && first.plan.version === version && first.plan.port === port) continue
    throw new HanseError<InfraErrorCode>(
      `${held.directory} holds ${engine} ${first.plan.version} with ${before.length} node(s) on port ${first.plan.port}; asked for was ${version} with ${nodes} on port ${port}. Start it as it was, begin anew (fresh), or name another directory.`,
      { code: 'IN_USE', details: { directory: held.directory, engine } },
    )
  }
}

function startEngine(held: Held, engine: EngineName, options: AbortOptions): Promise<void> {
  const servers = held.servers.filter(({ plan }) => plan.engine === engine)
  return startCluster(servers, {
    ...options,
    launcher: held.launcher,
    startTimeoutMs: held.startTimeoutMs,
    onStarted: (server) => remember(held, server),
  })
}

async function remember(held: Held, { handle }: Server): Promise<void> {
  if (handle?.kind === 'process') held.keeper?.tell({ keep: { pid: handle.pid, startedAt: handle.startedAt } })
  held.writing = held.writing.then(() => {
    const servers = held.servers.map(({ plan, handle: started }) => ({ plan, ...(started === undefined ? {} : { handle: started }) }))
    return writeState(held.directory, { format: 1, provider: held.launcher.provider, servers })
  })
  await held.writing
}

/** A server that another command killed and started again runs under a handle that only the state file knows. */
async function takeLatestHandles({ servers, directory, launcher }: Held): Promise<void> {
  const state = await readState(directory)
  for (const server of servers) {
    const handle = state?.servers.find(({ plan }) => plan.name === server.plan.name)?.handle
    if (handle !== undefined && (await launcher.isAlive(handle))) server.handle = handle
  }
}

async function endAll(held: Held, options: AbortOptions): Promise<void> {
  await held.writing
  await takeLatestHandles(held)
  await Promise.all(held.servers.filter(({ found }) => !found).map((server) => endServer(server, held.launcher, options)))
  if (held.temporary) {
    await Promise.all(held.servers.map(({ plan }) => held.launcher.discard(plan)))
    await rm(held.directory, { recursive: true, force: true })
  }
  await held.keeper?.dismiss()
}

function createInfra(held: Held): Infra {
  const nodes = held.servers.map((server) => createNode(held, server))
  const lifecycle = createLifecycle({ subject: 'the infrastructure', stop: (options) => endAll(held, options) })
  const of = (engine: EngineName) => held.servers.filter(({ plan }) => plan.engine === engine).map(({ plan }) => plan)
  const [cassandra, kafka, elasticsearch] = [of('cassandra'), of('kafka'), of('elasticsearch')]
  return {
    provider: held.launcher.provider,
    description: held.launcher.description,
    directory: held.directory,
    ...(cassandra[0] === undefined
      ? {}
      : {
          cassandra: {
            contactPoints: cassandra.map(({ host }) => host),
            port: cassandra[0].port,
            localDataCenter: 'datacenter1',
            version: cassandra[0].version,
          },
        }),
    ...(kafka[0] === undefined ? {} : { kafka: { brokers: kafka.map(({ host, port }) => `${host}:${port}`), version: kafka[0].version } }),
    ...(elasticsearch[0] === undefined
      ? {}
      : { elasticsearch: { node: `http://${elasticsearch[0].host}:${elasticsearch[0].port}`, version: elasticsearch[0].version } }),
    nodes,
    node(name) {
      const found = nodes.find((node) => node.name === name)
      if (found !== undefined) return found
      throw new HanseError<InfraErrorCode>(`There is no node ${name}; there are ${nodes.map((node) => node.name).join(', ')}.`, { code: 'UNKNOWN_NODE' })
    },
    close: (options) => lifecycle.close(options),
    [Symbol.asyncDispose]: () => lifecycle.close(),
  }
}

async function stateOf({ handle }: Server, launcher: Launcher): Promise<NodeState> {
  if (handle === undefined || !(await launcher.isAlive(handle))) return 'ended'
  return (await launcher.isPaused(handle)) ? 'frozen' : 'running'
}

function createNode(held: Held, server: Server): InfraNode {
  const { launcher } = held
  const { name, engine, version, host, port } = server.plan
  const send = async (signal: 'pause' | 'resume'): Promise<void> => {
    if (server.handle === undefined || !(await launcher.signal(server.handle, signal))) {
      throw new HanseError<InfraErrorCode>(`${name} does not run; start it first.`, { code: 'UNKNOWN_NODE', details: { name } })
    }
  }
  return {
    name,
    engine,
    version,
    host,
    port,
    state: () => stateOf(server, launcher),
    async kill() {
      if (server.handle !== undefined) await killServer(server.handle, launcher)
    },
    stop: () => send('pause'),
    continue: () => send('resume'),
    start: (options = {}) => startEngine(held, engine, options),
    logs: (lines = 100) => launcher.lastLines(server.plan, lines),
  }
}
