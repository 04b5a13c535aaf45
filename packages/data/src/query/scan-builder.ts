import { HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'
import { checkFilters, compileEqualFilters, compileFilter, compileNearest } from './compile-filter.ts'
import { LazyStatement } from './lazy-statement.ts'
import { PagedRead, checkLimit } from './paged-read.ts'
import { selectedColumns } from './selected-columns.ts'
import type { Session } from './session.ts'
import { similarityColumn } from './statement.ts'
import type { Filter, ScanStatement, Values } from './statement.ts'
import type { FindOptions } from './table-access.ts'

/** What a find was asked so far. */
interface Asked {
  readonly equal: Values
  readonly further: readonly { readonly column: string; readonly operator: Filter['operator']; readonly value: unknown }[]
  readonly limit: number | undefined
  readonly options: FindOptions<string>
}

/** Reads the rows that filters on indexed columns find; each call makes a new one. */
export class FindBuilder extends PagedRead {
  readonly #asked: Asked

  constructor(session: Session, table: TableSchema, asked: Asked) {
    super(session, table, asked.limit, asked.options)
    this.#asked = asked
  }

  where(column: string, operator: Filter['operator'], value: unknown): FindBuilder {
    return this.#refine({ further: [...this.#asked.further, { column, operator, value }] })
  }

  limit(limit: number): FindBuilder {
    return this.#refine({ limit })
  }

  compile(): ScanStatement {
    const table = this.table
    const { equal, further, limit, options } = this.#asked
    const filters = [
      ...compileEqualFilters(table, equal, 'find'),
      ...further.map(({ column, operator, value }) => compileFilter(table, column, operator, value, 'find')),
    ]
    if (filters.length === 0)
      throw new HanseError(`find on '${table.name}' needs at least one filter; scan() reads every row.`, {
        code: 'INVALID_ARGUMENT',
        details: { table: table.name },
      })
    return scan(table, 'rows', selectedColumns(table, options.columns, 'find'), checkFilters(table, filters, 'find'), checkLimit(table, limit, 'find'))
  }

  #refine(change: Partial<Asked>): FindBuilder {
    return new FindBuilder(this.session, this.table, { ...this.#asked, ...change })
  }
}

/** Reads every row of a table, or the static columns of every partition. */
export class ScanBuilder extends PagedRead {
  readonly #target: ScanStatement['target']
  readonly #options: FindOptions<string>
  readonly #limit: number | undefined

  constructor(session: Session, table: TableSchema, target: ScanStatement['target'], options: FindOptions<string> = {}, limit?: number) {
    super(session, table, limit, options)
    this.#target = target
    this.#options = options
    this.#limit = limit
  }

  limit(limit: number): ScanBuilder {
    return new ScanBuilder(this.session, this.table, this.#target, this.#options, limit)
  }

  compile(): ScanStatement {
    const table = this.table
    if (this.#target === 'static' && table.staticColumns.length === 0)
      throw new HanseError(`scanStatic on '${table.name}' has nothing to read: the table has no static columns.`, { code: 'INVALID_ARGUMENT' })
    const columns =
      this.#target === 'static'
        ? [...table.partitionKey, ...table.staticColumns].map((column) => column.name)
        : selectedColumns(table, this.#options.columns, 'scan')
    return scan(table, this.#target, columns, [], checkLimit(table, this.#limit, 'scan'))
  }
}

/** What {@link NearestStatement} is asked. */
export interface NearestAsked extends AbortOptions {
  readonly limit: number
  readonly where?: Values | undefined
  readonly columns?: readonly string[]
}

const mostNearest = 1_000

/** Reads the rows whose vectors are nearest to one. */
export class NearestStatement extends LazyStatement<readonly { readonly row: Values; readonly similarity: number }[]> {
  readonly #session: Session
  readonly #table: TableSchema
  readonly #column: string
  readonly #vector: unknown
  readonly #asked: NearestAsked

  constructor(session: Session, table: TableSchema, column: string, vector: unknown, asked: NearestAsked) {
    super()
    this.#session = session
    this.#table = table
    this.#column = column
    this.#vector = vector
    this.#asked = asked
  }

  compile(): ScanStatement {
    const table = this.#table
    const { limit, where = {}, columns } = this.#asked
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostNearest))
      throw invalidArgument(`option 'limit' of nearest on '${table.name}'`, `a whole number from 1 to ${mostNearest}`, limit)
    const filters = compileEqualFilters(table, where, 'nearest')
    const nearest = compileNearest(table, this.#column, this.#vector)
    return { ...scan(table, 'rows', selectedColumns(table, columns, 'nearest'), filters, limit), nearest }
  }

  protected async run(): Promise<readonly { readonly row: Values; readonly similarity: number }[]> {
    const { rows } = await this.#session.read(this.compile(), this.#asked)
    return rows.map(({ [similarityColumn]: similarity, ...row }) => ({ row, similarity: Number(similarity) }))
  }
}

function scan(table: TableSchema, target: ScanStatement['target'], columns: readonly string[], filters: readonly Filter[], limit: number): ScanStatement {
  return { kind: 'scan', table, target, columns, filters, limit, from: undefined, idempotent: true }
}
