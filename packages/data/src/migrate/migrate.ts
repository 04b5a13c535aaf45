import { HanseError, backoffMs, createDeadline, generateId as systemGenerateId, resolveBackoff, safeLogger, systemClock, systemRandom } from '@hanse/core'
import type { AbortOptions, Clock, GenerateId, Logger } from '@hanse/core'
import { createDatabase } from '../database.ts'
import type { Database } from '../database.ts'
import type { DataEngine } from '../engine/data-engine.ts'
import { differencesOf } from '../engine/prepare-tables.ts'
import type { SchemaDifference } from '../engine/schema-change.ts'
import type { DataErrorCode } from '../errors.ts'
import { pageKeys } from '../page/page-key.ts'
import type { Table } from '../schema/table.ts'
import { table } from '../schema/table.ts'
import { claimsTable } from '../unique/claim-store.ts'
import { checksum, pendingMigrations, sortMigrations } from './migration.ts'
import type { AppliedMigration, Migration } from './migration.ts'

/** One partition a scope: what has run as rows, and who is running as static columns. */
const migrationsTable = table('hanse_data_migrations', {
  fields: { scope: 'text', id: 'text', checksum: 'text', applied_at: 'timestamp', lock_owner: 'uuid', locked_until: 'timestamp' },
  key: [['scope'], 'id'],
  static: ['lock_owner', 'locked_until'],
  conditional: true,
})

/** The tables that this package itself needs: a store that was migrated has them, so that start only has to look. */
const ownTables = { migrations: migrationsTable, claims: claimsTable, pageKeys }

/** Options of {@link migrate}. */
export interface MigrateOptions extends AbortOptions {
  /** Where to run. It is started and closed here: give an engine of its own. */
  readonly engine: DataEngine
  /** All migrations there ever were, in any order. */
  readonly migrations: readonly Migration[]
  /**
   * Keeps apart the migrations of services that share a store.
   * @defaultValue 'main'
   */
  readonly scope?: string
  /**
   * How long to wait for another runner, in milliseconds.
   * @defaultValue 60000
   */
  readonly lockTimeoutMs?: number
  /** @defaultValue the system's clock */
  readonly clock?: Clock
  /** @defaultValue UUIDv7 */
  readonly generateId?: GenerateId
  /** @defaultValue silent */
  readonly logger?: Logger
}

/** What {@link migrate} did. */
export interface MigrateReport {
  /** The ids that ran now, in order. */
  readonly applied: readonly string[]
  /** The ids that had run before. */
  readonly alreadyApplied: readonly string[]
}

const lockMs = 30_000
const waiting = resolveBackoff({ initialMs: 20, maxMs: 500 })

/**
 * Brings a store's schema up to date. Of any number of runners at once one works and the others wait, then find nothing to do.
 * A runner that dies is followed by another after 30 seconds; changes are idempotent, so a half-done migration is done again from its start.
 *
 * @throws HanseError `MIGRATION_FAILED`, `MIGRATION_LOCKED`
 */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const runner = new Runner(options)
  try {
    return await runner.run()
  } finally {
    await runner.close()
  }
}

class Runner {
  readonly #engine: DataEngine
  readonly #db: Database<typeof ownTables>
  readonly #migrations: readonly Migration[]
  readonly #scope: string
  readonly #lockTimeoutMs: number
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #owner: string
  readonly #signal: AbortSignal | undefined

  constructor(options: MigrateOptions) {
    const { engine, migrations, scope = 'main', lockTimeoutMs = 60_000, clock = systemClock, generateId = systemGenerateId, logger } = options
    this.#engine = engine
    this.#db = createDatabase({ engine, tables: ownTables, schema: 'create', clock, generateId })
    this.#migrations = sortMigrations(migrations)
    this.#scope = scope
    this.#lockTimeoutMs = lockTimeoutMs
    this.#clock = clock
    this.#logger = safeLogger(logger)
    this.#owner = generateId()
    this.#signal = options.signal
  }

  async run(): Promise<MigrateReport> {
    await this.#lock()
    try {
      const before = await this.#applied()
      const pending = pendingMigrations(this.#migrations, before)
      for (const migration of pending) await this.#apply(migration)
      return { applied: pending.map(({ id }) => id), alreadyApplied: before.map(({ id }) => id) }
    } finally {
      await this.#unlock()
    }
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  async #applied(): Promise<readonly AppliedMigration[]> {
    const rows = await this.#db.migrations.select({ scope: this.#scope })
    return rows.map(({ id, checksum: kept }) => ({ id, checksum: kept ?? '' }))
  }

  async #apply(migration: Migration): Promise<void> {
    const { id, changes } = migration
    for (const change of changes) {
      await this.#renew()
      try {
        await this.#engine.alter([change], this.#abort())
      } catch (cause) {
        throw new HanseError<DataErrorCode>(
          `migration '${id}' failed at ${change.kind} of table '${change.table}'. What it did before stays; it will start again from its first change.`,
          {
            code: 'MIGRATION_FAILED',
            cause,
            details: { id, change: change.kind, table: change.table },
          },
        )
      }
    }
    const kept = await this.#db.migrations
      .update({ scope: this.#scope, id })
      .set({ checksum: checksum(migration), applied_at: new Date(this.#clock.now()) })
      .if({ lock_owner: this.#owner })
    if (!kept.applied) throw lockLost(id)
    this.#logger.info({ migration: id, changes: changes.length }, 'migration applied')
  }

  async #lock(): Promise<void> {
    const signal = this.#signal
    using deadline = createDeadline({
      timeoutMs: this.#lockTimeoutMs,
      subject: 'waiting for the migration lock',
      clock: this.#clock,
      ...(signal === undefined ? {} : { signal }),
    })
    for (let attempt = 1; !(await this.#isLockTaken()); attempt++) {
      try {
        await this.#clock.sleep(backoffMs(waiting, attempt, systemRandom), { signal: deadline.signal })
      } catch (cause) {
        signal?.throwIfAborted()
        throw new HanseError<DataErrorCode>(`another process held the migration lock of '${this.#scope}' for longer than ${this.#lockTimeoutMs} ms.`, {
          code: 'MIGRATION_LOCKED',
          retryable: true,
          cause,
        })
      }
    }
  }

  /** A store that is busy, with twenty runners at this one row, say, is asked again until the time is up. */
  async #isLockTaken(): Promise<boolean> {
    try {
      return await this.#tryLock()
    } catch (error) {
      if (!HanseError.hasCode(error, 'ENGINE_FAILED') || !error.retryable) throw error
      this.#logger.warn({ err: error, scope: this.#scope }, 'the migration lock could not be asked for; trying again')
      return false
    }
  }

  async #tryLock(): Promise<boolean> {
    const key = { scope: this.#scope }
    const now = this.#clock.now()
    const held = await this.#db.migrations.getStatic(key, this.#abort())
    const until = held?.locked_until?.getTime() ?? 0
    const isFree = held?.lock_owner === undefined || held.lock_owner === null || until <= now
    // Its own: an earlier try whose answer was lost.
    if (!isFree && held.lock_owner !== this.#owner) return false
    const taken = await this.#db.migrations
      .updateStatic(key)
      .set({ lock_owner: this.#owner, locked_until: new Date(now + lockMs) })
      .if({ lock_owner: held?.lock_owner ?? null, locked_until: held?.locked_until ?? null })
    return taken.applied
  }

  /** Every change starts with a lock that has its whole time before it. */
  async #renew(): Promise<void> {
    const renewed = await this.#db.migrations
      .updateStatic({ scope: this.#scope })
      .set({ locked_until: new Date(this.#clock.now() + lockMs) })
      .if({ lock_owner: this.#owner })
    if (!renewed.applied) throw lockLost(this.#scope)
  }

  async #unlock(): Promise<void> {
    await this.#db.migrations.updateStatic({ scope: this.#scope }).set({ lock_owner: null, locked_until: null }).if({ lock_owner: this.#owner })
  }

  #abort(): AbortOptions {
    return this.#signal === undefined ? {} : { signal: this.#signal }
  }
}

function lockLost(what: string): HanseError<DataErrorCode> {
  return new HanseError(`the migration lock was lost to another process while '${what}' was running; start again.`, {
    code: 'MIGRATION_LOCKED',
    retryable: true,
  })
}

/** Options of {@link verify}. */
export interface VerifyOptions extends AbortOptions {
  /** Where to look. It is started and closed here: give an engine of its own. */
  readonly engine: DataEngine
  /** The declared tables. */
  readonly tables: readonly Table[]
}

/** Names every way in which a store's schema differs from the declared tables; empty when it does not. Changes nothing. */
export async function verify({ engine, tables, signal }: VerifyOptions): Promise<readonly Omit<SchemaDifference, 'change'>[]> {
  const options = signal === undefined ? {} : { signal }
  try {
    await engine.start(options)
    const found = await differencesOf(
      engine,
      tables.map(({ schema }) => schema),
      options,
    )
    return found.map(({ table: name, problem }) => ({ table: name, problem }))
  } finally {
    await engine.close()
  }
}
