import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { SqliteConnection } from '@hanse/core/sqlite'
import type { Bound, CellChange, Values } from '../query/statement.ts'
import type { ColumnSchema } from '../schema/table-schema.ts'
import { columnStorage } from './column-storage.ts'
import type { ColumnStorage } from './column-storage.ts'
import { expiryForAll, expiryOf, isComparedBySqlite, readExpiry } from './cell-expiry.ts'
import { StoredRow, cellColumn } from './stored-row.ts'
import type { CellColumn } from './stored-row.ts'

/** A key column and how it is kept. */
interface KeyColumn {
  readonly column: ColumnSchema
  readonly storage: ColumnStorage
}

/** Which rows to read: of one partition, or of all when the key is empty. */
export interface Slice {
  readonly key: Values
  readonly bounds: readonly Bound[]
  readonly reversed: boolean
  /** The values, in the columns that the key leaves open, of the row to go on behind. */
  readonly after: Values | undefined
  /** Cells that must have these values, as SQLite keeps them. */
  readonly equal?: readonly { readonly column: string; readonly value: SQLInputValue }[]
}

/** How a kind of slice is read; made once and kept. */
export interface ScanPlan {
  readonly statement: StatementSync
  /** The asked cells, in the order in which they follow the key columns. */
  readonly cells: readonly CellColumn[]
  /** Which of the key columns are asked. */
  readonly keys: readonly boolean[]
}

const expiredPerWrite = 8
const statementLimit = 200
const restMs = 1_000

/** Quotes a name that was checked to have no quotes. */
export function quoted(name: string): string {
  return `"${name}"`
}

/**
 * One SQLite table: the rows, or the static parts, of a declared table.
 * It is `WITHOUT ROWID` and keyed by the primary key, so that a partition is one range of the tree in clustering order.
 */
export class RowStore {
  readonly name: string
  readonly keyColumns: readonly KeyColumn[]
  readonly cellColumns: readonly CellColumn[]
  readonly #wide: boolean
  readonly #statements = new Map<string, StatementSync>()
  readonly #plans = new Map<string, Map<string, ScanPlan>>()
  #lastColumns: readonly string[] = []
  #nothingExpiredAt = Number.NEGATIVE_INFINITY
  #lastPlans = new Map<string, ScanPlan>()
  readonly #keyMatch: string
  readonly #loadSql: string
  readonly #saveSql: string

  constructor(name: string, keyColumns: readonly ColumnSchema[], cells: readonly ColumnSchema[]) {
    this.name = quoted(name)
    this.keyColumns = keyColumns.map((column) => ({ column, storage: columnStorage(column) }))
    this.cellColumns = cells.map(cellColumn)
    this.#wide = [...this.keyColumns, ...this.cellColumns].some(({ storage }) => storage.wide === true)
    const keyNames = keyColumns.map((column) => quoted(column.name))
    const cellNames = [...cells.map((column) => quoted(column.name)), 'hanse_marker', 'hanse_expiry', 'hanse_soonest']
    this.#keyMatch = keyNames.map((key) => `${key} = ?`).join(' and ')
    this.#loadSql = `select ${cellNames.join(', ')} from ${this.name} where ${this.#keyMatch}`
    this.#saveSql = `insert or replace into ${this.name} (${[...keyNames, ...cellNames].join(', ')}) values (${[...keyNames, ...cellNames].map(() => '?').join(', ')})`
  }

  /** Whether a cell of this name is kept here. */
  has(name: string): boolean {
    return this.cellColumns.some(({ column }) => column.name === name)
  }

  /** SQLite's values of the key, as far as it goes. */
  keyParameters(key: Values): SQLInputValue[] {
    const parameters: SQLInputValue[] = []
    for (const { column, storage } of this.keyColumns) {
      const value = key[column.name]
      if (value === undefined) break
      parameters.push(storage.toSql(value))
    }
    return parameters
  }

  /**
   * Writes whole cells in one statement, when nothing of the row has expired; `false` when it must be done the long way.
   * With a time to live the soonest expiry may then be too early, never too late: clearing away sets it right.
   */
  put(db: SqliteConnection, key: Values, cells: Values, marked: boolean, expiresAt: number, now: number): boolean {
    const written = this.#writtenCells(cells)
    if (expiresAt === 0) return this.#run(db, this.#putSql(written, marked), [...this.keyParameters(key), ...written.map(toParameter, cells)])
    if (written.some(({ collection }) => collection)) return false
    const parameters = [...this.keyParameters(key), ...written.map(toParameter, cells), ...(marked ? [expiresAt] : [])]
    const done = this.#run(db, this.#putForTimeSql(written, marked), [...parameters, expiryForAll(expiresAt), expiresAt, expiryOf(written, expiresAt), now])
    if (done) this.#dropExpired(db, now)
    return done
  }

  /** Inserts a row when there is none, expired or not. */
  putIfAbsent(db: SqliteConnection, key: Values, cells: Values, expiresAt: number, now: number): boolean {
    const written = this.#writtenCells(cells)
    const parameters = [...this.keyParameters(key), ...written.map(toParameter, cells)]
    if (expiresAt === 0) return this.#run(db, `${this.#insertSql(written, true)} on conflict do nothing`, parameters)
    if (written.some(({ collection }) => collection)) return false
    const sql = `${this.#insertForTimeSql(written, true)} on conflict do nothing`
    const done = this.#run(db, sql, [...parameters, expiresAt, expiryForAll(expiresAt), expiresAt])
    if (done) this.#dropExpired(db, now)
    return done
  }

  /**
   * Changes whole cells of a row when cells have the expected values, in one statement.
   * `false` when they have not, or when it must be done the long way to know.
   */
  putIfEqual(db: SqliteConnection, key: Values, cells: Values, expected: ReadonlyMap<string, unknown>, expiresAt: number, now: number): boolean {
    const written = this.#writtenCells(cells)
    const compared = this.cellColumns.filter(({ column }) => expected.has(column.name))
    if (compared.length < expected.size || !compared.every(({ column }) => isComparedBySqlite(column))) return false
    if (written.some(({ collection }) => collection)) return false
    const sets = written.map(({ column }) => `${quoted(column.name)} = ?`)
    const life = expiresAt === 0 ? [] : [expiryOf(written, expiresAt), expiresAt, expiresAt]
    if (expiresAt !== 0) sets.push(`hanse_expiry = json_patch(coalesce(hanse_expiry, '{}'), ?)`, 'hanse_soonest = min(coalesce(hanse_soonest, ?), ?)')
    const equal = compared.map(({ column }) => `${quoted(column.name)} is ?`)
    const alive = expiresAt === 0 ? 'hanse_soonest is null' : '(hanse_soonest is null or hanse_soonest > ?)'
    const sql = `update ${this.name} set ${sets.join(', ')} where ${[this.#keyMatch, ...equal, alive].join(' and ')}`
    const wanted = compared.map(({ column, storage }) => {
      const value = expected.get(column.name) ?? null
      return value === null ? null : storage.toSql(value)
    })
    const parameters = [...written.map(toParameter, cells), ...life, ...this.keyParameters(key), ...wanted, ...(expiresAt === 0 ? [] : [now])]
    const done = this.#run(db, sql, parameters)
    if (done && expiresAt !== 0) this.#dropExpired(db, now)
    return done
  }

  #writtenCells(cells: Values): readonly CellColumn[] {
    return this.cellColumns.filter(({ column }) => cells[column.name] !== undefined)
  }

  #run(db: SqliteConnection, sql: string, parameters: readonly SQLInputValue[]): boolean {
    return Number(this.#prepare(db, sql).run(...parameters).changes) > 0
  }

  /** The row as it is now; `undefined` when it does not exist. */
  load(db: SqliteConnection, key: Values, now: number): StoredRow | undefined {
    const raw = this.#prepare(db, this.#loadSql).get(...this.keyParameters(key)) as SQLOutputValue[] | undefined
    if (raw === undefined) return undefined
    const soonest = raw.pop() ?? null
    const expiry = raw.pop() ?? null
    const marker = raw.pop() ?? null
    const row = new StoredRow(
      this.cellColumns,
      raw,
      marker === null ? null : Number(marker),
      expiry === null ? {} : readExpiry(expiry as string, this.cellColumns, raw),
    )
    if (soonest !== null && Number(soonest) <= now) row.expire(now)
    return row.exists ? row : undefined
  }

  /** Keeps a row, or drops it when nothing of it is left. */
  save(db: SqliteConnection, key: Values, row: StoredRow): void {
    if (row.exists) this.#prepare(db, this.#saveSql).run(...this.keyParameters(key), ...row.parameters())
    else this.remove(db, key, [])
  }

  /** Loads, changes, keeps. */
  change(db: SqliteConnection, key: Values, changes: readonly CellChange[], marked: boolean, expiresAt: number, now: number): void {
    const row = this.load(db, key, now) ?? StoredRow.empty(this.cellColumns)
    if (marked) row.mark(expiresAt)
    for (const change of changes) row.apply(change, expiresAt)
    this.save(db, key, row)
    if (expiresAt !== 0) this.#dropExpired(db, now)
  }

  /** Removes the row, or all rows under a prefix of the key and within bounds. */
  remove(db: SqliteConnection, key: Values, bounds: readonly Bound[]): void {
    const parameters = this.keyParameters(key)
    const matches = this.keyColumns.slice(0, parameters.length).map(({ column }) => `${quoted(column.name)} = ?`)
    const limits = bounds.map(({ column, operator }) => `${quoted(column)} ${operator} ?`)
    this.#prepare(db, `delete from ${this.name} where ${[...matches, ...limits].join(' and ')}`).run(...parameters, ...this.#boundParameters(bounds))
  }

  /** Raw rows of a slice: all key columns, the asked cells, the soonest expiry. */
  scan(plan: ScanPlan, slice: Slice, limit: number): SQLOutputValue[][] {
    const parameters = this.keyParameters(slice.key)
    if (slice.bounds.length > 0) parameters.push(...this.#boundParameters(slice.bounds))
    if (slice.after !== undefined) parameters.push(...this.#afterParameters(slice))
    for (const { value } of slice.equal ?? []) parameters.push(value)
    // With `setReturnArrays` a row is an array, which the types of node:sqlite do not say.
    return plan.statement.all(...parameters, limit) as unknown as SQLOutputValue[][]
  }

  /** How to read a slice. */
  plan(db: SqliteConnection, columns: readonly string[], slice: Slice): ScanPlan {
    const plans = this.#plansFor(columns)
    let kind = `${Object.keys(slice.key).length}${slice.reversed ? 'r' : ''}${slice.after === undefined ? '' : 'a'}`
    for (const { operator } of slice.bounds) kind += operator
    for (const { column } of slice.equal ?? []) kind += ` ${column}`
    let plan = plans.get(kind)
    if (plan === undefined) {
      const cells = this.cellColumns.filter(({ column }) => columns.includes(column.name))
      const keys = this.keyColumns.map(({ column }) => columns.includes(column.name))
      plan = { statement: this.#prepare(db, this.#scanSql(cells, slice)), cells, keys }
      plans.set(kind, plan)
    }
    return plan
  }

  /** A select without a choice of columns always has the same array, which is found faster than a text can be made of it. */
  #plansFor(columns: readonly string[]): Map<string, ScanPlan> {
    if (columns === this.#lastColumns) return this.#lastPlans
    const text = columns.join()
    const plans = this.#plans.get(text) ?? new Map<string, ScanPlan>()
    this.#plans.set(text, plans)
    this.#lastColumns = columns
    this.#lastPlans = plans
    return plans
  }

  #prepare(db: SqliteConnection, sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      if (this.#statements.size >= statementLimit) this.#forget()
      statement = db.prepare(sql)
      statement.setReturnArrays(true)
      if (this.#wide) statement.setReadBigInts(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Statements differ by the columns they name; a program that names ever other ones must not fill the memory. */
  #forget(): void {
    this.#statements.clear()
    this.#plans.clear()
    this.#lastColumns = []
  }

  #insertSql(cells: readonly CellColumn[], marked: boolean): string {
    const columns = this.#columnNames(cells)
    const marks = columns.map(() => '?').join(', ')
    return `insert into ${this.name} (${columns.join(', ')}${marked ? ', hanse_marker' : ''}) values (${marks}${marked ? ', 0' : ''})`
  }

  #putSql(cells: readonly CellColumn[], marked: boolean): string {
    const sets = [...setsOf(cells), ...(marked ? ['hanse_marker = 0'] : [])]
    return `${this.#insertSql(cells, marked)} on conflict do update set ${sets.join(', ')} where hanse_soonest is null`
  }

  #insertForTimeSql(cells: readonly CellColumn[], marked: boolean): string {
    const columns = [...this.#columnNames(cells), ...(marked ? ['hanse_marker'] : []), 'hanse_expiry', 'hanse_soonest']
    return `insert into ${this.name} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
  }

  #putForTimeSql(cells: readonly CellColumn[], marked: boolean): string {
    const sets = [
      ...setsOf(cells),
      ...(marked ? ['hanse_marker = excluded.hanse_marker'] : []),
      `hanse_expiry = json_patch(coalesce(hanse_expiry, '{}'), ?)`,
      'hanse_soonest = min(coalesce(hanse_soonest, excluded.hanse_soonest), excluded.hanse_soonest)',
    ]
    return `${this.#insertForTimeSql(cells, marked)} on conflict do update set ${sets.join(', ')} where hanse_soonest is null or hanse_soonest > ?`
  }

  #columnNames(cells: readonly CellColumn[]): string[] {
    return [...this.keyColumns, ...cells].map(({ column }) => quoted(column.name))
  }

  #scanSql(columns: readonly CellColumn[], { key, bounds, reversed, after, equal = [] }: Slice): string {
    const given = this.keyColumns.filter(({ column }) => column.name in key)
    const open = this.keyColumns.slice(given.length)
    const wanted = [...this.keyColumns, ...columns].map(({ column }) => quoted(column.name))
    const matches = given.map(({ column }) => `${quoted(column.name)} = ?`)
    const limits = bounds.map(({ column, operator }) => `${quoted(column)} ${operator} ?`)
    const behind = after === undefined ? [] : [behindSql(open, reversed)]
    const order = open.map(({ column }) => `${quoted(column.name)} ${(column.order === 'asc') === reversed ? 'desc' : 'asc'}`)
    const orderBy = order.length === 0 ? '' : ` order by ${order.join(', ')}`
    const conditions = [...matches, ...limits, ...behind, ...equal.map(({ column }) => `${quoted(column)} = ?`)]
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    return `select ${wanted.join(', ')}, hanse_soonest from ${this.name}${where}${orderBy} limit ?`
  }

  #boundParameters(bounds: readonly Bound[]): SQLInputValue[] {
    return bounds.map(({ column, value }) => {
      const key = this.keyColumns.find((candidate) => candidate.column.name === column)
      return key === undefined ? null : key.storage.toSql(value)
    })
  }

  /** The parameters of {@link behindSql}: 1, then 1 and 2, then 1, 2 and 3, …, and the first once more before all. */
  #afterParameters({ key, after }: Slice): SQLInputValue[] {
    if (after === undefined) return []
    const open = this.keyColumns.filter(({ column }) => !(column.name in key))
    const values = open.map(({ column, storage }) => storage.toSql(after[column.name]))
    return [...values.slice(0, 1), ...values.flatMap((_, index) => values.slice(0, index + 1))]
  }

  /** Each write with a time to live clears away some rows whose time is over, so that they never pile up. */
  #dropExpired(db: SqliteConnection, now: number): void {
    // Looking costs as much as the write itself; when nothing was over, the next look can wait a moment (of whichever direction the clock goes).
    if (Math.abs(now - this.#nothingExpiredAt) < restMs) return
    const keys = this.keyColumns.map(({ column }) => quoted(column.name)).join(', ')
    const sql = `select ${keys} from ${this.name} where hanse_soonest <= ? limit ${expiredPerWrite}`
    const expired = this.#prepare(db, sql).all(now) as unknown as SQLOutputValue[][]
    if (expired.length === 0) this.#nothingExpiredAt = now
    for (const raw of expired) {
      const key = Object.fromEntries(this.keyColumns.map(({ column, storage }, index) => [column.name, storage.fromSql(raw[index] ?? null)]))
      this.save(db, key, this.load(db, key, now) ?? StoredRow.empty(this.cellColumns))
    }
  }
}

/** The parameter of a cell; its values are `this`, so that no function is made for each write. */
function toParameter(this: Values, { column, storage }: CellColumn): SQLInputValue {
  return storage.toSql(this[column.name])
}

function setsOf(cells: readonly CellColumn[]): string[] {
  return cells.map(({ column }) => `${quoted(column.name)} = excluded.${quoted(column.name)}`)
}

/**
 * The condition for rows behind a position. Directions may be mixed, so it is spelt out column by column;
 * the bound on the first column, though implied, is what lets SQLite start in the right place of the tree.
 */
function behindSql(open: readonly KeyColumn[], reversed: boolean): string {
  const operator = ({ column }: KeyColumn): string => ((column.order === 'asc') === reversed ? '<' : '>')
  const names = open.map(({ column }) => quoted(column.name))
  const terms = open.map((column, index) => [...names.slice(0, index).map((name) => `${name} = ?`), `${names[index]} ${operator(column)} ?`].join(' and '))
  const [first] = open
  const start = first === undefined ? '' : `${names[0]} ${operator(first)}= ? and `
  return `(${start}(${terms.map((term) => `(${term})`).join(' or ')}))`
}
