import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { systemClock } from '@hanse/core'
import { createDatabase, exportTables, importTables } from '@hanse/data'
import type { Database, Table } from '@hanse/data'
import { z } from 'zod'
import type { ServiceName } from '../contracts/routes.ts'
import { chooseEngines } from '../service/engines.ts'
import type { Engines } from '../service/engines.ts'
import { ensureKeys } from '../service/keys.ts'
import { openCluster } from '../supervisor/cluster.ts'
import { holdsShop, markImport, takeDataFolder } from '../supervisor/data-folder.ts'
import { exportKeys, importKeys, prepareExportFolder, readManifest, tablesFile, writeManifest } from './export-folder.ts'
import type { Manifest, TableCounts } from './export-folder.ts'
import type { MoveOrder } from './move-flags.ts'
import { moved } from './moved-tables.ts'
import { assertStopped, lookUnderWay } from './under-way.ts'

/** Where progress is told. */
type Print = (line: string) => void

/**
 * Writes everything that a stopped shop keeps into a folder.
 * @throws Error that says what is in the way and what to do
 */
export async function exportShop(order: MoveOrder, print: Print, signal: AbortSignal): Promise<void> {
  if (!holdsShop(order.data)) throw new Error(`There is no shop in ${order.data}. Name its data folder with --data.`)
  await withShop(order, ensureKeys, print, signal, async (engines) => {
    const { faults, notes } = await lookUnderWay(engines)
    if (faults.length > 0)
      throw new Error(
        `The shop has not come to rest: ${faults.join('; ')}. Start it again, let nobody buy for a quarter of a minute, stop it and export again.`,
      )
    for (const note of notes) print(note)
    prepareExportFolder(order.folder)
    const counts: Partial<Record<ServiceName, TableCounts>> = {}
    for (const { owner, tables } of moved) {
      counts[owner] = await exportOwner(engines, owner, tables, join(order.folder, tablesFile(owner)), signal)
      print(`${owner}: ${summary(counts[owner])}`)
    }
    exportKeys(order.data, order.folder)
    // Every owner has been counted above.
    const all = counts as Manifest['counts']
    await writeManifest(order.folder, { exportedAt: new Date(systemClock.now()).toISOString(), engines: order.engines, counts: all })
    print(`exported to ${order.folder}, which holds secrets. Next: pnpm ecommerce:import ${order.folder} --engines KIND --data FOLDER`)
  })
}

/**
 * Reads an export into an empty shop, whose tables it makes; the services fill the search when they start.
 * @throws Error that says what is in the way and what to do
 */
export async function importShop(order: MoveOrder, print: Print, signal: AbortSignal): Promise<void> {
  const manifest = await readManifest(order.folder)
  const keys = (data: string): void => importKeys(order.folder, data)
  await withShop(order, keys, print, signal, async (engines) => {
    if (!order.again) await assertEmpty(engines)
    const finish = markImport(order.data, order.folder)
    for (const { owner, tables } of moved) {
      await importOwner(engines, owner, tables, order.folder, manifest.counts[owner], signal)
      print(`${owner}: ${summary(manifest.counts[owner])}`)
    }
    finish()
    print(`imported and verified. Next: pnpm ecommerce --engines ${order.engines} --data ${order.data}; the search is filled when it starts.`)
  })
}

/** Works on the data of a shop that is stopped, and that nobody here starts meanwhile. */
async function withShop(
  order: MoveOrder,
  prepareKeys: (data: string) => void | Promise<void>,
  print: Print,
  signal: AbortSignal,
  work: (engines: Engines) => Promise<void>,
): Promise<void> {
  const release = await takeDataFolder(order.data, false, prepareKeys)
  try {
    const cluster = order.engines === 'cluster' ? await openCluster(order.data, print, signal) : undefined
    try {
      const engines = await chooseEngines({ name: 'user-service', dataFolder: order.data, engines: cluster?.engines ?? { kind: 'embedded' } })
      await assertStopped(engines, print)
      await work(engines)
    } finally {
      await cluster?.close()
    }
  } finally {
    release()
  }
}

const lastLine = z.object({ end: z.record(z.string(), z.object({ rows: z.number(), static: z.number() })) })

async function exportOwner(engines: Engines, owner: ServiceName, tables: readonly Table[], file: string, signal: AbortSignal): Promise<TableCounts> {
  await using db = createDatabase({ engine: engines.state(owner), tables: {} })
  let last = ''
  const lines = async function* (): AsyncGenerator<string> {
    for await (const line of exportTables(db, tables, { signal })) {
      last = line
      yield line
    }
  }
  await pipeline(lines, createWriteStream(file, { mode: 0o600, flush: true }))
  return lastLine.parse(JSON.parse(last)).end
}

async function importOwner(engines: Engines, owner: ServiceName, tables: readonly Table[], folder: string, expected: TableCounts, signal: AbortSignal) {
  await using db = createDatabase({ engine: engines.state(owner), tables: {} })
  const report = await importTables(db, tables, createReadStream(join(folder, tablesFile(owner))), { signal })
  for (const { name } of tables) {
    const [given, found] = [expected[name], report[name]]
    if (given === undefined || given.rows !== found?.rows || given.static !== found.static)
      throw new Error(`${owner}: table ${name} has ${found?.rows ?? 0} rows, the export says ${given?.rows ?? 0}. Export again.`)
  }
}

/** @throws Error that names the first table with a row */
async function assertEmpty(engines: Engines): Promise<void> {
  for (const { owner, tables } of moved) {
    await using db = createDatabase({ engine: engines.state(owner), tables: Object.fromEntries(tables.map((table) => [`all ${table.name}`, table])) })
    for (const table of tables) {
      if (!(await holdsRows(db, table))) continue
      throw new Error(
        `Table ${table.name} of the ${owner} holds rows already. An import needs an empty shop: choose another one; or give --continue, if this import was interrupted.`,
      )
    }
  }
}

async function holdsRows(db: Database<Record<string, Table>>, table: Table): Promise<boolean> {
  const access = db[`all ${table.name}`]
  if (access === undefined) return false
  if ((await access.scan().limit(1)).length > 0) return true
  return table.schema.staticColumns.length > 0 && (await access.scanStatic().limit(1)).length > 0
}

function summary(counts: TableCounts | undefined): string {
  const filled = Object.entries(counts ?? {}).filter(([, { rows, static: statics }]) => rows + statics > 0)
  const listed = filled.map(([name, { rows, static: statics }]) => `${name} ${rows}${statics > 0 ? ` and ${statics} partitions` : ''}`)
  return listed.length === 0 ? 'nothing' : listed.join(', ')
}
