import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import type { AbortOptions } from '../abort.ts'
import { systemClock } from '../clock.ts'
import { HanseError, invalidArgument } from '../errors.ts'
import { createLifecycle } from '../lifecycle.ts'
import type { Closable, Lifecycle } from '../lifecycle.ts'
import { systemRandom } from '../random.ts'
import { ChangeWatch } from './change-watch.ts'
import { isBusy, toStorageError } from './sqlite-errors.ts'
import type { SqliteErrorCode } from './sqlite-errors.ts'

/** Options of {@link openSqlite}. */
export interface SqliteFileOptions {
  /** A path on a local disk, its folder made when missing; or `:memory:` for a private database that ends with the process. */
  readonly file: string
  /**
   * `full` keeps a commit through a loss of power, `normal` only through the death of the process.
   * @defaultValue 'full'
   */
  readonly durability?: 'full' | 'normal'
}

/**
 * One SQLite database in WAL mode, shared with other processes: what the embedded engines stand on.
 *
 * - Writes queued in one turn of the event loop commit as one durable transaction, each in a savepoint of its own:
 *   one that throws is rolled back and rejected alone.
 * - A lock held by another process is waited for without blocking the event loop (SQLite's own busy handler would freeze it).
 * - `work` functions are synchronous; they may run again when the transaction could not begin, never after it committed.
 */
export interface SqliteFile extends Closable {
  /** The path given, or `:memory:`. */
  readonly file: string
  /**
   * Runs `work` inside a transaction and resolves with its result when that is durable.
   * @throws HanseError `STORAGE_FULL`, `STORAGE_BUSY`, `STORAGE_CORRUPT`, `STORAGE_UNAVAILABLE`, `CLOSED`; or what `work` threw
   */
  write<T>(work: (db: SqliteConnection) => T, options?: AbortOptions): Promise<T>
  /**
   * Runs `work` on the last committed state, now.
   * @throws as {@link SqliteFile.write}
   */
  read<T>(work: (db: SqliteConnection) => T): T
  /** Calls `listener` after commits, of this or another process; several commits may share one call. Returns how to stop. */
  onChange(listener: () => void): () => void
}

/** What a unit of work may use. */
export interface SqliteConnection {
  /** Prepares once and remembers the statement by its text. */
  prepare(sql: string): StatementSync
  /** Runs several statements without parameters. */
  exec(sql: string): void
}

interface QueuedWrite {
  readonly work: (db: SqliteConnection) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

const quickRetries = 4
const longestPauseMs = 8
const lockTimeoutMs = 30_000
const preparedLimit = 500

/**
 * Opens, and where missing makes, a database.
 * @throws HanseError `STORAGE_UNAVAILABLE` for a folder that cannot be written or a file system without WAL (a network share), `STORAGE_CORRUPT`
 */
export function openSqlite(options: SqliteFileOptions): SqliteFile {
  if (typeof options.file !== 'string' || options.file === '')
    throw invalidArgument("option 'file' of an embedded engine", "a path or ':memory:'", options.file)
  return options.file === ':memory:' ? new MemoryDatabase(options.file) : new WalDatabase(options)
}

abstract class Connection implements SqliteConnection {
  readonly file: string
  protected readonly db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  readonly #listeners = new Set<() => void>()
  protected readonly lifecycle: Lifecycle

  constructor(file: string, db: DatabaseSync) {
    this.file = file
    this.db = db
    this.lifecycle = createLifecycle({ subject: `the SQLite file '${file}'`, stop: () => this.stop() })
  }

  protected abstract stop(): Promise<void>

  prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      if (this.#prepared.size >= preparedLimit) this.#prepared.clear()
      this.#prepared.set(sql, statement)
    }
    return statement
  }

  exec(sql: string): void {
    this.db.exec(sql)
  }

  onChange(listener: () => void): () => void {
    this.lifecycle.assertOpen()
    const own = (): void => listener()
    this.#listeners.add(own)
    this.watchOthers(true)
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.watchOthers(false)
    }
  }

  protected abstract watchOthers(watched: boolean): void

  protected changed(): void {
    for (const listener of this.#listeners) queueMicrotask(listener)
  }

  read<T>(work: (db: SqliteConnection) => T): T {
    this.lifecycle.assertOpen()
    return work(this)
  }

  close(options?: AbortOptions): Promise<void> {
    return this.lifecycle.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** One unit of work in a savepoint of its own. */
  protected apply<T>(work: (db: SqliteConnection) => T): T {
    this.db.exec('savepoint unit')
    try {
      const result = work(this)
      this.db.exec('release unit')
      return result
    } catch (error) {
      // A full disk or an i/o error ends the whole transaction, and with it the savepoint.
      if (this.db.isTransaction) this.db.exec('rollback to unit; release unit')
      throw error
    }
  }
}

/** Nothing to wait for and nobody to share with: every write happens at once. */
class MemoryDatabase extends Connection implements SqliteFile {
  constructor(file: string) {
    super(file, new DatabaseSync(':memory:'))
  }

  async write<T>(work: (db: SqliteConnection) => T, options: AbortOptions = {}): Promise<T> {
    this.lifecycle.assertOpen()
    options.signal?.throwIfAborted()
    const result = this.apply(work)
    this.changed()
    return result
  }

  protected watchOthers(): void {}

  protected async stop(): Promise<void> {
    this.db.close()
  }
}

class WalDatabase extends Connection implements SqliteFile {
  readonly #watch: ChangeWatch
  #queue: QueuedWrite[] = []
  #flushing: Promise<void> | undefined

  constructor(options: SqliteFileOptions) {
    super(options.file, openWal(options))
    this.#watch = new ChangeWatch(this.db, options.file, () => this.changed())
  }

  write<T>(work: (db: SqliteConnection) => T, options: AbortOptions = {}): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.lifecycle.assertOpen()
      options.signal?.throwIfAborted()
      this.#queue.push({ work, resolve, reject })
      this.#flushing ??= this.#flush().catch((error: unknown) => this.#failQueued(error))
    }) as Promise<T>
  }

  override read<T>(work: (db: SqliteConnection) => T): T {
    for (let attempt = 1; ; attempt++) {
      try {
        return super.read(work)
      } catch (error) {
        // Readers of a WAL wait for nobody, except for the moment in which another process recovers or truncates the log.
        if (!isBusy(error) || attempt === 100) throw toStorageError(error, this.file)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      }
    }
  }

  protected watchOthers(watched: boolean): void {
    if (watched) this.#watch.start()
    else this.#watch.stop()
  }

  protected async stop(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing
    this.#watch.stop()
    try {
      this.db.exec('pragma wal_checkpoint(truncate)')
    } catch (error) {
      if (!isBusy(error)) throw toStorageError(error, this.file)
    } finally {
      this.db.close()
    }
  }

  async #flush(): Promise<void> {
    await nextTurn()
    try {
      while (this.#queue.length > 0) {
        const group = await this.#begin()
        if (group !== undefined) this.#commit(group)
      }
    } finally {
      this.#flushing = undefined
    }
  }

  /** Takes the write lock, then whatever is queued by now; on failure the queue is rejected. */
  async #begin(): Promise<QueuedWrite[] | undefined> {
    const givesUpAt = systemClock.monotonic() + lockTimeoutMs
    for (let attempt = 1; ; attempt++) {
      try {
        this.db.exec('begin immediate')
        return this.#take()
      } catch (error) {
        if (!isBusy(error) || systemClock.monotonic() > givesUpAt) {
          this.#failQueued(error)
          return undefined
        }
      }
      if (attempt <= quickRetries) await nextTurn()
      else await systemClock.sleep(systemRandom() * Math.min(longestPauseMs, attempt - quickRetries))
    }
  }

  #failQueued(error: unknown): void {
    const failure = toStorageError(error, this.file)
    for (const write of this.#take()) write.reject(failure)
  }

  #take(): QueuedWrite[] {
    const group = this.#queue
    this.#queue = []
    return group
  }

  /** Runs and commits a group without giving up the thread, so that no reader of this process sees it half done. */
  #commit(group: readonly QueuedWrite[]): void {
    const settle: (() => void)[] = []
    try {
      for (const write of group) {
        try {
          const result = this.apply(write.work)
          settle.push(() => write.resolve(result))
        } catch (error) {
          if (!this.db.isTransaction) throw error
          settle.push(() => write.reject(toStorageError(error, this.file)))
        }
      }
      this.db.exec('commit')
    } catch (error) {
      const failure = toStorageError(error, this.file)
      for (const write of group) write.reject(failure)
      // A rollback that fails, too, is reported by the next write, which cannot begin.
      if (this.db.isTransaction) this.db.exec('rollback')
      return
    }
    for (const done of settle) done()
    this.changed()
  }
}

function openWal(options: SqliteFileOptions): DatabaseSync {
  const { file, durability = 'full' } = options
  try {
    mkdirSync(dirname(file), { recursive: true })
    const db = new DatabaseSync(file, { timeout: 5_000 })
    try {
      const mode = db.prepare('pragma journal_mode = wal').get()?.['journal_mode']
      if (mode !== 'wal') throw noWal(file, mode)
      db.exec(`pragma synchronous = ${durability}; pragma busy_timeout = 0; pragma foreign_keys = off; pragma temp_store = memory`)
      db.prepare('select count(*) from sqlite_master').get()
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    throw isFileSystemError(error) ? unavailable(file, error) : toStorageError(error, file)
  }
}

function noWal(file: string, mode: unknown): HanseError<SqliteErrorCode> {
  return new HanseError(`the SQLite file '${file}' needs write-ahead logging, but its file system gives only '${String(mode)}'. Put it on a local disk.`, {
    code: 'STORAGE_UNAVAILABLE',
  })
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

function unavailable(file: string, error: NodeJS.ErrnoException): HanseError<SqliteErrorCode> {
  return new HanseError(
    `the folder of the SQLite file '${file}' cannot be made or written (${error.code ?? error.message}). Give a path in a writable folder.`,
    { code: 'STORAGE_UNAVAILABLE', cause: error },
  )
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
