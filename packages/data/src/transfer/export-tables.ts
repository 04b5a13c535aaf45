import type { AbortOptions } from '@hanse/core'
import type { Database } from '../database.ts'
import type { Table } from '../schema/table.ts'
import { columnsOf, encodeCells } from './cells.ts'
import { formatName, formatVersion } from './export-reader.ts'
import type { ExportedCounts } from './export-reader.ts'
import { LineChain } from './line-chain.ts'
import { shapeOf } from './table-shape.ts'
import { openTransfer } from './transfer-access.ts'
import type { TransferTable } from './transfer-access.ts'

/**
 * Reads whole tables as text that {@link importTables} of any engine takes: to move a system from the embedded engine to a cluster, or back.
 *
 * The text is JSON Lines: a first line with the format, its version and the columns of the tables; a line for each row and for the static columns
 * of each partition; a last line with the counts. Each line ends with a check over itself and everything before it. Values are exact.
 *
 * It is no snapshot: what is written meanwhile may or may not be in it. Stop the writers first. How long cells still had to live is not exported
 * (see `ttlSeconds` of {@link ImportOptions}). `unique` values are claimed anew by the import, so `systemTables` stay where they are.
 *
 * @returns the lines, each with its line feed; they can be read once. Nothing is read before they are asked for
 * @throws HanseError `UNSUPPORTED` for a table of counters, which could not be imported twice without counting twice
 *
 * @example
 * ```ts
 * await pipeline(exportTables(db, [users, orders]), createWriteStream('shop.jsonl'))
 * ```
 */
export function exportTables(db: Database, tables: readonly Table[], options: AbortOptions = {}): AsyncIterable<string> {
  return exportLines(openTransfer(db, tables, 'exportTables').tables, options)
}

async function* exportLines(tables: readonly TransferTable[], options: AbortOptions): AsyncGenerator<string> {
  const chain = new LineChain()
  const end: Record<string, ExportedCounts> = {}
  yield chain.seal({ format: formatName, version: formatVersion, tables: tables.map(({ schema }) => shapeOf(schema)) })
  for (const table of tables) {
    const name = table.schema.name
    const counts = { rows: 0, static: 0 }
    for await (const row of exportRows(table, options)) {
      counts.rows++
      yield chain.seal({ table: name, row })
    }
    for await (const statics of exportStatics(table, options)) {
      counts.static++
      yield chain.seal({ table: name, static: statics })
    }
    end[name] = counts
  }
  yield chain.seal({ end })
}

async function* exportRows({ schema, access }: TransferTable, options: AbortOptions) {
  const columns = columnsOf(schema, 'rows')
  for await (const row of access.scan({ ...options, columns: columns.map(({ name }) => name) })) yield encodeCells(columns, row)
}

async function* exportStatics({ schema, access }: TransferTable, options: AbortOptions) {
  if (schema.staticColumns.length === 0) return
  const columns = columnsOf(schema, 'static')
  for await (const statics of access.scanStatic(options)) yield encodeCells(columns, statics)
}
