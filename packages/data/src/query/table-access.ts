import type { AbortOptions } from '@hanse/core'
import type { KeyOf, NewRow, NextColumn, PartitionOf, PrefixOf, RowOf, StaticRowOf } from '../schema/row.ts'
import type { Table } from '../schema/table.ts'
import type {
  CellColumn,
  Column,
  ColumnCollection,
  ColumnValue,
  ComparableColumn,
  IsConditional,
  IndexedBy,
  IsCounter,
  KeyColumn,
  Order,
  RequiredColumn,
  StaticColumn,
  TableDefinition,
  UniqueColumn,
} from '../schema/table-definition.ts'
import type { CounterChange, ListChange, MapPut, MapRemove, SetChange } from './changes.ts'
import type { Bound, Filter, Operator, WriteStatement } from './statement.ts'

/** Options of a read. */
export interface ReadOptions<Name extends string> extends AbortOptions {
  /**
   * The columns to give.
   * @defaultValue all
   */
  readonly columns?: readonly Name[]
  /**
   * Settles conditional writes to the partition whose outcome nobody knows yet (a writer died, or got no answer) and sees them; every write that was
   * answered is seen without it. Costs a round of Paxos on Cassandra, and readers of one partition hold each other up; nothing on an embedded engine.
   * @defaultValue false
   */
  readonly serial?: boolean
}

/** Options of a read that goes by no key. */
export interface FindOptions<Name extends string> extends AbortOptions {
  /**
   * The columns to give.
   * @defaultValue all
   */
  readonly columns?: readonly Name[]
}

/** Options of a write. */
export interface WriteOptions extends AbortOptions {
  /**
   * How long the cells of this write live, in whole seconds; an update gives a new time only to the cells that it sets.
   * @defaultValue the table's `ttlSeconds`
   */
  readonly ttlSeconds?: number | undefined
}

/** What a conditional write answers. */
export type Applied<Current> =
  | { readonly applied: true }
  /** Nothing was written; `current` is what stood in the way, as it was a moment ago. */
  | { readonly applied: false; readonly current: Current }

/** What `insertIfAbsent` answers on a table with unique columns. */
export type AppliedUnique<Current, Unique extends string> =
  | { readonly applied: true }
  /** `conflict` is the unique column whose value another row holds, or `key` when a row with this key exists. */
  | { readonly applied: false; readonly current: Current; readonly conflict: 'key' | Unique }

/** One page of rows. */
export interface Page<R> {
  /** At most `limit` rows, in order. */
  readonly rows: readonly R[]
  /**
   * A sealed token for the page behind this one; `null` when there is none. Safe to hand to clients. Where the rows end with a full page, Cassandra
   * cannot tell: the page behind it is empty then, and has no next.
   */
  readonly next: string | null
}

/** A write: it runs when it is awaited, or with others in `atomically`. */
export interface Write<T extends Table = Table, Conditional extends boolean = boolean, Result = unknown> extends PromiseLike<Result> {
  /** The table that it writes to. */
  readonly table: T
  /** Whether it depends on what is there. */
  readonly conditional: Conditional
  /** The engine-neutral statement that it stands for. */
  compile(): WriteStatement
}

/** A plain write to a table of conditional rows: awaiting it is an error, a place in a conditional batch is not. */
export interface BatchedWrite<T extends Table = Table> {
  /** The table that it writes to. */
  readonly table: T
  /** It does not depend on what is there. */
  readonly conditional: false
  /** Marks the write as one that needs company. */
  readonly managed: true
  /** The engine-neutral statement that it stands for. */
  compile(): WriteStatement
  /** Not callable: add a condition, or give the write to `atomically` beside a conditional one. */
  then(rowsOfThisTableAreManagedByConditionalWrites: never): never
}

/** A plain write, as its table allows it. */
export type PlainWrite<T extends Table> = IsConditional<T['definition']> extends true ? BatchedWrite<T> : Write<T, false, void>

/** Anything that `atomically` may take. */
export type AnyWrite = Write | BatchedWrite

/** Values that rows are compared with, by column; `null` for "no cell". All must hold. */
export type Equalities<D extends TableDefinition, Among extends string = CellColumn<D>> = {
  readonly [Name in ComparableColumn<D, Among>]?: ColumnValue<D, Name> | null
}

/** Adds conditions to a write. */
export interface Conditions<T extends Table, Current, Among extends string> {
  /** All these columns have these values. */
  if(conditions: Equalities<T['definition'], Among>): ConditionalWrite<T, Current, Among>
  /** One column compares so; a column without a cell fulfils only `!=`. Durations have no order: they are compared by `=` and `!=`. */
  if<Name extends ComparableColumn<T['definition'], Among>>(
    column: Name,
    operator: Operator,
    value: ColumnValue<T['definition'], Name>,
  ): ConditionalWrite<T, Current, Among>
  /**
   * The row exists. Beside comparisons it says nothing new when one of them needs a cell of the row; else it is refused, for CQL cannot say both.
   */
  ifExists(): ConditionalWrite<T, Current, Among>
}

/** A write with conditions; further ones are anded. */
export interface ConditionalWrite<T extends Table, Current, Among extends string>
  extends Write<T, true, Applied<Current | undefined>>, Conditions<T, Current, Among> {}

/** What a column may be set to. */
export type NewValue<D extends TableDefinition, Name extends string> =
  | (IsCounter<D> extends true ? never : ColumnValue<D, Name>)
  | (Name extends RequiredColumn<D> ? never : IsCounter<D> extends true ? never : null)
  | ElementChangeOf<D, Name, ColumnCollection<D, Name>>

type ElementChangeOf<D extends TableDefinition, Name extends string, Kind> = D['fields'][Name] extends 'counter'
  ? CounterChange
  : Kind extends 'list'
    ? ListChange<ElementOf<ColumnValue<D, Name>>>
    : Kind extends 'set'
      ? SetChange<ElementOf<ColumnValue<D, Name>>>
      : Kind extends 'map'
        ? MapPut<ColumnValue<D, Name>> | MapRemove<MapKeyOf<ColumnValue<D, Name>>>
        : never

type ElementOf<Value> = Value extends readonly (infer Element)[] ? Element : never
type MapKeyOf<Value> = Value extends ReadonlyMap<infer Key, unknown> ? Key : string

/** What `set` takes: columns left out or undefined stay, `null` removes. */
export type NewValues<D extends TableDefinition, Among extends string> = {
  readonly [Name in Among]?: NewValue<D, Name> | undefined
}

/** An update that does not yet say what it sets. */
export interface Update<T extends Table, Target extends 'row' | 'static'> {
  /** Says what to set. */
  set(values: NewValues<T['definition'], TargetColumn<T, Target>>): UpdateWrite<T, Target>
}

type TargetColumn<T extends Table, Target> = Target extends 'static' ? StaticColumn<T['definition']> : CellColumn<T['definition']>
type TargetRow<T extends Table, Target> = Target extends 'static' ? StaticRowOf<T['definition']> : RowOf<T['definition']>

/** An update: plain, or conditional once it has a condition. */
export type UpdateWrite<T extends Table, Target extends 'row' | 'static'> =
  IsCounter<T['definition']> extends true ? PlainWrite<T> : PlainWrite<T> & Conditions<T, TargetRow<T, Target>, TargetColumn<T, Target>>

/** A delete of one row: plain, or conditional once it has a condition. */
export type DeleteWrite<T extends Table> =
  IsCounter<T['definition']> extends true ? PlainWrite<T> : PlainWrite<T> & Conditions<T, RowOf<T['definition']>, CellColumn<T['definition']>>

/** A delete of many rows of one partition; bounds make it a slice. */
export type RangeDelete<T extends Table, Next extends string> = PlainWrite<T> & {
  /** Bounds the first clustering column that the key leaves open, from each side once. */
  where<Name extends Next>(column: Name, operator: Bound['operator'], value: ColumnValue<T['definition'], Name>): RangeDelete<T, Next>
}

/** A read of one partition. Awaited it gives every row of the slice; it pages underneath when it is iterated. */
export interface Select<T extends Table, Next extends string, R> extends PromiseLike<readonly R[]>, AsyncIterable<R> {
  /** Bounds the first clustering column that the key leaves open, from each side once. */
  where<Name extends Next>(column: Name, operator: Bound['operator'], value: ColumnValue<T['definition'], Name>): Select<T, Next, R>
  /**
   * The direction of the first clustering column that the key leaves open; further ones turn with it.
   * @defaultValue the declared order
   */
  order(this: [Next] extends [never] ? never : this, direction: Order): Select<T, Next, R>
  /** At most so many rows; for `page`, the rows of one page. From 1 to 10,000 with `page`. */
  limit(rows: number): Select<T, Next, R>
  /**
   * One page, of `limit` rows or 100.
   *
   * @param token - `next` of the page before; nothing for the first
   * @throws HanseError `INVALID_CURSOR` for a token that was forged, cut, or made for another query
   */
  page(token?: string | null): Promise<Page<R>>
}

/** A read of every row of a table, in no promised order. Awaited it gives all rows at once; it pages underneath when it is iterated. */
export interface Scan<R> extends PromiseLike<readonly R[]>, AsyncIterable<R> {
  /** At most so many rows; for `page`, the rows of one page, at most 10,000. */
  limit(rows: number): Scan<R>
  /**
   * One page, of `limit` rows or 100.
   *
   * @param token - `next` of the page before; nothing for the first
   * @throws HanseError `INVALID_CURSOR` for a token that was forged, cut, or made for another query
   */
  page(token?: string | null): Promise<Page<R>>
}

/** A read of the rows that filters on indexed columns find, in no promised order. All filters must hold. */
export interface Find<T extends Table, R> extends PromiseLike<readonly R[]>, AsyncIterable<R> {
  /** One column compares so. Texts, ids and booleans have no ranges. */
  where<Name extends IndexedBy<T['definition'], 'range'>>(
    column: Name,
    operator: Exclude<Filter['operator'], 'contains'>,
    value: ColumnValue<T['definition'], Name>,
  ): Find<T, R>
  /** One column has this value. */
  where<Name extends IndexedBy<T['definition'], 'equal'>>(column: Name, operator: '=', value: ColumnValue<T['definition'], Name>): Find<T, R>
  /** A list or set has this element. */
  where<Name extends IndexedBy<T['definition'], 'contains'>>(
    column: Name,
    operator: 'contains',
    value: ElementOf<ColumnValue<T['definition'], Name>>,
  ): Find<T, R>
  /** At most so many rows; for `page`, the rows of one page, at most 10,000. */
  limit(rows: number): Find<T, R>
  /**
   * One page, of `limit` rows or 100.
   *
   * @param token - `next` of the page before; nothing for the first
   * @throws HanseError `INVALID_CURSOR` for a token that was forged, cut, or made for another query
   */
  page(token?: string | null): Promise<Page<R>>
}

/** Values of indexed columns. All must be equal. */
export type IndexFilters<D extends TableDefinition> = {
  readonly [Name in IndexedBy<D, 'equal' | 'range'>]?: ColumnValue<D, Name> | undefined
}

/** Options of `nearest`. */
export interface NearestOptions<D extends TableDefinition, Name extends string> extends FindOptions<Name> {
  /** How many rows, from 1 to 1,000. */
  readonly limit: number
  /** Only rows whose indexed columns have these values. */
  readonly where?: IndexFilters<D> | undefined
}

/** A row, and how near its vector is. */
export interface NearRow<R> {
  /** The row. */
  readonly row: R
  /** The cosine of the angle between its vector and the asked one, from -1 (opposite) to 1 (same direction), in single precision. */
  readonly similarity: number
}

type NoExtra<Given, Allowed> = { readonly [Name in Exclude<keyof Given, Allowed>]: never }
type InsertResult<T extends Table> = [UniqueColumn<T['definition']>] extends [never]
  ? Applied<RowOf<T['definition']>>
  : AppliedUnique<RowOf<T['definition']> | undefined, UniqueColumn<T['definition']>>

/** Reads that every table offers. */
export interface Reads<T extends Table, D extends TableDefinition = T['definition']> {
  /** The declared table. */
  readonly table: T
  /** One row by its whole key, or `undefined`. */
  get<Name extends Column<D> = Column<D>>(key: KeyOf<D>, options?: ReadOptions<Name>): PromiseLike<Pick<RowOf<D>, Name> | undefined>
  /** Rows of one partition in clustering order: by the partition key, or that and clustering columns in order. */
  select<Prefix extends PrefixOf<D>, Name extends Column<D> = Column<D>>(
    key: Prefix & NoExtra<Prefix, KeyColumn<D>>,
    options?: ReadOptions<Name>,
  ): Select<T, NextColumn<D, keyof Prefix>, Pick<RowOf<D>, Name>>
}

/** Reads that go by no partition key. Each asks every node of a cluster: for jobs, consoles and small results, not for the busiest paths. */
export interface Scans<T extends Table, D extends TableDefinition = T['definition']> {
  /** Every row, in no promised order; for exports and repairs. Rows that are written meanwhile may or may not be seen. */
  scan<Name extends Column<D> = Column<D>>(options?: FindOptions<Name>): Scan<Pick<RowOf<D>, Name>>
}

/** Filters on indexed columns, for tables that have some. */
export interface IndexAccess<T extends Table, D extends TableDefinition = T['definition']> {
  /**
   * Rows by the values of indexed columns; `where` adds ranges, one bound from each side, and `contains`.
   * @throws HanseError `INVALID_ARGUMENT` without any filter
   */
  find<Name extends Column<D> = Column<D>>(filters: IndexFilters<D>, options?: FindOptions<Name>): Find<T, Pick<RowOf<D>, Name>>
}

/** Look-up by nearness, for tables with an indexed vector column. */
export interface NearestAccess<T extends Table, D extends TableDefinition = T['definition']> {
  /**
   * The rows whose vectors are nearest to one, by cosine, nearest first. Exact on the embedded engine, which looks at every vector;
   * approximate on Cassandra, which may miss some, those most whose vector was changed under the same key (seen with 5.0.6 to 5.0.9), and may answer from
   * before the last write of another process.
   *
   * @param vector - as long as the column's vectors, not all zeros
   */
  nearest<Name extends Column<D> = Column<D>>(
    column: IndexedBy<D, 'nearest'>,
    vector: Float32Array,
    options: NearestOptions<D, Name>,
  ): PromiseLike<readonly NearRow<Pick<RowOf<D>, Name>>[]>
}

/** Updates and deletes that every table offers. */
export interface Changes<T extends Table, D extends TableDefinition = T['definition']> {
  /**
   * Changes cells of one row; the row need not exist. Where it sets static columns only, and has conditions, one of them compares a column of the row.
   * @throws HanseError `UNIQUE_CONFLICT` when another row holds a unique value, `VALIDATION_FAILED`
   */
  update(key: KeyOf<D>, options?: WriteOptions): Update<T, 'row'>
  /** Deletes one row. */
  delete(key: KeyOf<D>, options?: AbortOptions): DeleteWrite<T>
  /** Deletes a whole partition with its static columns, or the rows of a clustering prefix. */
  delete<Prefix extends PrefixOf<D>>(key: Prefix & NoExtra<Prefix, KeyColumn<D>>, options?: AbortOptions): RangeDelete<T, NextColumn<D, keyof Prefix>>
}

/** Inserts; tables of counters have none. */
export interface Inserts<T extends Table, D extends TableDefinition = T['definition']> {
  /**
   * Writes the cells given, whether or not the row exists: cells not given stay. A null or absent column writes nothing.
   * @throws HanseError `UNIQUE_CONFLICT` when another row holds a unique value, `VALIDATION_FAILED`
   */
  insert(row: NewRow<D>, options?: WriteOptions): PlainWrite<T>
  /** Inserts only when no row with this key (and none with a unique value of it) exists. */
  insertIfAbsent(row: NewRow<D>, options?: WriteOptions): Write<T, true, InsertResult<T>>
}

/** Access to static columns, for tables that have some. */
export interface StaticAccess<T extends Table, D extends TableDefinition = T['definition']> {
  /** The static columns of a partition, whether or not it has rows; `undefined` when none has a cell. */
  getStatic(key: PartitionOf<D>, options?: AbortOptions): PromiseLike<StaticRowOf<D> | undefined>
  /** The static columns of every partition that has some, in no promised order; for exports and repairs. */
  scanStatic(options?: AbortOptions): Scan<StaticRowOf<D>>
  /** Changes static columns of a partition. */
  updateStatic(key: PartitionOf<D>, options?: WriteOptions): Update<T, 'static'>
}

/** Look-up by unique columns, for tables that have some. */
export interface UniqueAccess<T extends Table, D extends TableDefinition = T['definition']> {
  /** The row that holds a unique value, or `undefined`: one read of the claim, one of the row. */
  getBy<Name extends UniqueColumn<D>>(value: OneOf<D, Name>, options?: AbortOptions): PromiseLike<RowOf<D> | undefined>
}

type OneOf<D extends TableDefinition, Name extends string> = { readonly [Only in Name]: { readonly [Key in Only]: ColumnValue<D, Only> } }[Name]

/** Everything that can be done with a table: nothing that Cassandra could not serve well. */
export type TableAccess<T extends Table> = Reads<T> &
  Scans<T> &
  ([IndexedBy<T['definition'], 'equal' | 'range' | 'contains'>] extends [never] ? unknown : IndexAccess<T>) &
  ([IndexedBy<T['definition'], 'nearest'>] extends [never] ? unknown : NearestAccess<T>) &
  Changes<T> &
  (IsCounter<T['definition']> extends true ? unknown : Inserts<T>) &
  ([StaticColumn<T['definition']>] extends [never] ? unknown : StaticAccess<T>) &
  ([UniqueColumn<T['definition']>] extends [never] ? unknown : UniqueAccess<T>)
