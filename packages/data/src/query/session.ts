import type { AbortOptions } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'
import type { ReadResult, WriteResult } from '../engine/data-engine.ts'
import type { ReadStatement, Values, WriteStatement } from './statement.ts'

/** What the builders need of a database. */
export interface Session {
  /** Reads one page. */
  read(statement: ReadStatement, options: AbortOptions): Promise<ReadResult>
  /** Validates, claims unique values and writes. */
  write(statements: readonly WriteStatement[], options: AbortOptions): Promise<WriteResult>
  /** The row that holds a unique value. */
  findUnique(table: TableSchema, column: string, value: unknown, options: AbortOptions): Promise<Values | undefined>
  /** Makes a page token of an engine's position. */
  seal(statement: ReadStatement, position: Uint8Array): Promise<string>
  /** Turns a page token back, when it belongs to this query. */
  unseal(statement: ReadStatement, token: string): Promise<Uint8Array>
}
