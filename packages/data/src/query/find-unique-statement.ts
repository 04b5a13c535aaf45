import { HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'
import { LazyStatement } from './lazy-statement.ts'
import type { Session } from './session.ts'
import type { Values } from './statement.ts'

/** Looks a row up by a unique column. */
export class FindUniqueStatement extends LazyStatement<Values | undefined> {
  readonly #session: Session
  readonly #table: TableSchema
  readonly #given: Values
  readonly #options: AbortOptions

  constructor(session: Session, table: TableSchema, given: Values, options: AbortOptions = {}) {
    super()
    this.#session = session
    this.#table = table
    this.#given = given
    this.#options = options
  }

  protected async run(): Promise<Values | undefined> {
    const [name, ...others] = Object.keys(this.#given)
    const column = name === undefined ? undefined : this.#table.byName.get(name)
    if (name === undefined || others.length > 0 || column === undefined || !this.#table.unique.includes(name)) {
      const columns = this.#table.unique.map((unique) => `'${unique}'`).join(', ')
      throw new HanseError(
        `getBy on '${this.#table.name}' needs exactly one unique column (${columns === '' ? 'it has none' : columns}); got ${Object.keys(this.#given).join(', ') || 'nothing'}.`,
        {
          code: 'INVALID_ARGUMENT',
        },
      )
    }
    const value = this.#given[name]
    if (value === undefined || value === null) throw invalidArgument(column.subject, 'a value to look for', value)
    return this.#session.findUnique(this.#table, name, column.codec.normalize(value, column.subject), this.#options)
  }
}
