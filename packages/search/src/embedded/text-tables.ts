import type { SqliteConnection } from '@hanse/core/sqlite'
import { searchError } from '../errors.ts'
import type { IndexSpec } from '../text/search-engine.ts'
import { attributeAt, createAttributeTable } from './attribute-table.ts'
import type { AttributeTable } from './attribute-table.ts'

/** The tables of one text index. */
export interface TextTables {
  readonly spec: IndexSpec
  /** Id, version, deletion mark and attributes by row. */
  readonly docs: AttributeTable
  /** The stored documents by row, apart from `docs` so that filters scan small rows. */
  readonly sources: string
  /** The FTS5 table, one column `c0`, `c1`, … a text field. */
  readonly fts: string
  /** The dictionary of the FTS5 table. */
  readonly words: string
}

/** The table names behind a prefix. */
export function textTables(prefix: string, spec: IndexSpec): TextTables {
  return {
    spec,
    docs: { name: `${prefix}_docs`, attributes: spec.attributes },
    sources: `${prefix}_sources`,
    fts: `${prefix}_fts`,
    words: `${prefix}_words`,
  }
}

/**
 * Makes the tables. Tokens come analysed, and the plain `ascii` tokenizer only splits at the spaces between them:
 * it takes every character beyond ASCII as part of a word, whatever version of Unicode SQLite knows.
 */
export function createTextTables(db: SqliteConnection, tables: TextTables): void {
  createAttributeTable(db, tables.docs, 'doc integer primary key, id text not null unique, version integer not null, deleted integer not null')
  db.exec(`create table ${tables.sources} (doc integer primary key, source text not null)`)
  const columns = tables.spec.texts.map((_, i) => `c${i}`)
  // A table without any text field still needs a column.
  const declared = columns.length === 0 ? ['c0'] : columns
  db.exec(`create virtual table ${tables.fts} using fts5(${declared.join(', ')}, content='', contentless_delete=1, tokenize=ascii)`)
  db.exec(`create virtual table ${tables.words} using fts5vocab(${tables.fts}, 'row')`)
}

/** The FTS5 column of a text field. */
export function textColumn(tables: TextTables, field: string): string {
  const position = tables.spec.texts.findIndex(({ name }) => name === field)
  if (position < 0) throw searchError('INDEX_MISMATCH', `the stored index '${tables.spec.name}' has no text field '${field}'; rebuild it with reindex().`)
  return `c${position}`
}

/** The column of a single attribute, and whether it holds 64-bit integers. */
export function attributeColumn(tables: TextTables, field: string): { readonly column: string; readonly integer: boolean } {
  const { position, spec } = attributeAt(tables.docs, field)
  return { column: `d.a${position}`, integer: spec.type === 'integer' }
}
