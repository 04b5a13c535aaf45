import { HanseError, describe, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { Order } from '../schema/table-definition.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { compileKey, keyColumnValue } from './compile-key.ts'
import { LazyStatement } from './lazy-statement.ts'
import { PagedRead, checkLimit } from './paged-read.ts'
import { selectedColumns } from './selected-columns.ts'
import type { Session } from './session.ts'
import type { Bound, SelectStatement, Values } from './statement.ts'
import type { ReadOptions } from './table-access.ts'

const boundOperators: ReadonlySet<string> = new Set<Bound['operator']>(['<', '<=', '>', '>='])

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
export class SelectBuilder extends PagedRead {
  readonly #asked: Asked

  constructor(session: Session, table: TableSchema, asked: Asked) {
    super(session, table, asked.limit, asked.options)
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
    const table = this.table
    const { key: given, options, limit } = this.#asked
    const rows = checkLimit(table, limit, 'select')
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
      limit: rows,
      from: undefined,
      idempotent: true,
    }
  }

  #refine(change: Partial<Asked>): SelectBuilder {
    return new SelectBuilder(this.session, this.table, { ...this.#asked, ...change })
  }

  #reversed(key: Values): boolean {
    const { direction } = this.#asked
    if (direction === undefined) return false
    if (direction !== 'asc' && direction !== 'desc') throw invalidArgument(`the order of select on '${this.table.name}'`, "'asc' or 'desc'", direction)
    const next = openColumn(this.table, key)
    if (next === undefined)
      throw new HanseError(`select on '${this.table.name}' cannot be ordered: its key leaves no clustering column open.`, { code: 'INVALID_ARGUMENT' })
    return next.order !== direction
  }
}

const noBounds: readonly Bound[] = []

function openColumn(table: TableSchema, key: Values): ColumnSchema | undefined {
  return table.clusteringKey.find((column) => !(column.name in key))
}

/** Checks the bounds of a slice. */
export function compileBounds(table: TableSchema, key: Values, given: Asked['bounds'], verb: string): Bound[] {
  const sides = new Set<string>()
  return given.map(({ column: name, operator, value }) => {
    const column = openColumn(table, key)
    if (column === undefined || column.name !== name) {
      const allowed = column === undefined ? 'its key leaves no clustering column open' : `only '${column.name}' can be bounded here`
      throw new HanseError(`${verb} on '${table.name}' cannot bound ${describe(name)}: ${allowed}.`, { code: 'INVALID_ARGUMENT' })
    }
    if (!boundOperators.has(operator)) throw invalidArgument(`the operator of where('${name}') on '${table.name}'`, '<, <=, > or >=', operator)
    const side = operator.charAt(0)
    if (sides.has(side)) {
      const bound = side === '<' ? 'upper' : 'lower'
      throw new HanseError(`${verb} on '${table.name}' has two ${bound} bounds on '${name}'; give it one.`, { code: 'INVALID_ARGUMENT' })
    }
    sides.add(side)
    return { column: name, operator, value: keyColumnValue(table, column, value) }
  })
}

function serialOf({ serial }: ReadOptions<string>): { readonly serial?: true } {
  return serial === true ? { serial } : {}
}
