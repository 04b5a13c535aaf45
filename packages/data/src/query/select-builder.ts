import { HanseError, describe, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Order } from '../schema/table-definition.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { compileKey, keyColumnValue } from './compile-key.ts'
import { LazyStatement } from './lazy-statement.ts'
import type { Session } from './session.ts'
import type { Bound, SelectStatement, Values } from './statement.ts'
import type { Page, ReadOptions } from './table-access.ts'

const boundOperators: ReadonlySet<string> = new Set<Bound['operator']>(['<', '<=', '>', '>='])
const defaultPageRows = 100
const longestPageRows = 10_000
const rowsPerRead = 1_000

/** What a select was asked so far. */
interface Asked {
  readonly key: Values
  readonly options: ReadOptions<string>
  readonly bounds: readonly { readonly column: string; readonly operator: Bound['operator']; readonly value: unknown }[]
  readonly direction: Order | undefined
  readonly limit: number | undefined
}

/** Reads one row by its whole key. */
export class GetStatement extends LazyStatement<Values | undefined> {
  readonly #session: Session
  readonly #table: TableSchema
  readonly #key: Values
  readonly #options: ReadOptions<string>

  constructor(session: Session, table: TableSchema, key: Values, options: ReadOptions<string> = {}) {
    super()
    this.#session = session
    this.#table = table
    this.#key = key
    this.#options = options
  }

  compile(): SelectStatement {
    return {
      kind: 'select',
      table: this.#table,
      target: 'rows',
      columns: selectedColumns(this.#table, this.#options.columns, 'get'),
      ...serialOf(this.#options),
      key: compileKey(this.#table, this.#key, 'whole', 'get'),
      bounds: noBounds,
      reversed: false,
      limit: 1,
      from: undefined,
      idempotent: true,
    }
  }

  protected async run(): Promise<Values | undefined> {
    const { rows } = await this.#session.read(this.compile(), this.#options)
    return rows[0]
  }
}

/** Reads the static columns of a partition. */
export class GetStaticStatement extends LazyStatement<Values | undefined> {
  readonly #session: Session
  readonly #table: TableSchema
  readonly #key: Values
  readonly #options: AbortOptions

  constructor(session: Session, table: TableSchema, key: Values, options: AbortOptions = {}) {
    super()
    this.#session = session
    this.#table = table
    this.#key = key
    this.#options = options
  }

  compile(): SelectStatement {
    const table = this.#table
    if (table.staticColumns.length === 0)
      throw new HanseError(`getStatic on '${table.name}' has nothing to read: the table has no static columns.`, { code: 'INVALID_ARGUMENT' })
    const columns = [...table.partitionKey, ...table.staticColumns].map((column) => column.name)
    const key = compileKey(table, this.#key, 'partition', 'getStatic')
    return { kind: 'select', table, target: 'static', columns, key, bounds: noBounds, reversed: false, limit: 1, from: undefined, idempotent: true }
  }

  protected async run(): Promise<Values | undefined> {
    const { rows } = await this.#session.read(this.compile(), this.#options)
    return rows[0]
  }
}

/** Reads rows of one partition; each call makes a new one, so that a select can be kept and refined. */
export class SelectBuilder extends LazyStatement<readonly Values[]> implements AsyncIterable<Values> {
  readonly #session: Session
  readonly #table: TableSchema
  readonly #asked: Asked

  constructor(session: Session, table: TableSchema, asked: Asked) {
    super()
    this.#session = session
    this.#table = table
    this.#asked = asked
  }

  where(column: string, operator: Bound['operator'], value: unknown): SelectBuilder {
    return this.#refine({ bounds: [...this.#asked.bounds, { column, operator, value }] })
  }

  order(direction: Order): SelectBuilder {
    return this.#refine({ direction })
  }

  limit(limit: number): SelectBuilder {
    return this.#refine({ limit })
  }

  /** The statement, without limit or position. */
  compile(): SelectStatement {
    const table = this.#table
    const { key: given, options, limit } = this.#asked
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1))
      throw invalidArgument(`the limit of select on '${table.name}'`, 'a whole number of at least 1', limit)
    const key = compileKey(table, given, 'prefix', 'select')
    return {
      kind: 'select',
      table,
      target: 'rows',
      columns: selectedColumns(table, options.columns, 'select'),
      ...serialOf(options),
      key,
      bounds: compileBounds(table, key, this.#asked.bounds, 'select'),
      reversed: this.#reversed(key),
      limit: limit ?? Number.POSITIVE_INFINITY,
      from: undefined,
      idempotent: true,
    }
  }

  async page(token?: string | null): Promise<Page<Values>> {
    const limit = this.#asked.limit ?? defaultPageRows
    if (limit > longestPageRows) throw invalidArgument(`the limit of a page of '${this.#table.name}'`, `at most ${longestPageRows}`, limit)
    const statement = { ...this.compile(), limit }
    const from = token === undefined || token === null ? undefined : await this.#session.unseal(statement, token)
    const { rows, next } = await this.#session.read({ ...statement, from }, this.#asked.options)
    return { rows, next: next === undefined ? null : await this.#session.seal(statement, next) }
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Values> {
    for await (const rows of this.#slices()) yield* rows
  }

  protected async run(): Promise<readonly Values[]> {
    const all: Values[][] = []
    for await (const rows of this.#slices()) all.push([...rows])
    return all.length === 1 ? (all[0] ?? []) : all.flat()
  }

  async *#slices(): AsyncGenerator<readonly Values[]> {
    const statement = this.compile()
    let left = statement.limit
    let from: Uint8Array | undefined
    do {
      const { rows, next } = await this.#session.read({ ...statement, from, limit: Math.min(left, rowsPerRead) }, this.#asked.options)
      yield rows
      left -= rows.length
      from = next
    } while (from !== undefined && left > 0)
  }

  #refine(change: Partial<Asked>): SelectBuilder {
    return new SelectBuilder(this.#session, this.#table, { ...this.#asked, ...change })
  }

  #reversed(key: Values): boolean {
    const { direction } = this.#asked
    if (direction === undefined) return false
    if (direction !== 'asc' && direction !== 'desc') throw invalidArgument(`the order of select on '${this.#table.name}'`, "'asc' or 'desc'", direction)
    const next = openColumn(this.#table, key)
    if (next === undefined)
      throw new HanseError(`select on '${this.#table.name}' cannot be ordered: its key leaves no clustering column open.`, { code: 'INVALID_ARGUMENT' })
    return next.order !== direction
  }
}

const noBounds: readonly Bound[] = []

function openColumn(table: TableSchema, key: Values): ColumnSchema | undefined {
  return table.clusteringKey.find((column) => !(column.name in key))
}

/** Checks the bounds of a slice. */
export function compileBounds(table: TableSchema, key: Values, given: Asked['bounds'], verb: string): Bound[] {
  return given.map(({ column: name, operator, value }) => {
    const column = openColumn(table, key)
    if (column === undefined || column.name !== name) {
      const allowed = column === undefined ? 'its key leaves no clustering column open' : `only '${column.name}' can be bounded here`
      throw new HanseError(`${verb} on '${table.name}' cannot bound ${describe(name)}: ${allowed}.`, { code: 'INVALID_ARGUMENT' })
    }
    if (!boundOperators.has(operator)) throw invalidArgument(`the operator of where('${name}') on '${table.name}'`, '<, <=, > or >=', operator)
    return { column: name, operator, value: keyColumnValue(table, column, value) }
  })
}

/** The columns that a read gives, checked. */
function selectedColumns(table: TableSchema, asked: readonly string[] | undefined, verb: string): readonly string[] {
  if (asked === undefined) return allColumns(table)
  if (asked.length === 0) throw invalidArgument(`option 'columns' of ${verb} on '${table.name}'`, 'at least one column', asked)
  const stranger = asked.find((name) => !table.byName.has(name))
  if (stranger !== undefined)
    throw invalidArgument(`option 'columns' of ${verb} on '${table.name}'`, `columns of it (${[...table.byName.keys()].join(', ')})`, stranger)
  return [...new Set(asked)]
}

const namesByTable = new WeakMap<TableSchema, readonly string[]>()

function allColumns(table: TableSchema): readonly string[] {
  let names = namesByTable.get(table)
  if (names === undefined) {
    names = table.columns.map((column) => column.name)
    namesByTable.set(table, names)
  }
  return names
}

function serialOf({ serial }: ReadOptions<string>): { readonly serial?: true } {
  return serial === true ? { serial } : {}
}
