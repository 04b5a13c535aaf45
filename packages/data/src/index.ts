export { createDatabase } from './database.ts'
export type { BatchResult, CheckedBatch, Database, DatabaseCore, DatabaseOptions, StatementMessage, TableSet } from './database.ts'
export type { DataCapability, DataEngine, ReadResult, WriteResult } from './engine/data-engine.ts'
export type { EngineColumn, EngineSchema, SchemaChange, SchemaDifference } from './engine/schema-change.ts'
export { dataErrorCodes } from './errors.ts'
export type { DataErrorCode } from './errors.ts'
export { migrate, verify } from './migrate/migrate.ts'
export type { MigrateOptions, MigrateReport, VerifyOptions } from './migrate/migrate.ts'
export { addColumn, createTable, defineMigration, dropColumn, dropTable } from './migrate/migration.ts'
export type { Migration } from './migrate/migration.ts'
export { addToSet, append, increment, prepend, putEntries, removeEntries, removeFromSet } from './query/changes.ts'
export type { CounterChange, ElementChange, ListChange, MapPut, MapRemove, SetChange } from './query/changes.ts'
export type {
  Bound,
  CellChange,
  Condition,
  DeleteStatement,
  InsertStatement,
  Operator,
  SelectStatement,
  Statement,
  UpdateStatement,
  Values,
  WriteStatement,
} from './query/statement.ts'
export type {
  AnyWrite,
  Applied,
  AppliedUnique,
  BatchedWrite,
  Page,
  PlainWrite,
  ReadOptions,
  Select,
  TableAccess,
  Write,
  WriteOptions,
} from './query/table-access.ts'
export type { CqlType } from './schema/cql-type.ts'
export type { KeyOf, NewRow, Row, RowOf } from './schema/row.ts'
export { table } from './schema/table.ts'
export { sqlite } from './sqlite/sqlite.ts'
export type { SqliteOptions } from './sqlite/sqlite.ts'
export type { Table } from './schema/table.ts'
export type { Order, TableDefinition } from './schema/table-definition.ts'
export type { ColumnRole, ColumnSchema, TableSchema } from './schema/table-schema.ts'
export type { Json, ValueCodec } from './schema/value-codec.ts'
export type { UserTypes } from './schema/value-of.ts'
