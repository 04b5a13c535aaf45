import type { Schema } from '@hanse/core'
import type { EqualName, RangedName } from './indexed-type.ts'
import type { CollectionKind, Trim, UserTypes, ValueOf } from './value-of.ts'

/** The direction of a clustering column. */
export type Order = 'asc' | 'desc'

/** What `table()` takes. */
export interface TableDefinition {
  /** Column names (lower case, digits, underscores) and their CQL types. */
  readonly fields: Readonly<Record<string, string>>
  /**
   * The primary key as in CQL: first the partition key (one column, or several in brackets), then the clustering columns.
   * `['id']`, `[['tenant', 'day'], 'placed_at']`.
   */
  readonly key: readonly [string | readonly string[], ...(readonly string[])]
  /**
   * The direction of clustering columns.
   * @defaultValue 'asc' for each
   */
  readonly order?: Readonly<Record<string, Order>>
  /** Columns with one value a partition; needs clustering columns. */
  readonly static?: readonly string[]
  /** Columns that an insert must give, that cannot be removed, and that are never null in a row. */
  readonly required?: readonly string[]
  /** Columns whose value no two rows may share; held by conditional claims. Adds `getBy`. */
  readonly unique?: readonly string[]
  /**
   * Columns outside the key with an index: they can be looked for by `find`, vectors by `nearest`. For plain types other than blob, duration and counter,
   * lists and sets of them, and vectors of two or more dimensions. An engine that has no indexes refuses the table by name; Cassandra has them from 5.0 (SAI).
   */
  readonly indexes?: readonly string[]
  /** User-defined types, by name; used as `frozen<name>`. */
  readonly types?: UserTypes
  /** Checked before any write is sent: inserted rows whole, updates in the columns they set. It checks; it does not change values. */
  readonly validate?: Schema | undefined
  /** How long written cells live when a write names no time of its own, in whole seconds. */
  readonly ttlSeconds?: number | undefined
  /**
   * Rows are managed by conditional writes only: a plain write may not be awaited, only be part of a conditional batch.
   * @defaultValue false
   */
  readonly conditional?: boolean
}

type TypesOf<D extends TableDefinition> = D['types'] extends UserTypes ? D['types'] : Record<never, never>
type Item<List> = List extends readonly (infer Name extends string)[] ? Name : never

/** All columns. */
export type Column<D extends TableDefinition> = keyof D['fields'] & string
/** The columns of the partition key. */
export type PartitionColumn<D extends TableDefinition> = D['key'][0] extends readonly (infer Name extends string)[] ? Name : Extract<D['key'][0], string>
/** The clustering columns, in order. */
export type ClusteringTuple<D extends TableDefinition> = D['key'] extends readonly [unknown, ...infer Rest extends readonly string[]] ? Rest : []
/** The columns of the primary key. */
export type KeyColumn<D extends TableDefinition> = PartitionColumn<D> | ClusteringTuple<D>[number]
/** The static columns. */
export type StaticColumn<D extends TableDefinition> = Item<D['static']>
/** The columns outside the key. */
export type CellColumn<D extends TableDefinition> = Exclude<Column<D>, KeyColumn<D>>
/** The columns that are never null. */
export type RequiredColumn<D extends TableDefinition> = Item<D['required']>
/** The columns with a unique value. */
export type UniqueColumn<D extends TableDefinition> = Item<D['unique']>
/** The JavaScript type of a column. */
export type ColumnValue<D extends TableDefinition, Name extends string> = D['fields'][Name] extends infer Text extends string
  ? ValueOf<Text, TypesOf<D>>
  : never
/** How a column is written: `list`, `set` or `map` element by element, everything else as a whole. */
export type ColumnCollection<D extends TableDefinition, Name extends string> = D['fields'][Name] extends infer Text extends string
  ? CollectionKind<Text>
  : 'none'
/** The columns that a condition can look at: outside the key, no unfrozen collection, no counter. */
export type ComparableColumn<D extends TableDefinition, Among extends string = CellColumn<D>> = {
  [Name in Among]: ColumnCollection<D, Name> extends 'none' ? (D['fields'][Name] extends 'counter' ? never : Name) : never
}[Among]
/** What an index on a column can be asked; `never` when its type cannot have one. */
export type IndexUse<Text extends string> =
  Lowercase<Trim<Text>> extends RangedName
    ? 'range'
    : Lowercase<Trim<Text>> extends EqualName
      ? 'equal'
      : Lowercase<Trim<Text>> extends `vector<${string}>`
        ? 'nearest'
        : Lowercase<Trim<Text>> extends `${'list' | 'set'}<${infer Of}>`
          ? Trim<Of> extends RangedName | EqualName
            ? 'contains'
            : never
          : never

/** The columns that can have an index. */
export type IndexableColumn<D extends TableDefinition> = {
  [Name in Exclude<CellColumn<D>, StaticColumn<D>>]: [IndexUse<D['fields'][Name] & string>] extends [never] ? never : Name
}[Exclude<CellColumn<D>, StaticColumn<D>>]
/** The columns with an index that can be asked so. */
export type IndexedBy<D extends TableDefinition, Use extends 'equal' | 'range' | 'contains' | 'nearest'> = {
  [Name in Item<D['indexes']> & keyof D['fields'] & string]: IndexUse<D['fields'][Name] & string> extends Use ? Name : never
}[Item<D['indexes']> & keyof D['fields'] & string]
/** Whether rows are managed by conditional writes only. */
export type IsConditional<D extends TableDefinition> = D['conditional'] extends true ? true : false
/** Whether the table holds counters. */
export type IsCounter<D extends TableDefinition> = 'counter' extends D['fields'][Column<D>] ? (string extends D['fields'][Column<D>] ? false : true) : false

/** What a definition must fulfil beyond its shape; each broken rule shows as a message in place of the value. */
export interface CheckedDefinition<D extends TableDefinition> {
  readonly fields: {
    readonly [Name in keyof D['fields']]: [ValueOf<D['fields'][Name], TypesOf<D>>] extends [never] ? `'${D['fields'][Name]}' is no CQL type` : unknown
  }
  readonly key: CheckedKey<D['key'], Column<D>>
  readonly order?: { readonly [Name in keyof D['order']]: Name extends ClusteringTuple<D>[number] ? unknown : 'only clustering columns have an order' }
  readonly static?: CheckedNames<D['static'], CellColumn<D>, 'a static column is a declared column outside the key'>
  readonly required?: CheckedNames<
    D['required'],
    Exclude<CellColumn<D>, StaticColumn<D>>,
    'a required column is a declared column outside the key, and not static'
  >
  readonly unique?: CheckedNames<D['unique'], Exclude<CellColumn<D>, StaticColumn<D>>, 'a unique column is a declared column outside the key, and not static'>
  readonly indexes?: CheckedNames<
    D['indexes'],
    IndexableColumn<D>,
    'an index needs a declared column outside the key, not static, of a type that can be told apart'
  >
}

type CheckedNames<List, Allowed extends string, Message extends string> = List extends readonly string[]
  ? { readonly [Index in keyof List]: List[Index] extends Allowed ? List[Index] : Message }
  : unknown

type CheckedKey<Key extends readonly unknown[], Allowed extends string> = {
  readonly [Index in keyof Key]: Key[Index] extends readonly string[]
    ? CheckedNames<Key[Index], Allowed, 'a key column must be a declared column'>
    : Key[Index] extends Allowed
      ? Key[Index]
      : 'a key column must be a declared column'
}
