import type { SqliteConnection } from '@hanse/core/sqlite'
import type { ReadResult } from '../engine/data-engine.ts'
import { holds } from '../query/holds.ts'
import type {
  CellChange,
  Condition,
  DeleteStatement,
  InsertStatement,
  ReadStatement,
  ScanStatement,
  SelectStatement,
  UpdateStatement,
  Values,
  WriteStatement,
} from '../query/statement.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import { readScan } from './read-scan.ts'
import { readSlice } from './read-slice.ts'
import { RowStore } from './row-store.ts'
import type { CellColumn, StoredRow } from './stored-row.ts'

/** The name of the SQLite table that holds the static columns of a table. No declared name has a colon. */
export function staticName(table: string): string {
  return `${table}:static`
}

/** Runs statements on one declared table. Everything here is synchronous and happens inside the transaction of the caller. */
export class TableStore {
  readonly #table: TableSchema
  readonly #rows: RowStore
  readonly #statics: RowStore | undefined

  constructor(table: TableSchema) {
    this.#table = table
    this.#rows = new RowStore(table.name, [...table.partitionKey, ...table.clusteringKey], table.regularColumns)
    this.#statics = table.staticColumns.length === 0 ? undefined : new RowStore(staticName(table.name), table.partitionKey, table.staticColumns)
  }

  read(db: SqliteConnection, statement: ReadStatement, now: number): ReadResult {
    return statement.kind === 'scan' ? this.#scan(db, statement, now) : this.#select(db, statement, now)
  }

  #scan(db: SqliteConnection, statement: ScanStatement, now: number): ReadResult {
    if (statement.target === 'static') return this.#statics === undefined ? { rows: [], next: undefined } : readScan(db, this.#statics, statement, now)
    const statics = this.#wantedStatics(statement.columns)
    if (statics.length === 0) return readScan(db, this.#rows, statement, now)
    const keys = this.#table.partitionKey.map(({ name }) => name)
    const { rows, next } = readScan(db, this.#rows, { ...statement, columns: [...new Set([...statement.columns, ...keys])] }, now)
    for (const together of Map.groupBy(rows, (row) => partitionText(this.#table, row)).values()) {
      this.#addStatics(db, together, together[0] ?? {}, statics, now)
    }
    const unasked = keys.filter((name) => !statement.columns.includes(name))
    return { rows: unasked.length === 0 ? rows : rows.map((row) => without(row, unasked)), next }
  }

  #select(db: SqliteConnection, statement: SelectStatement, now: number): ReadResult {
    if (statement.target === 'static') {
      const row = this.#currentStatic(db, statement.key, now)
      return { rows: row === undefined ? [] : [row], next: undefined }
    }
    const rows = readSlice(db, this.#rows, statement, now)
    const statics = this.#wantedStatics(statement.columns)
    if (statics.length > 0 && rows.rows.length > 0) this.#addStatics(db, rows.rows, statement.key, statics, now)
    return rows
  }

  /** Whether the conditions of a write hold. */
  holds(db: SqliteConnection, statement: WriteStatement, now: number): boolean {
    if (statement.kind === 'insert') return !statement.ifAbsent || this.#rows.load(db, statement.row, now) === undefined
    if (statement.conditions.length === 0) return true
    const isStatic = statement.kind === 'update' && statement.target === 'static'
    const row = isStatic ? undefined : this.#rows.load(db, statement.key, now)
    const statics = this.#statics?.load(db, statement.key, now)
    return statement.conditions.every((condition) => {
      if (condition.kind === 'exists') return (isStatic ? statics : row) !== undefined
      return this.#compares(condition, row, statics)
    })
  }

  /** The row, or static part, that a conditional write is about. */
  current(db: SqliteConnection, statement: WriteStatement, now: number): Values | undefined {
    const key = statement.kind === 'insert' ? statement.row : statement.key
    if (statement.kind === 'update' && statement.target === 'static') return this.#currentStatic(db, key, now)
    const row = this.#rows.load(db, key, now)
    if (row === undefined) return undefined
    const values = { ...this.#keyValues(key), ...cellValues(this.#rows, row) }
    if (this.#statics !== undefined) this.#addStatics(db, [values], key, this.#statics.cellColumns, now)
    return values
  }

  apply(db: SqliteConnection, statement: WriteStatement, now: number): void {
    if (statement.kind === 'insert') this.#insert(db, statement, now)
    else if (statement.kind === 'update') this.#update(db, statement, now)
    else this.#delete(db, statement)
  }

  /** The usual conditional insert in one step a store; `undefined` when it must be done the long way. */
  insertIfAbsent(db: SqliteConnection, statement: InsertStatement, now: number): true | undefined {
    const { row, ttlSeconds } = statement
    if (!this.#rows.putIfAbsent(db, row, row, expiry(ttlSeconds, now), now)) return undefined
    this.#insertStatics(db, statement, now)
    return true
  }

  /** The usual conditional update in one step; `undefined` when it must be done the long way, or does not hold. */
  updateIfEqual(db: SqliteConnection, { target, key, changes, conditions, ttlSeconds }: UpdateStatement, now: number): true | undefined {
    const store = target === 'static' ? this.#statics : this.#rows
    const expected = equalities(conditions)
    const cells = wholeCells(changes)
    if (store === undefined || expected === undefined || cells === undefined || !changes.every(({ column }) => store.has(column))) return undefined
    return store.putIfEqual(db, key, cells, expected, expiry(ttlSeconds, now), now) || undefined
  }

  #insert(db: SqliteConnection, statement: InsertStatement, now: number): void {
    const { row, ttlSeconds } = statement
    const expiresAt = expiry(ttlSeconds, now)
    if (!this.#rows.put(db, row, row, true, expiresAt, now)) this.#rows.change(db, row, puts(this.#rows, row), true, expiresAt, now)
    this.#insertStatics(db, statement, now)
  }

  #insertStatics(db: SqliteConnection, { row, ttlSeconds }: InsertStatement, now: number): void {
    if (this.#statics === undefined || !this.#hasStatics(row)) return
    const expiresAt = expiry(ttlSeconds, now)
    if (this.#statics.put(db, row, row, false, expiresAt, now)) return
    this.#statics.change(db, row, puts(this.#statics, row), false, expiresAt, now)
  }

  #update(db: SqliteConnection, { target, key, changes, ttlSeconds }: UpdateStatement, now: number): void {
    const isStatic = (name: string): boolean => this.#table.byName.get(name)?.role === 'static'
    const regular = target === 'static' ? [] : changes.filter((change) => !isStatic(change.column))
    const statics = changes.filter((change) => isStatic(change.column))
    const expiresAt = expiry(ttlSeconds, now)
    if (regular.length > 0) {
      const cells = wholeCells(regular)
      if (cells === undefined || !this.#rows.put(db, key, cells, false, expiresAt, now)) this.#rows.change(db, key, regular, false, expiresAt, now)
    }
    if (statics.length > 0) this.#statics?.change(db, key, statics, false, expiresAt, now)
  }

  #delete(db: SqliteConnection, { key, bounds }: DeleteStatement): void {
    this.#rows.remove(db, key, bounds)
    const wholePartition = bounds.length === 0 && !this.#table.clusteringKey.some((column) => column.name in key)
    if (wholePartition) this.#statics?.remove(db, key, [])
  }

  #compares(condition: Extract<Condition, { readonly kind: 'compare' }>, row: StoredRow | undefined, statics: StoredRow | undefined): boolean {
    const column = this.#table.byName.get(condition.column)
    const [store, source] = column?.role === 'static' ? [this.#statics, statics] : [this.#rows, row]
    const index = store?.cellColumns.findIndex((cell) => cell.column === column) ?? -1
    const held = source?.value(index) ?? null
    if (held === null || condition.value === null) return condition.operator === (held === condition.value ? '=' : '!=')
    return holds(condition.operator, column?.codec.compare(held, condition.value) ?? 0)
  }

  #currentStatic(db: SqliteConnection, key: Values, now: number): Values | undefined {
    const row = this.#statics?.load(db, key, now)
    if (row === undefined || this.#statics === undefined) return undefined
    const partition = this.#table.partitionKey.map((column) => [column.name, key[column.name]])
    return { ...Object.fromEntries(partition), ...cellValues(this.#statics, row) }
  }

  #keyValues(key: Values): Record<string, unknown> {
    return Object.fromEntries(this.#rows.keyColumns.map(({ column }) => [column.name, key[column.name]]))
  }

  #hasStatics(row: Values): boolean {
    return this.#table.staticColumns.some((column) => column.name in row)
  }

  #wantedStatics(columns: readonly string[]): readonly CellColumn[] {
    return this.#statics === undefined ? [] : this.#statics.cellColumns.filter(({ column }) => columns.includes(column.name))
  }

  #addStatics(db: SqliteConnection, rows: readonly Values[], key: Values, wanted: readonly CellColumn[], now: number): void {
    const statics = this.#statics?.load(db, key, now)
    for (const cell of wanted) {
      const value = statics?.value(this.#statics?.cellColumns.indexOf(cell) ?? -1) ?? null
      for (const row of rows) (row as Record<string, unknown>)[cell.column.name] = value
    }
  }
}

function partitionText(table: TableSchema, row: Values): string {
  return JSON.stringify(table.partitionKey.map(({ name, codec }) => codec.toJson(row[name])))
}

function without(row: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))
}

function cellValues(store: RowStore, row: StoredRow): Values {
  return Object.fromEntries(store.cellColumns.map(({ column }, index) => [column.name, row.value(index)]))
}

function puts(store: RowStore, row: Values): { readonly column: string; readonly kind: 'put'; readonly value: unknown }[] {
  return store.cellColumns.flatMap(({ column }) => (column.name in row ? [{ column: column.name, kind: 'put' as const, value: row[column.name] }] : []))
}

/** The cells that changes write whole; `undefined` when one of them is of another kind. */
function wholeCells(changes: readonly CellChange[]): Values | undefined {
  const cells: Record<string, unknown> = {}
  for (const change of changes) {
    if (change.kind !== 'put') return undefined
    cells[change.column] = change.value
  }
  return cells
}

/** The values that conditions ask for; `undefined` when they ask for anything else, or twice for one column. */
function equalities(conditions: readonly Condition[]): ReadonlyMap<string, unknown> | undefined {
  const expected = new Map<string, unknown>()
  for (const condition of conditions) {
    if (condition.kind !== 'compare' || condition.operator !== '=' || expected.has(condition.column)) return undefined
    expected.set(condition.column, condition.value)
  }
  return expected
}

function expiry(ttlSeconds: number | undefined, now: number): number {
  return ttlSeconds === undefined ? 0 : now + ttlSeconds * 1_000
}
