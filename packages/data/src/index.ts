export { createDatabase } from './database.ts'
export type { BatchResult, CheckedBatch, Database, DatabaseCore, DatabaseOptions, StatementMessage, TableSet } from './database.ts'
export type { DataCapability, DataEngine, ReadResult, WriteResult } from './engine/data-engine.ts'
export type { EngineColumn, EngineSchema, SchemaChange, SchemaDifference } from './engine/schema-change.ts'
export { dataErrorCodes } from './errors.ts'
export type { DataErrorCode } from './errors.ts'
export { migrate, verify } from './migrate/migrate.ts'
export type { MigrateOptions, MigrateReport, VerifyOptions } from './migrate/migrate.ts'
export { addColumn, createIndex, createTable, defineMigration, dropColumn, dropIndex, dropTable } from './migrate/migration.ts'
export type { AddColumnOptions, Migration } from './migrate/migration.ts'
export { addToSet, append, increment, prepend, putEntries, removeEntries, removeFromSet } from './query/changes.ts'
export type { CounterChange, ElementChange, ListChange, MapPut, MapRemove, SetChange } from './query/changes.ts'
export type {
  Bound,
  CellChange,
  Condition,
  DeleteStatement,
  Filter,
  InsertStatement,
  Nearest,
  Operator,
  ReadStatement,
  ScanStatement,
  SelectStatement,
  Statement,
  UpdateStatement,
  Values,
  WriteStatement,
} from './query/statement.ts'
export { similarityColumn } from './query/statement.ts'
export type {
  AnyWrite,
  Applied,
  AppliedUnique,
  BatchedWrite,
  Changes,
  ConditionalWrite,
  Conditions,
  DeleteWrite,
  Equalities,
  Find,
  FindOptions,
  IndexAccess,
  IndexFilters,
  Inserts,
  NearestAccess,
  NearestOptions,
  NearRow,
  NewValue,
  NewValues,
  Page,
  PlainWrite,
  RangeDelete,
  ReadOptions,
  Reads,
  Scan,
  Scans,
  Select,
  StaticAccess,
  TableAccess,
  UniqueAccess,
  Update,
  UpdateWrite,
  Write,
  WriteOptions,
} from './query/table-access.ts'
export type { CqlType } from './schema/cql-type.ts'
export type { KeyOf, NewRow, NextColumn, PartitionOf, PrefixOf, Row, RowOf, StaticRowOf } from './schema/row.ts'
export { table } from './schema/table.ts'
export type { Table } from './schema/table.ts'
export type {
  CellColumn,
  CheckedDefinition,
  ClusteringTuple,
  Column,
  ColumnCollection,
  ColumnValue,
  ComparableColumn,
  IndexableColumn,
  IndexedBy,
  IndexUse,
  IsConditional,
  IsCounter,
  KeyColumn,
  Order,
  PartitionColumn,
  RequiredColumn,
  StaticColumn,
  TableDefinition,
  UniqueColumn,
} from './schema/table-definition.ts'
export type { ColumnRole, ColumnSchema, TableSchema } from './schema/table-schema.ts'
export type { Json, ValueCodec } from './schema/value-codec.ts'
export type { CollectionKind, ScalarName, ScalarValues, UserTypes, ValueOf } from './schema/value-of.ts'
export { systemTables } from './system-tables.ts'
export { sqlite } from './sqlite/sqlite.ts'
export type { SqliteOptions } from './sqlite/sqlite.ts'
export { exportTables } from './transfer/export-tables.ts'
export { importTables } from './transfer/import-tables.ts'
export type { ImportOptions, ImportReport, ImportedTable } from './transfer/import-tables.ts'
