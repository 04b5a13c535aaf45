import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureKeys, holdsKeys } from '../service/keys.ts'

const marker = 'hanse-ecommerce.json'
const importMark = 'import-under-way'

/** Whether a folder is a shop's: one that it has run on, or that its migrations have made keys in. */
export function holdsShop(folder: string): boolean {
  return existsSync(join(folder, marker)) || holdsKeys(folder)
}

/**
 * Notes that data is on its way into a folder, so that no shop starts on the half of it.
 * @returns how to say that all of it is there
 */
export function markImport(folder: string, from: string): () => void {
  const file = join(folder, importMark)
  writeFileSync(file, from)
  return () => rmSync(file, { force: true })
}

/** @throws Error when an import into the folder was interrupted */
export function assertImported(folder: string): void {
  const file = join(folder, importMark)
  if (!existsSync(file)) return
  const from = readFileSync(file, 'utf8')
  throw new Error(`An import into ${folder} was interrupted. Finish it with: pnpm ecommerce:import ${from} --continue, and the same --data and --engines.`)
}

/**
 * Readies the data folder: emptied when asked, its keys made, taken by this process alone.
 * @param prepareKeys - how it gets its keys when it has none
 * @returns how to give it free again
 * @throws Error when another shop runs on it, or when it holds something else
 */
export async function takeDataFolder(folder: string, fresh: boolean, prepareKeys: (folder: string) => void | Promise<void> = ensureKeys): Promise<() => void> {
  const pidFile = join(folder, 'supervisor.pid')
  assertOurs(folder)
  assertNotTaken(folder, pidFile)
  if (fresh) rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'logs'), { recursive: true })
  writeFileSync(join(folder, marker), '{"version":1}\n')
  writeFileSync(pidFile, String(process.pid))
  const release = (): void => rmSync(pidFile, { force: true })
  try {
    await prepareKeys(folder)
  } catch (error) {
    release()
    throw error
  }
  return release
}

/** The password of the demo accounts: drawn once per data folder unless one is given. */
export function demoPassword(folder: string, given: string | undefined): string {
  const file = join(folder, 'keys', 'demo-password')
  if (given === undefined && existsSync(file)) return readFileSync(file, 'utf8')
  const password = given ?? randomBytes(9).toString('base64url')
  writeFileSync(file, password, { mode: 0o600 })
  return password
}

/** --fresh empties a folder; it must never be somebody's home. */
function assertOurs(folder: string): void {
  if (!existsSync(folder) || holdsShop(folder) || readdirSync(folder).length === 0) return
  throw new Error(`The folder ${folder} holds something else than the shop's data. Choose another one with --data, or empty it yourself.`)
}

function assertNotTaken(folder: string, pidFile: string): void {
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8'))
  if (Number.isInteger(pid) && pid !== process.pid && isShop(pid))
    throw new Error(`A shop already runs on ${folder} (process ${pid}). Stop it, or choose another folder with --data.`)
}

/** A number may have gone to another program since the file was written. */
function isShop(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('ecommerce')
  } catch {
    return true
  }
}
