import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A folder of its own for a benchmark's files, removed when disposed. */
export interface ScratchFolder extends Disposable {
  file(name: string): string
}

/** Makes a {@link ScratchFolder}. */
export function scratchFolder(): ScratchFolder {
  const folder = mkdtempSync(join(tmpdir(), 'hanse-bench-'))
  return {
    file: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A database of node:sqlite as a careful hand would open it: WAL, and every commit synced to disk. */
export function durableSqlite(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  return db
}
