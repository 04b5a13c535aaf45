import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { InfraErrorCode } from '../errors.ts'
import type { Launcher } from '../launcher.ts'
import type { ServerPlan } from '../plan/server-plan.ts'
import { dockerRunArguments } from './docker-arguments.ts'

const run = promisify(execFile)
const verbs = { kill: 'kill', pause: 'pause', resume: 'unpause', terminate: 'stop' } as const

/** Whether a Docker engine answers: its version, or a sentence that says why not. */
export async function findDocker({ signal }: AbortOptions): Promise<{ readonly description: string } | string> {
  try {
    const { stdout } = await run('docker', ['version', '--format', '{{.Server.Version}}'], signal === undefined ? {} : { signal })
    return { description: `Docker ${stdout.trim()}` }
  } catch (error) {
    signal?.throwIfAborted()
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no docker command' : 'no Docker engine answers'
  }
}

/** Starts servers as containers. One server an engine: several need addresses of their own, which only the Java way gives. */
export function createDockerLauncher(description: string): Launcher {
  const id = async (plan: ServerPlan): Promise<string> => (await readFile(join(plan.directory, 'container'), 'utf8')).trim()
  return {
    provider: 'docker',
    description,
    async launch(plan, { signal }) {
      if (plan.members.length > 1) throw severalNodes(plan)
      await mkdir(plan.directory, { recursive: true })
      const before = await id(plan).catch(() => undefined)
      if (before !== undefined && (await inspect(before)) !== undefined) {
        await run('docker', ['start', before])
        return { kind: 'container', id: before }
      }
      const { stdout } = await run('docker', [...dockerRunArguments(plan)], signal === undefined ? {} : { signal })
      await writeFile(join(plan.directory, 'container'), stdout.trim())
      return { kind: 'container', id: stdout.trim() }
    },
    isAlive: async (handle) => handle.kind === 'container' && ['running', 'paused'].includes((await inspect(handle.id)) ?? ''),
    isPaused: async (handle) => handle.kind === 'container' && (await inspect(handle.id)) === 'paused',
    async signal(handle, signal) {
      if (handle.kind !== 'container' || !['running', 'paused'].includes((await inspect(handle.id)) ?? '')) return false
      await run('docker', [verbs[signal], handle.id])
      return true
    },
    async lastLines(plan, count) {
      const { stdout, stderr } = await run('docker', ['logs', '--tail', String(count), await id(plan)], { maxBuffer: 2 ** 24 })
      return `${stdout}${stderr}`.trimEnd()
    },
    async discard(plan) {
      const before = await id(plan).catch(() => undefined)
      if (before !== undefined && (await inspect(before)) !== undefined) await run('docker', ['rm', '--force', '--volumes', before])
      await rm(plan.directory, { recursive: true, force: true })
    },
  }
}

/** The state of a container; undefined when there is none. */
async function inspect(id: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Status}}', id])
    return stdout.trim()
  } catch (error) {
    if (String((error as { stderr?: unknown }).stderr).includes('No such')) return undefined
    throw error
  }
}

function severalNodes(plan: ServerPlan): HanseError<InfraErrorCode> {
  return new HanseError(`${plan.members.length} nodes of ${plan.engine} need a JDK 17 and Maven; Docker starts one node of each server.`, {
    code: 'NO_PROVIDER',
  })
}
