import { crc32 } from 'node:zlib'
import type { Values } from '../query/statement.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import type { Json } from '../schema/value-codec.ts'
import type { ExportedCells } from './export-reader.ts'

/** The columns of a row without the static ones, or of the static part of a partition. */
export function columnsOf(table: TableSchema, target: 'rows' | 'static'): readonly ColumnSchema[] {
  return target === 'static' ? [...table.partitionKey, ...table.staticColumns] : [...table.partitionKey, ...table.clusteringKey, ...table.regularColumns]
}

/** Cells as an export holds them: a column without one is left out. */
export function encodeCells(columns: readonly ColumnSchema[], values: Values): ExportedCells {
  const cells: Record<string, Json> = {}
  for (const { name, codec } of columns) {
    const value = values[name]
    if (value !== null && value !== undefined) cells[name] = codec.toJson(value)
  }
  return cells
}

/** What {@link encodeCells} was given. */
export function decodeCells(columns: readonly ColumnSchema[], cells: ExportedCells): Values {
  const given = columns.filter(({ name }) => name in cells)
  return Object.fromEntries(given.map(({ name, codec }) => [name, codec.fromJson(cells[name] ?? null)]))
}

/** How many rows, and a sum over their contents that does not depend on their order. */
export class Tally {
  count = 0
  #sum = 0

  add(columns: readonly ColumnSchema[], values: Values): void {
    this.count++
    this.#sum = (this.#sum + crc32(JSON.stringify(encodeCells(columns, values)))) % 2 ** 48
  }

  equals(other: Tally): boolean {
    return this.count === other.count && this.#sum === other.#sum
  }
}
