import type { AbortOptions } from '@hanse/core'
import type { Table } from '../schema/table.ts'
import type { Session } from './session.ts'
import { FindBuilder, NearestStatement, ScanBuilder } from './scan-builder.ts'
import type { NearestAsked } from './scan-builder.ts'
import { GetStatement, GetStaticStatement, SelectBuilder } from './select-builder.ts'
import type { Values } from './statement.ts'
import type { FindOptions, ReadOptions, TableAccess, WriteOptions } from './table-access.ts'
import { FindUniqueStatement } from './find-unique-statement.ts'
import { DeleteBuilder, InsertBuilder, UpdateBuilder } from './write-builder.ts'

/** The access to one table of a database. */
export function createAccess<T extends Table>(session: Session, table: T): TableAccess<T> {
  const { schema } = table
  const update = (target: 'row' | 'static') => (key: Values, options?: WriteOptions) => ({
    set: (values: Values) => new UpdateBuilder(session, table, target, key, values, options),
  })
  const access = {
    table,
    get: (key: Values, options?: ReadOptions<string>) => new GetStatement(session, schema, key, options),
    select: (key: Values, options: ReadOptions<string> = {}) =>
      new SelectBuilder(session, schema, { key, options, bounds: [], direction: undefined, limit: undefined }),
    scan: (options?: FindOptions<string>) => new ScanBuilder(session, schema, 'rows', options),
    scanStatic: (options?: AbortOptions) => new ScanBuilder(session, schema, 'static', options),
    find: (equal: Values, options: FindOptions<string> = {}) => new FindBuilder(session, schema, { equal, further: [], limit: undefined, options }),
    nearest: (column: string, vector: unknown, asked: NearestAsked) => new NearestStatement(session, schema, column, vector, asked),
    insert: (row: Values, options?: WriteOptions) => new InsertBuilder(session, table, row, false, options),
    insertIfAbsent: (row: Values, options?: WriteOptions) => new InsertBuilder(session, table, row, true, options),
    update: update('row'),
    updateStatic: update('static'),
    delete: (key: Values, options?: AbortOptions) => new DeleteBuilder(session, table, key, options),
    getStatic: (key: Values, options?: AbortOptions) => new GetStaticStatement(session, schema, key, options),
    getBy: (value: Values, options?: AbortOptions) => new FindUniqueStatement(session, schema, value, options),
  }
  // The builders work on plain values and check at run time what the types forbid; the types of one table are put over them here, once.
  return access as unknown as TableAccess<T>
}
