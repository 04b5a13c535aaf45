import { spawn } from 'node:child_process'
import { access, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { InfraErrorCode } from '../errors.ts'
import type { Launcher, ServerHandle, ServerSignal } from '../launcher.ts'
import type { ServerPlan } from '../plan/server-plan.ts'
import { isAlive, isStopped, markProcess, signalProcess } from '../process/process-mark.ts'
import { buildElasticsearch, resolveJars } from './artifacts.ts'
import type { JavaTools } from './java.ts'
import { cassandraCommand, elasticsearchCommand, kafkaCommand } from './server-command.ts'
import type { ServerCommand } from './server-command.ts'

const signals: Readonly<Record<ServerSignal, NodeJS.Signals>> = { kill: 'SIGKILL', pause: 'SIGSTOP', resume: 'SIGCONT', terminate: 'SIGTERM' }

/** Starts servers as Java processes that outlive this one; whoever starts them sees to their end. */
export function createJvmLauncher(tools: JavaTools, cacheDirectory: string): Launcher {
  return {
    provider: 'jvm',
    description: tools.description,
    async launch(plan, options) {
      const command = await commandOf(tools, plan, cacheDirectory, options)
      await writeFiles(plan, command)
      if (command.prepare !== undefined && !(await exists(join(plan.directory, command.prepare.unless)))) {
        await prepare(tools, plan, command.prepare.args, options)
      }
      return startDetached(tools.java, command.args, plan)
    },
    isAlive: async (handle) => handle.kind === 'process' && (await isAlive(handle)),
    isPaused: async (handle) => handle.kind === 'process' && (await isStopped(handle)),
    signal: async (handle, signal) => handle.kind === 'process' && (await signalProcess(handle, signals[signal])),
    lastLines: async (plan, count) => lastLines(await readFile(logFile(plan), 'utf8').catch(() => ''), count),
    discard: (plan) => rm(plan.directory, { recursive: true, force: true }),
  }
}

/** Where a server prints. */
export function logFile(plan: ServerPlan): string {
  return join(plan.directory, 'server.log')
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}

async function commandOf(tools: JavaTools, plan: ServerPlan, cacheDirectory: string, options: AbortOptions): Promise<ServerCommand> {
  const jars = await resolveJars(tools, plan.engine, plan.version, cacheDirectory, options)
  if (plan.engine === 'cassandra') return cassandraCommand(plan, jars)
  if (plan.engine === 'kafka') return kafkaCommand(plan, jars)
  const home = await buildElasticsearch(tools, plan.version, jars, cacheDirectory, options)
  await mkdir(plan.directory, { recursive: true })
  const modules = join(plan.directory, 'modules')
  if (!(await exists(modules))) await symlink(join(home, 'modules'), modules)
  return elasticsearchCommand(plan, home)
}

async function writeFiles(plan: ServerPlan, { files, folders }: ServerCommand): Promise<void> {
  for (const folder of folders) await mkdir(join(plan.directory, folder), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(plan.directory, name)), { recursive: true })
    await writeFile(join(plan.directory, name), text)
  }
}

async function prepare(tools: JavaTools, plan: ServerPlan, args: readonly string[], options: AbortOptions): Promise<void> {
  const log = await open(logFile(plan), 'a')
  try {
    const child = spawn(tools.java, args, { stdio: ['ignore', log.fd, log.fd], ...(options.signal === undefined ? {} : { signal: options.signal }) })
    const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject))
    if (code !== 0) throw startFailed(plan, `its preparation ended with code ${code}`, lastLines(await readFile(logFile(plan), 'utf8'), 15))
  } finally {
    await log.close()
  }
}

async function startDetached(java: string, args: readonly string[], plan: ServerPlan): Promise<ServerHandle> {
  const log = await open(logFile(plan), 'a')
  try {
    const child = spawn(java, args, { cwd: plan.directory, detached: true, stdio: ['ignore', log.fd, log.fd] })
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    const mark = child.pid === undefined ? undefined : await markProcess(child.pid)
    if (mark === undefined) throw startFailed(plan, 'it ended at once', lastLines(await readFile(logFile(plan), 'utf8'), 15))
    return { kind: 'process', ...mark }
  } finally {
    await log.close()
  }
}

/** A server that did not come up, with what it printed last. */
export function startFailed(plan: ServerPlan, what: string, printed: string): HanseError<InfraErrorCode> {
  return new HanseError(`${plan.name} (${plan.engine} ${plan.version}, port ${plan.port}) did not start: ${what}. It printed last:\n${printed}`, {
    code: 'START_FAILED',
    retryable: true,
    details: { name: plan.name, engine: plan.engine, version: plan.version, directory: plan.directory },
  })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
