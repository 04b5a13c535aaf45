import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { InfraErrorCode } from '../errors.ts'
import type { EngineName } from '../plan/engine.ts'
import type { JavaTools } from './java.ts'

/** A published Java library: group, name, version. */
export type Artifact = readonly [group: string, name: string, version: string]

/** The libraries that make up a server; Maven brings what they need. */
export const artifactsOf: Readonly<Record<EngineName, (version: string) => readonly Artifact[]>> = {
  cassandra: (version) => [['org.apache.cassandra', 'cassandra-all', version]],
  kafka: (version) => [
    ['org.apache.kafka', 'kafka_2.13', version],
    ['org.slf4j', 'slf4j-simple', '1.7.36'],
  ],
  elasticsearch: (version) => [
    ['org.elasticsearch', 'elasticsearch', version],
    ['org.elasticsearch.plugin', 'transport-netty4', version],
  ],
}

const run = promisify(execFile)

/**
 * The jars of a server, resolved by Maven once and remembered in `cacheDirectory`. The jars stay in Maven's own local repository;
 * when one of them is gone from there, they are resolved again.
 * @throws HanseError `RESOLVE_FAILED` with the last lines that Maven printed
 */
export async function resolveJars(
  tools: JavaTools,
  engine: EngineName,
  version: string,
  cacheDirectory: string,
  options: AbortOptions,
): Promise<readonly string[]> {
  const folder = join(cacheDirectory, `${engine}-${version}`)
  const listFile = join(folder, 'jars.txt')
  const remembered = await readFile(listFile, 'utf8').catch(() => '')
  if (remembered !== '' && (await allThere(remembered.split(delimiter)))) return remembered.split(delimiter)
  await mkdir(folder, { recursive: true })
  const draft = await mkdtemp(join(folder, 'resolve-'))
  try {
    await writeFile(join(draft, 'pom.xml'), pomOf(artifactsOf[engine](version)))
    await maven(tools, engine, version, draft, options)
    await rename(join(draft, 'jars.txt'), listFile)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return (await readFile(listFile, 'utf8')).trim().split(delimiter)
}

async function maven(tools: JavaTools, engine: EngineName, version: string, folder: string, { signal }: AbortOptions): Promise<void> {
  const goals = ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${join(folder, 'jars.txt')}`]
  try {
    await run(tools.mvn, goals, { maxBuffer: 2 ** 24, ...(signal === undefined ? {} : { signal }) })
  } catch (error) {
    signal?.throwIfAborted()
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const printed = `${stdout}${stderr}`.trim().split('\n').slice(0, 8).join('\n')
    throw new HanseError<InfraErrorCode>(
      `Maven could not resolve ${engine} ${version}; the version must exist on Maven Central and the network must be reachable the first time. It printed:\n${printed}`,
      { code: 'RESOLVE_FAILED', retryable: true, cause: error, details: { engine, version } },
    )
  }
}

function pomOf(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(
    ([group, name, version]) => `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  )
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>hanse</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n')
}

async function allThere(files: readonly string[]): Promise<boolean> {
  const missing = await Promise.all(
    files.map((file) =>
      access(file.trim()).then(
        () => false,
        () => true,
      ),
    ),
  )
  return !missing.includes(true)
}

/**
 * What Elasticsearch needs beside its jars: the transport as a module of its own, and the class that starts a node.
 * Built once a version; `lib` is the module path, `modules` is linked into each node's home.
 */
export async function buildElasticsearch(
  tools: JavaTools,
  version: string,
  jars: readonly string[],
  cacheDirectory: string,
  { signal }: AbortOptions,
): Promise<string> {
  const home = join(cacheDirectory, `elasticsearch-${version}`, 'home')
  if (await allThere([home])) return home
  const draft = await mkdtemp(join(dirname(home), 'home-'))
  try {
    const transport = join(draft, 'modules', 'transport-netty4')
    for (const folder of ['lib', 'classes', 'modules/transport-netty4']) await mkdir(join(draft, folder), { recursive: true })
    // A jar that the module path and a module both hold ends the start ("jar hell").
    const ofTransport = (jar: string): boolean => /^(netty|transport-netty4)-/.test(basename(jar))
    for (const jar of jars) await cp(jar, join(ofTransport(jar) ? transport : join(draft, 'lib'), basename(jar)))
    await writeFile(join(transport, 'plugin-descriptor.properties'), descriptorOf(version))
    await run(tools.javac, ['-nowarn', '-d', join(draft, 'classes'), '-cp', join(draft, 'lib', '*'), nodeMainFile()], signal === undefined ? {} : { signal })
    await rename(draft, home).catch(async (error: unknown) => {
      if (!(await allThere([home]))) throw error // Another process was first: its home is as good.
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return home
}

function descriptorOf(version: string): string {
  const name = 'transport-netty4'
  return Object.entries({
    description: name,
    version,
    name,
    classname: 'org.elasticsearch.transport.netty4.Netty4Plugin',
    'java.version': '17',
    'elasticsearch.version': version,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function nodeMainFile(): string {
  return join(dirname(new URL(import.meta.resolve('@hanse/infra/package.json')).pathname), 'java', 'NodeMain.java')
}
