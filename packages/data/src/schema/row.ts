import type { Table } from './table.ts'
import type {
  CellColumn,
  ClusteringTuple,
  Column,
  ColumnValue,
  KeyColumn,
  PartitionColumn,
  RequiredColumn,
  StaticColumn,
  TableDefinition,
} from './table-definition.ts'

/** A row of a table as it is read: key and required columns are there, every other is `null` when it has no cell. */
export type Row<T extends Table> = RowOf<T['definition']>

/** {@link Row}, from the definition. */
export type RowOf<D extends TableDefinition> = {
  readonly [Name in Column<D>]: Name extends KeyColumn<D> | RequiredColumn<D> ? ColumnValue<D, Name> : ColumnValue<D, Name> | null
}

/** A row as it is inserted: key and required columns must be given; a column left out, undefined or null writes nothing. */
export type NewRow<D extends TableDefinition> = {
  readonly [Name in KeyColumn<D> | RequiredColumn<D>]: ColumnValue<D, Name>
} & {
  readonly [Name in Exclude<CellColumn<D>, RequiredColumn<D>>]?: ColumnValue<D, Name> | null | undefined
}

/** The whole primary key. */
export type KeyOf<D extends TableDefinition> = { readonly [Name in KeyColumn<D>]: ColumnValue<D, Name> }

/** The partition key. */
export type PartitionOf<D extends TableDefinition> = { readonly [Name in PartitionColumn<D>]: ColumnValue<D, Name> }

/** The partition key and its static columns. */
export type StaticRowOf<D extends TableDefinition> = {
  readonly [Name in PartitionColumn<D> | StaticColumn<D>]: Name extends PartitionColumn<D> ? ColumnValue<D, Name> : ColumnValue<D, Name> | null
}

/** The partition key and any number of clustering columns in order, without a gap. */
export type PrefixOf<D extends TableDefinition> = PartitionOf<D> & ClusteringPrefix<D, ClusteringTuple<D>>

type ClusteringPrefix<D extends TableDefinition, Rest extends readonly string[]> = Rest extends readonly [
  infer First extends string,
  ...infer More extends readonly string[],
]
  ? { readonly [Name in Rest[number]]?: never } | ({ readonly [Name in First]: ColumnValue<D, Name> } & ClusteringPrefix<D, More>)
  : unknown

/** The first clustering column that a prefix leaves open; `never` when it leaves none. */
export type NextColumn<D extends TableDefinition, Given, Rest extends readonly string[] = ClusteringTuple<D>> = Rest extends readonly [
  infer First extends string,
  ...infer More extends readonly string[],
]
  ? First extends Given
    ? NextColumn<D, Given, More>
    : First
  : never
