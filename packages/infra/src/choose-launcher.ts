import { homedir } from 'node:os'
import { join } from 'node:path'
import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { createDockerLauncher, findDocker } from './docker/docker-launcher.ts'
import { noProvider } from './errors.ts'
import { findJavaTools } from './jvm/java.ts'
import { createJvmLauncher } from './jvm/jvm-launcher.ts'
import type { Launcher } from './launcher.ts'

/** How servers are to be started. */
export interface ProviderOptions extends AbortOptions {
  /**
   * `jvm`: as Java processes from the jars of Maven Central, with a JDK 17 and Maven; `docker`: as containers;
   * `auto`: the first of the two that this machine has.
   * @defaultValue `'auto'`
   */
  readonly provider?: 'auto' | 'jvm' | 'docker'
  /** The home of a JDK 17. Looked for on the PATH and in the usual folders when left out. */
  readonly javaHome?: string
  /**
   * Where resolved class paths and the module folder of Elasticsearch are remembered; the jars themselves stay in Maven's local repository.
   * @defaultValue `~/.cache/hanse-infra`
   */
  readonly cacheDirectory?: string
}

/**
 * What this machine starts servers with, for people; undefined, with a sentence that says what to install, when it can start none.
 * Meant for test setups that skip with a reason.
 */
export async function findProvider(options: ProviderOptions = {}): Promise<{ readonly description: string } | { readonly missing: string }> {
  const found = await chooseLauncher(options).catch((error: unknown) => {
    if (HanseError.hasCode(error, 'NO_PROVIDER')) return error
    throw error
  })
  return found instanceof HanseError ? { missing: found.message } : { description: found.description }
}

/** @throws HanseError `NO_PROVIDER`, saying what was looked for and what to install */
export async function chooseLauncher(options: ProviderOptions): Promise<Launcher> {
  const { provider = 'auto', cacheDirectory = join(homedir(), '.cache', 'hanse-infra') } = options
  const found: string[] = []
  if (provider !== 'docker') {
    const tools = await findJavaTools(options)
    if (typeof tools !== 'string') return createJvmLauncher(tools, cacheDirectory)
    found.push(tools)
  }
  if (provider !== 'jvm') {
    const docker = await findDocker(options)
    if (typeof docker !== 'string') return createDockerLauncher(docker.description)
    found.push(docker)
  }
  throw noProvider(provider, found)
}
