import type { types } from 'cassandra-driver'
import { similarityColumn } from '../query/statement.ts'
import type { ReadStatement, Values } from '../query/statement.ts'
import type { CqlType } from '../schema/cql-type.ts'
import { compileDecode } from './decode.ts'
import type { Decode } from './decode.ts'

interface Cell {
  readonly name: string
  readonly decode: Decode
}

/** Makes the rows of the port from the driver's. */
export class RowReader {
  readonly #decoders = new WeakMap<CqlType, Decode>()
  /** By the columns asked for, which are the same array for all reads of whole rows. */
  readonly #cells = new WeakMap<readonly string[], readonly Cell[]>()

  /**
   * @param selected - the columns that were asked of the server, see `selectedColumns`
   */
  read(statement: ReadStatement, selected: readonly string[], rows: readonly types.Row[]): readonly Values[] {
    const { columns } = statement
    const cells = this.#cellsOf(statement, selected)
    const read: Values[] = []
    for (const row of rows) {
      const values: Record<string, unknown> = {}
      for (const { name, decode } of cells) {
        const value: unknown = row[name]
        values[name] = value === null || value === undefined ? null : decode(value as never)
      }
      if (!isThere(statement, values)) continue
      const asked = selected.length === columns.length ? values : Object.fromEntries(columns.map((name) => [name, values[name]]))
      // The server's similarity runs from 0 to 1: (1 + cosine) / 2.
      if (statement.kind === 'scan' && statement.nearest !== undefined) asked[similarityColumn] = 2 * Number(row[similarityColumn]) - 1
      read.push(asked)
    }
    return read
  }

  #cellsOf(statement: ReadStatement, selected: readonly string[]): readonly Cell[] {
    let cells = this.#cells.get(selected)
    if (cells === undefined) {
      cells = selected.map((name) => ({ name, decode: this.#decoderOf(statement, name) }))
      this.#cells.set(selected, cells)
    }
    return cells
  }

  #decoderOf({ table }: ReadStatement, name: string): Decode {
    const type = table.byName.get(name)?.type
    if (type === undefined) throw new TypeError(`table '${table.name}' has no column '${name}'`)
    let decode = this.#decoders.get(type)
    if (decode === undefined) {
      decode = compileDecode(type)
      this.#decoders.set(type, decode)
    }
    return decode
  }
}

/** Static columns without rows answer as a row without clustering columns, and a partition without static columns as a row of nulls. */
function isThere({ table, target }: ReadStatement, values: Values): boolean {
  if (target === 'static') return table.staticColumns.some(({ name }) => values[name] !== null)
  const [first] = table.clusteringKey
  return table.staticColumns.length === 0 || first === undefined || values[first.name] !== null
}
