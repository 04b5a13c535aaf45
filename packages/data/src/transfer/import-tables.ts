import { HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Database } from '../database.ts'
import type { DataErrorCode } from '../errors.ts'
import type { WriteOptions } from '../query/table-access.ts'
import { checkTtlSeconds } from '../schema/table-schema.ts'
import type { Table } from '../schema/table.ts'
import { Tally, columnsOf, decodeCells } from './cells.ts'
import { ExportReader } from './export-reader.ts'
import type { ExportedLine } from './export-reader.ts'
import { forEachLimited } from './for-each-limited.ts'
import { invalidExport } from './line-chain.ts'
import { shapeDifferences } from './table-shape.ts'
import { openTransfer } from './transfer-access.ts'
import type { TransferTable } from './transfer-access.ts'
import { assertImportable, refusedRow, writeRow, writeStatic } from './write-cells.ts'

/** Options of {@link importTables}. */
export interface ImportOptions extends AbortOptions {
  /**
   * How many writes are under way at once, from 1 to 1,024.
   * @defaultValue 32
   */
  readonly concurrency?: number
  /**
   * How long imported cells live, in whole seconds. An export does not know how long they still had.
   * @defaultValue the `ttlSeconds` of each table, so for ever where there is none
   */
  readonly ttlSeconds?: number
  /**
   * Whether the tables may hold rows that the export does not have. With `refuse` the tables are read at the end, and must hold what the export holds,
   * value for value, and nothing else; with `allow` they are not read.
   * @defaultValue 'refuse'
   */
  readonly otherRows?: 'refuse' | 'allow'
}

/** What an import did with one table. */
export interface ImportedTable {
  /** Rows of the export. */
  readonly rows: number
  /** Partitions with static columns of the export. */
  readonly static: number
  /** How many of both were written; the others were there already, equal. */
  readonly written: number
}

/** What {@link importTables} answers: what became of each table, by its name. */
export type ImportReport = Readonly<Record<string, ImportedTable>>

/**
 * Writes what {@link exportTables} read, through the ordinary writes of each table: validated, unique values claimed, rows of `conditional` tables
 * by conditional inserts.
 *
 * - **Checked first**: columns, types and keys of the export and of the tables given must be the same, or nothing is written.
 * - **Idempotent**: a row that is there already, equal, is left alone. An import that was interrupted is run again from the start.
 * - **Never overwrites**: a row that is there with other values ends the import.
 * - **Verified**: see `otherRows`.
 *
 * A row that only updates had made is inserted, so it no longer goes away with the last of its cells. Nothing else may write to the tables meanwhile.
 *
 * @param source - the text, in chunks of any size: `createReadStream(file)`, or `exportTables(…)` of another database itself
 * @throws HanseError `INVALID_EXPORT` for text that was cut off or changed, `SCHEMA_MISMATCH` naming every difference before the first write,
 * `IMPORT_CONFLICT` when the tables hold other data, `UNSUPPORTED` for counters, `VALIDATION_FAILED`
 *
 * @example
 * ```ts
 * const report = await importTables(db, [users, orders], createReadStream('shop.jsonl'))
 * ```
 */
export async function importTables(
  db: Database,
  tables: readonly Table[],
  source: AsyncIterable<string | Uint8Array>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const settings = resolve(options)
  const transfer = openTransfer(db, tables, 'importTables')
  for (const { schema } of transfer.tables) assertImportable(schema)
  const reader = await ExportReader.open(source)
  try {
    assertSameShape(transfer.tables, reader)
    await transfer.db.start(settings.abort)
    const targets = await Promise.all(transfer.tables.map((table) => Target.open(table, settings)))
    const byName = new Map(targets.map((target) => [target.name, target]))
    await forEachLimited(reader.rows(), settings.concurrency, async (line) => targetOf(byName, line).write(line))
    for (const target of targets) await target.verify(reader)
    return Object.fromEntries(targets.map((target) => [target.name, target.report()]))
  } finally {
    await reader.close()
  }
}

interface Settings {
  readonly abort: AbortOptions
  readonly write: WriteOptions
  readonly concurrency: number
  readonly otherRows: 'refuse' | 'allow'
}

function resolve({ concurrency = 32, ttlSeconds, otherRows = 'refuse', signal }: ImportOptions): Settings {
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 1_024))
    throw invalidArgument("option 'concurrency' of importTables", 'a whole number from 1 to 1024', concurrency)
  if (otherRows !== 'refuse' && otherRows !== 'allow') throw invalidArgument("option 'otherRows' of importTables", "'refuse' or 'allow'", otherRows)
  const abort = signal === undefined ? {} : { signal }
  return { abort, write: { ...abort, ttlSeconds: checkTtlSeconds(ttlSeconds, "option 'ttlSeconds' of importTables") }, concurrency, otherRows }
}

function assertSameShape(tables: readonly TransferTable[], reader: ExportReader): void {
  const differences = shapeDifferences(
    tables.map(({ schema }) => schema),
    reader.tables,
  )
  if (differences.length === 0) return
  const listed = differences.map(({ table, problem }) => `table '${table}': ${problem}`).join('; ')
  throw new HanseError<DataErrorCode>(
    `the export does not fit the tables given to importTables, and nothing was written: ${listed}. Import it into tables of the same columns, and migrate those.`,
    {
      code: 'SCHEMA_MISMATCH',
      details: { differences },
    },
  )
}

function targetOf(targets: ReadonlyMap<string, Target>, { table }: ExportedLine): Target {
  const target = targets.get(table)
  if (target === undefined) throw invalidExport(`it has a row of '${table}', which its first line does not name`)
  return target
}

/** A table that is filled. */
class Target {
  readonly #table: TransferTable
  readonly #settings: Settings
  readonly #mayHold: { readonly rows: boolean; readonly static: boolean }
  readonly #given = { rows: new Tally(), static: new Tally() }
  #written = 0

  private constructor(table: TransferTable, settings: Settings, mayHold: { readonly rows: boolean; readonly static: boolean }) {
    this.#table = table
    this.#settings = settings
    this.#mayHold = mayHold
  }

  static async open(table: TransferTable, settings: Settings): Promise<Target> {
    const { schema, access } = table
    const columns = [...schema.partitionKey, ...schema.clusteringKey].map(({ name }) => name)
    const rows = await access.scan({ ...settings.abort, columns }).limit(1)
    const statics = schema.staticColumns.length === 0 ? [] : await access.scanStatic(settings.abort).limit(1)
    return new Target(table, settings, { rows: rows.length > 0, static: statics.length > 0 })
  }

  get name(): string {
    return this.#table.schema.name
  }

  async write({ target, cells }: ExportedLine): Promise<void> {
    const columns = columnsOf(this.#table.schema, target)
    const values = decodeCells(columns, cells)
    this.#given[target].add(columns, values)
    const write = target === 'rows' ? writeRow : writeStatic
    try {
      if (await write(this.#table, values, this.#mayHold[target], this.#settings.write)) this.#written++
    } catch (error) {
      throw refusedRow(this.#table.schema, columns, values, error)
    }
  }

  /** Counts what came against the last line, and what is there against what came. */
  async verify(reader: ExportReader): Promise<void> {
    const { rows, static: statics } = reader.counts(this.name)
    if (rows !== this.#given.rows.count || statics !== this.#given.static.count)
      throw invalidExport(
        `its last line counts ${rows} rows and ${statics} partitions of '${this.name}', but ${this.#given.rows.count} and ${this.#given.static.count} came`,
      )
    if (this.#settings.otherRows === 'allow') return
    const { schema, access } = this.#table
    const columns = columnsOf(schema, 'rows')
    await this.#compare('rows', access.scan({ ...this.#settings.abort, columns: columns.map(({ name }) => name) }))
    if (schema.staticColumns.length > 0) await this.#compare('static', access.scanStatic(this.#settings.abort))
  }

  async #compare(target: 'rows' | 'static', held: AsyncIterable<Readonly<Record<string, unknown>>>): Promise<void> {
    const columns = columnsOf(this.#table.schema, target)
    const found = new Tally()
    for await (const values of held) found.add(columns, values)
    const given = this.#given[target]
    if (given.equals(found)) return
    const what = target === 'rows' ? 'rows' : 'partitions with static columns'
    const difference =
      given.count === found.count ? `${given.count} ${what}, as in the export, but with other values` : `${found.count} ${what}, the export has ${given.count}`
    throw new HanseError<DataErrorCode>(
      `table '${this.name}' holds ${difference}. Everything of the export was written: look for what else is in the table or writes to it, or import with otherRows: 'allow'.`,
      { code: 'IMPORT_CONFLICT', details: { table: this.name, expected: given.count, found: found.count } },
    )
  }

  report(): ImportedTable {
    return { rows: this.#given.rows.count, static: this.#given.static.count, written: this.#written }
  }
}
