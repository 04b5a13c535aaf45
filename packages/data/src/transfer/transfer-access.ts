import { HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Database } from '../database.ts'
import type { DataErrorCode } from '../errors.ts'
import type { Values } from '../query/statement.ts'
import type { WriteOptions } from '../query/table-access.ts'
import type { Table } from '../schema/table.ts'
import type { TableSchema } from '../schema/table-schema.ts'

/** What a conditional write answers, of any table. */
export type AnyApplied = { readonly applied: true } | { readonly applied: false; readonly current: Values | undefined; readonly conflict?: string }

/** The part of a table's access that moves rows, over plain values. */
export interface TransferAccess {
  scan(options: AbortOptions & { readonly columns: readonly string[] }): AsyncIterable<Values> & { limit(rows: number): PromiseLike<readonly Values[]> }
  scanStatic(options: AbortOptions): AsyncIterable<Values> & { limit(rows: number): PromiseLike<readonly Values[]> }
  get(key: Values, options: AbortOptions & { readonly columns: readonly string[] }): PromiseLike<Values | undefined>
  getStatic(key: Values, options: AbortOptions): PromiseLike<Values | undefined>
  insert(row: Values, options: WriteOptions): PromiseLike<void>
  insertIfAbsent(row: Values, options: WriteOptions): PromiseLike<AnyApplied>
  updateStatic(key: Values, options: WriteOptions): { set(values: Values): PromiseLike<void> & { if(conditions: Values): PromiseLike<AnyApplied> } }
}

/** A table that rows are moved from or to. */
export interface TransferTable {
  readonly schema: TableSchema
  readonly access: TransferAccess
}

/** The tables of a database, opened for a transfer. */
export interface Transfer {
  readonly db: Database
  readonly tables: readonly TransferTable[]
}

/**
 * Opens tables for a transfer.
 * @throws HanseError `INVALID_ARGUMENT` for none or one that is named twice, `UNSUPPORTED` for counters
 */
export function openTransfer(db: Database, tables: readonly Table[], verb: string): Transfer {
  if (tables.length === 0) throw invalidArgument(`the tables of ${verb}`, 'at least one', tables)
  const named = new Set<string>()
  for (const { name, schema } of tables) {
    if (named.has(name)) throw invalidArgument(`the tables of ${verb}`, 'each given once', name)
    named.add(name)
    if (schema.counter) throw countersStay(name, verb)
  }
  const extended = db.extend(Object.fromEntries(tables.map((table) => [keyOf(table), table])))
  return { db: extended, tables: tables.map((table) => ({ schema: table.schema, access: accessOf(extended, table) })) }
}

function accessOf(db: Database<Record<string, Table>>, table: Table): TransferAccess {
  // The types of an access follow from its table, and here a table is any; the builders check at run time what the types would forbid.
  return db[keyOf(table)] as unknown as TransferAccess
}

/** A name that no table of the database itself has. */
function keyOf(table: Table): string {
  return `transfer of ${table.name}`
}

function countersStay(table: string, verb: string): HanseError<DataErrorCode> {
  return new HanseError(
    `${verb} cannot take '${table}': its columns are counters, which can only be added to, so that an import that is run again would count twice. Leave it out, and add its values once with increment().`,
    { code: 'UNSUPPORTED', details: { table } },
  )
}
