import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { serviceNames } from '../contracts/routes.ts'
import type { ServiceName } from '../contracts/routes.ts'

const manifestName = 'shop.json'
const keysName = 'keys'

const counts = z.record(z.string(), z.object({ rows: z.number(), static: z.number() }))
const manifestSchema = z.object({
  format: z.literal('hanse-ecommerce'),
  version: z.literal(1),
  exportedAt: z.string(),
  engines: z.enum(['embedded', 'cluster']),
  counts: z.object(Object.fromEntries(serviceNames.map((owner) => [owner, counts])) as Record<ServiceName, typeof counts>),
  files: z.record(z.string(), z.string()),
})

/** What an export holds: how many rows of which table, and the SHA-256 of each file. Written last, so that a folder without it is no export. */
export type Manifest = z.output<typeof manifestSchema>

/** How many rows, and partitions with static columns, each table of a service has. */
export type TableCounts = z.output<typeof counts>

/** The file with the tables of a service. */
export const tablesFile = (owner: ServiceName): string => `${owner}.jsonl`

/**
 * Readies a folder for an export: new, or with what an interrupted one left.
 * @throws Error when it holds an export already, or something else
 */
export function prepareExportFolder(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : []
  if (names.includes(manifestName)) throw new Error(`The folder ${folder} holds an export already. Choose another one, or remove it yourself.`)
  const ours = new Set([keysName, `${manifestName}.new`, ...serviceNames.map(tablesFile)])
  const other = names.find((name) => !ours.has(name))
  if (other !== undefined) throw new Error(`The folder ${folder} holds something else than an export: ${other}. Choose another one.`)
  for (const name of names) rmSync(join(folder, name), { recursive: true })
  mkdirSync(join(folder, keysName), { recursive: true, mode: 0o700 })
}

/** Copies the shop's keys into an export, readable by their owner only. */
export function exportKeys(dataFolder: string, folder: string): void {
  for (const name of readdirSync(join(dataFolder, 'keys'))) copySecret(join(dataFolder, 'keys', name), join(folder, keysName, name))
}

/**
 * Gives an imported shop its keys; those that are there already must be the same.
 * @throws Error when the folder has other keys
 */
export function importKeys(folder: string, dataFolder: string): void {
  const target = join(dataFolder, 'keys')
  mkdirSync(target, { recursive: true, mode: 0o700 })
  const names = readdirSync(join(folder, keysName))
  const other = names.find((name) => existsSync(join(target, name)) && !readFileSync(join(target, name)).equals(readFileSync(join(folder, keysName, name))))
  if (other !== undefined)
    throw new Error(
      `${join(target, other)} is another key than that of the export. Choose another folder with --data; or remove ${target}, if no shop needs it.`,
    )
  for (const name of names) if (!existsSync(join(target, name))) copySecret(join(folder, keysName, name), join(target, name))
}

/** Declares an export whole. */
export async function writeManifest(folder: string, facts: Pick<Manifest, 'exportedAt' | 'engines' | 'counts'>): Promise<void> {
  const files: Record<string, string> = {}
  for (const name of filesOf(folder)) files[name] = await digestOf(join(folder, name))
  const manifest: Manifest = { format: 'hanse-ecommerce', version: 1, ...facts, files }
  writeWhole(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/**
 * Reads what an export says of itself, and compares every file with it before anything is done with one.
 * @throws Error that names what is missing, changed or too much
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, manifestName)
  if (!existsSync(file)) throw new Error(`There is no finished export in ${folder}: ${manifestName} is missing. Run ecommerce:export again.`)
  const read = manifestSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!read.success) throw new Error(`${file} does not describe an export of this shop: ${z.prettifyError(read.error)}`)
  const present = filesOf(folder)
  for (const name of new Set([...Object.keys(read.data.files), ...present])) {
    const expected = read.data.files[name]
    if (expected === undefined) throw new Error(`${join(folder, name)} is no part of the export. Remove it.`)
    if (!present.includes(name)) throw new Error(`${join(folder, name)} is missing. Copy the whole folder again.`)
    if ((await digestOf(join(folder, name))) !== expected) throw new Error(`${join(folder, name)} is not what was exported. Copy the whole folder again.`)
  }
  return read.data
}

function filesOf(folder: string): readonly string[] {
  const tables = readdirSync(folder).filter((name) => name !== manifestName && statSync(join(folder, name)).isFile())
  return [...tables, ...readdirSync(join(folder, keysName)).map((name) => `${keysName}/${name}`)].toSorted()
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

function copySecret(from: string, to: string): void {
  writeWhole(to, readFileSync(from))
}

/** A crash leaves the whole file or none. */
function writeWhole(file: string, content: string | Buffer): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}
