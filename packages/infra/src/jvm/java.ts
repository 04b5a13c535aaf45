import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AbortOptions } from '@hanse/core'

/** The tools that start servers without Docker. */
export interface JavaTools {
  /** The `java` of a JDK 17. */
  readonly java: string
  readonly javac: string
  readonly mvn: string
  /** What was found, for people: `JDK 17.0.15 (/usr/lib/jvm/…) and Maven 3.8.7`. */
  readonly description: string
}

/** What {@link findJavaTools} may be told. */
export interface FindJavaOptions extends AbortOptions {
  /** The home of a JDK 17; looked for when left out. */
  readonly javaHome?: string
}

const run = promisify(execFile)

/** Finds a JDK 17 (Cassandra 5 runs on no later one) and Maven; answers a sentence that says what is missing otherwise. */
export async function findJavaTools(options: FindJavaOptions): Promise<JavaTools | string> {
  const homes = options.javaHome === undefined ? ['', ...(await usualHomes())] : [options.javaHome]
  const maven = await versionOf('mvn', ['-v'], /Apache Maven ([\d.]+)/, options)
  for (const home of homes) {
    const bin = (tool: string): string => (home === '' ? tool : join(home, 'bin', tool))
    const version = await versionOf(bin('javac'), ['-version'], /javac ([\d.]+)/, options)
    if (version?.split('.')[0] !== '17') continue
    if (maven === undefined) return `a JDK ${version} is there, but no Maven (mvn) on the PATH`
    return { java: bin('java'), javac: bin('javac'), mvn: 'mvn', description: `JDK ${version}${home === '' ? '' : ` (${home})`} and Maven ${maven}` }
  }
  return options.javaHome === undefined
    ? `no JDK 17 (javac) on the PATH or in the usual folders${maven === undefined ? ' and no Maven' : ''}`
    : `there is no JDK 17 in ${options.javaHome}`
}

async function versionOf(command: string, flags: readonly string[], pattern: RegExp, { signal }: AbortOptions): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, [...flags], signal === undefined ? {} : { signal })
    return pattern.exec(stdout + stderr)?.[1]
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Error) return undefined
    throw error
  }
}

async function usualHomes(): Promise<readonly string[]> {
  const found = await Promise.all([
    foldersIn('/usr/lib/jvm', ''),
    foldersIn('/Library/Java/JavaVirtualMachines', 'Contents/Home'),
    foldersIn('/opt/homebrew/opt', 'libexec/openjdk.jdk/Contents/Home'),
  ])
  return found.flat()
}

async function foldersIn(parent: string, inside: string): Promise<readonly string[]> {
  const names = await readdir(parent).catch(() => [])
  return names.filter((name) => name.includes('17')).map((name) => join(parent, name, inside))
}
