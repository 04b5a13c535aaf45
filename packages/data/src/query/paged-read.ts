import { invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'
import { LazyStatement } from './lazy-statement.ts'
import type { Session } from './session.ts'
import type { ReadStatement, Values } from './statement.ts'
import type { Page } from './table-access.ts'

const defaultPageRows = 100
const longestPageRows = 10_000
const rowsPerRead = 1_000

/** A read of many rows: awaited it gives all, iterated it reads page by page, and `page` gives one. */
export abstract class PagedRead extends LazyStatement<readonly Values[]> implements AsyncIterable<Values> {
  protected readonly session: Session
  protected readonly table: TableSchema
  readonly #limit: number | undefined
  readonly #options: AbortOptions

  constructor(session: Session, table: TableSchema, limit: number | undefined, options: AbortOptions) {
    super()
    this.session = session
    this.table = table
    this.#limit = limit
    this.#options = options
  }

  /** The statement, from the first row. */
  abstract compile(): ReadStatement

  async page(token?: string | null): Promise<Page<Values>> {
    const limit = this.#limit ?? defaultPageRows
    if (limit > longestPageRows) throw invalidArgument(`the limit of a page of '${this.table.name}'`, `at most ${longestPageRows}`, limit)
    const statement = { ...this.compile(), limit }
    const from = token === undefined || token === null ? undefined : await this.session.unseal(statement, token)
    const { rows, next } = await this.session.read({ ...statement, from }, this.#options)
    return { rows, next: next === undefined ? null : await this.session.seal(statement, next) }
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
      const { rows, next } = await this.session.read({ ...statement, from, limit: Math.min(left, rowsPerRead) }, this.#options)
      yield rows
      left -= rows.length
      from = next
    } while (from !== undefined && left > 0)
  }
}

/** Checks how many rows were asked for. */
export function checkLimit(table: TableSchema, limit: number | undefined, verb: string): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (Number.isInteger(limit) && limit >= 1) return limit
  throw invalidArgument(`the limit of ${verb} on '${table.name}'`, 'a whole number of at least 1', limit)
}
