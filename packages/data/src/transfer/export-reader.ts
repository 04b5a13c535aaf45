import type { Json } from '../schema/value-codec.ts'
import { LineChain, invalidExport } from './line-chain.ts'
import { splitLines } from './split-lines.ts'
import type { TableShape } from './table-shape.ts'

/** Says what a file is, in its first line. */
export const formatName = 'hanse-tables'

/** The version of the format that is written and read. */
export const formatVersion = 1

/** A row or the static columns of a partition, as a line of an export holds it: columns without a cell are left out. */
export type ExportedCells = Readonly<Record<string, Json>>

/** A line between the first and the last. */
export interface ExportedLine {
  /** The table's name. */
  readonly table: string
  /** Whose cells they are. */
  readonly target: 'rows' | 'static'
  /** The cells by column, the key among them. */
  readonly cells: ExportedCells
}

/** How many lines a table has in an export. */
export interface ExportedCounts {
  /** Rows. */
  readonly rows: number
  /** Partitions with static columns. */
  readonly static: number
}

/** Reads an export from its first line to its last, once. */
export class ExportReader {
  /** The tables that it holds. */
  readonly tables: readonly TableShape[]
  readonly #lines: AsyncGenerator<string>
  readonly #chain: LineChain
  #counts: Readonly<Record<string, ExportedCounts>> | undefined

  private constructor(tables: readonly TableShape[], lines: AsyncGenerator<string>, chain: LineChain) {
    this.tables = tables
    this.#lines = lines
    this.#chain = chain
  }

  /** Reads the first line. */
  static async open(source: AsyncIterable<string | Uint8Array>): Promise<ExportReader> {
    const lines = splitLines(source)
    const chain = new LineChain()
    const first = await lines.next()
    if (first.done === true) throw invalidExport('it is empty')
    const { format, version, tables } = chain.open(first.value)
    if (format !== formatName) throw invalidExport(`its first line does not say "format":"${formatName}"`)
    if (version !== formatVersion) throw invalidExport(`it is of version ${String(version)} of the format; this release reads version ${formatVersion}`)
    return new ExportReader(tables as readonly TableShape[], lines, chain)
  }

  /** Every line up to the last one, which must be there and be the last. */
  async *rows(): AsyncGenerator<ExportedLine> {
    for await (const text of this.#lines) {
      if (this.#counts !== undefined) throw invalidExport('something stands behind its last line')
      const { table, row, static: statics, end } = this.#chain.open(text)
      if (end !== undefined) this.#counts = end as Readonly<Record<string, ExportedCounts>>
      else yield { table: String(table), target: row === undefined ? 'static' : 'rows', cells: (row ?? statics) as ExportedCells }
    }
    if (this.#counts === undefined) throw invalidExport('it was cut off: the last line, with the counts, is missing')
  }

  /** Gives the source free. */
  async close(): Promise<void> {
    await this.#lines.return(undefined)
  }

  /** What the last line says about a table; known once all rows were read. */
  counts(table: string): ExportedCounts {
    return this.#counts?.[table] ?? { rows: 0, static: 0 }
  }
}
