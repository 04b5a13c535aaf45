import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerHandle } from '../launcher.ts'
import type { ServerPlan } from '../plan/server-plan.ts'

/** A server, and by what it is known since it was started. */
export interface KnownServer {
  readonly plan: ServerPlan
  readonly handle?: ServerHandle
}

/** What the state file holds: what was started in a directory, so that a later command finds it. */
export interface State {
  readonly format: 1
  readonly provider: 'jvm' | 'docker'
  readonly servers: readonly KnownServer[]
}

const fileOf = (directory: string): string => join(directory, 'state.json')

/** Reads the state of a directory; undefined when there is none, or when what is there was not written by this version. */
export async function readState(directory: string): Promise<State | undefined> {
  let text: string
  try {
    text = await readFile(fileOf(directory), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const state = JSON.parse(text) as State
    return state.format === 1 ? { ...state, servers: state.servers.map(withDefaults) } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // Cut short by a crash: then no server of it can be known.
    throw error
  }
}

/** Plans had none of these at first. */
const laterAdded: Pick<ServerPlan, 'settings' | 'scramUsers'> = { settings: {}, scramUsers: {} }

function withDefaults(server: KnownServer): KnownServer {
  return { ...server, plan: { ...laterAdded, ...server.plan } }
}

/** Replaces the state of a directory in one step. */
export async function writeState(directory: string, state: State): Promise<void> {
  await mkdir(directory, { recursive: true })
  const draft = `${fileOf(directory)}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`)
  await rename(draft, fileOf(directory))
}

/** Forgets the state of a directory. */
export async function removeState(directory: string): Promise<void> {
  await rm(fileOf(directory), { force: true })
}
