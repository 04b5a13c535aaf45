import type { TableSchema } from '../schema/table-schema.ts'

/** Canonical values by column. */
export type Values = Readonly<Record<string, unknown>>

/** How a condition or a slice compares. */
export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='

/** A bound on the first clustering column that a slice leaves open. */
export interface Bound {
  /** The clustering column. */
  readonly column: string
  /** Which side it bounds, and whether the value itself is within. */
  readonly operator: Exclude<Operator, '=' | '!='>
  /** A canonical value. */
  readonly value: unknown
}

/** What must hold for a conditional write. `null` as the value stands for "no cell". */
export type Condition =
  | { readonly kind: 'exists' }
  | { readonly kind: 'compare'; readonly column: string; readonly operator: Operator; readonly value: unknown }

/** What happens to one column. The value of a `put` is never null or an empty unfrozen collection: those are a `remove`. */
export type CellChange =
  | {
      readonly column: string
      readonly kind: 'put' | 'append' | 'prepend' | 'addToSet' | 'removeFromSet' | 'putEntries' | 'removeEntries' | 'increment'
      readonly value: unknown
    }
  | { readonly column: string; readonly kind: 'remove' }

/** Reads rows of one partition in clustering order. */
export interface SelectStatement {
  /** Tells the statements apart. */
  readonly kind: 'select'
  /** The table. */
  readonly table: TableSchema
  /** Rows, or the static columns of the partition (at most one result, whether or not the partition has rows). */
  readonly target: 'rows' | 'static'
  /** The columns to give, never empty. */
  readonly columns: readonly string[]
  /** All partition columns, and clustering columns in order without a gap. */
  readonly key: Values
  /** All must hold. */
  readonly bounds: readonly Bound[]
  /** Whether to go against the declared clustering order. */
  readonly reversed: boolean
  /** At most so many rows; there may be a next page behind them. */
  readonly limit: number
  /** Goes on behind the page that gave this position. */
  readonly from: Uint8Array | undefined
  /** Whether conditional writes that are under way must be settled first. */
  readonly serial?: boolean
  /** A read may always be repeated. */
  readonly idempotent: true
}

/** What a scan asks of an indexed column. */
export interface Filter {
  /** A column with an index. */
  readonly column: string
  /** How its cell compares; a row without a cell in the column never matches. `contains` looks into a list or set. */
  readonly operator: Exclude<Operator, '!='> | 'contains'
  /** A canonical value of the column; for `contains`, of its elements. */
  readonly value: unknown
}

/** Orders a scan by nearness to a vector. */
export interface Nearest {
  /** A vector column with an index. */
  readonly column: string
  /** As long as the column's vectors, and not all zeros. */
  readonly vector: Float32Array
}

/** The name under which a scan with {@link Nearest} gives the cosine, from -1 to 1, of each row's vector and the asked one. */
export const similarityColumn = 'hanse_similarity'

/** Reads rows of all partitions, in no promised order: every row, or those that filters on indexed columns find. */
export interface ScanStatement {
  /** Tells the statements apart. */
  readonly kind: 'scan'
  /** The table. */
  readonly table: TableSchema
  /** Rows, or the static columns of each partition that has some. */
  readonly target: 'rows' | 'static'
  /** The columns to give, never empty. */
  readonly columns: readonly string[]
  /** All must hold; none for every row. */
  readonly filters: readonly Filter[]
  /** Nearest first, and no page behind the first; a row without a vector is left out. An engine may miss some of the nearest (see its documentation). */
  readonly nearest?: Nearest | undefined
  /** At most so many rows; without `nearest` there may be a next page behind them. */
  readonly limit: number
  /** Goes on behind the page that gave this position. */
  readonly from: Uint8Array | undefined
  /** A read may always be repeated. */
  readonly idempotent: true
}

/** A statement that reads. */
export type ReadStatement = SelectStatement | ScanStatement

/** Writes cells of one row and marks the row as existing. */
export interface InsertStatement {
  /** Tells the statements apart. */
  readonly kind: 'insert'
  /** The table. */
  readonly table: TableSchema
  /** The whole key, and the cells to write: no nulls, no empty unfrozen collections. */
  readonly row: Values
  /** Only when the row does not exist. */
  readonly ifAbsent: boolean
  /** How long the cells and the row marker live; for ever when undefined. */
  readonly ttlSeconds: number | undefined
  /** Whether running it twice is the same as running it once. */
  readonly idempotent: boolean
}

/** Changes cells of one row, or of the static part of a partition; the row exists as long as one of its cells does. */
export interface UpdateStatement {
  /** Tells the statements apart. */
  readonly kind: 'update'
  /** The table. */
  readonly table: TableSchema
  /** What is changed: a row, or the static part of its partition. */
  readonly target: 'row' | 'static'
  /** The whole key; for `static` the partition key. */
  readonly key: Values
  /** At most one a column, never empty. */
  readonly changes: readonly CellChange[]
  /** All must hold; empty for a plain write. */
  readonly conditions: readonly Condition[]
  /** How long the written cells live; for ever when undefined. */
  readonly ttlSeconds: number | undefined
  /** Whether running it twice is the same as running it once. */
  readonly idempotent: boolean
}

/** Deletes one row (the whole key), or every row of a partition, a clustering prefix or a slice of it. A whole partition goes with its static columns. */
export interface DeleteStatement {
  /** Tells the statements apart. */
  readonly kind: 'delete'
  /** The table. */
  readonly table: TableSchema
  /** All partition columns, and clustering columns in order without a gap. */
  readonly key: Values
  /** All must hold; only without the whole key. */
  readonly bounds: readonly Bound[]
  /** All must hold; only with the whole key. */
  readonly conditions: readonly Condition[]
  /** Whether running it twice is the same as running it once. */
  readonly idempotent: boolean
}

/** A statement that writes. */
export type WriteStatement = InsertStatement | UpdateStatement | DeleteStatement

/** Any statement: plain data in canonical values, with nothing of any engine in it. */
export type Statement = ReadStatement | WriteStatement

/** Whether a write depends on what is there. */
export function isConditional(statement: WriteStatement): boolean {
  return statement.kind === 'insert' ? statement.ifAbsent : statement.conditions.length > 0
}

/** The key columns of a write, from a row or a key. */
export function keyOf(statement: WriteStatement): Values {
  return statement.kind === 'insert' ? statement.row : statement.key
}
