import type { SqliteConnection } from '@hanse/core/sqlite'
import type { WriteOutcome } from '../index/attributes.ts'
import type { EngineDocument, EngineWrite } from '../text/search-engine.ts'
import { writeAttributes } from './attribute-table.ts'
import type { TextTables } from './text-tables.ts'
import { decideVersion } from '../index/versions.ts'

/** Applies one change inside the caller's transaction. */
export function applyTextWrite(db: SqliteConnection, tables: TextTables, write: EngineWrite): WriteOutcome {
  const id = write.kind === 'index' ? write.document.id : write.id
  const stored = db.prepare(`select doc, version, deleted from ${tables.docs.name} where id = ?`).get(id)
  const version = decideVersion(write, stored)
  if (version === undefined) return { id, status: 'stale' }
  const deleted = write.kind === 'delete' ? 1 : 0
  const row = stored === undefined ? insertRow(db, tables, id, version, deleted) : Number(stored['doc'])
  if (stored !== undefined) {
    db.prepare(`update ${tables.docs.name} set version = ?, deleted = ? where doc = ?`).run(version, deleted, row)
    if (stored['deleted'] === 0) db.prepare(`delete from ${tables.fts} where rowid = ?`).run(row)
  }
  if (write.kind === 'index') writeDocument(db, tables, row, write.document)
  else eraseDocument(db, tables, row)
  return { id, status: 'applied' }
}

function insertRow(db: SqliteConnection, tables: TextTables, id: string, version: number, deleted: number): number {
  return Number(db.prepare(`insert into ${tables.docs.name} (id, version, deleted) values (?, ?, ?)`).run(id, version, deleted).lastInsertRowid)
}

function writeDocument(db: SqliteConnection, tables: TextTables, row: number, document: EngineDocument): void {
  const columns = tables.spec.texts.map((_, i) => `c${i}`)
  const values = tables.spec.texts.map(({ name }) => document.tokens.get(name)?.join(' ') ?? '')
  db.prepare(`insert into ${tables.fts} (${['rowid', ...columns].join(', ')}) values (${['?', ...columns.map(() => '?')].join(', ')})`).run(row, ...values)
  db.prepare(`insert or replace into ${tables.sources} (doc, source) values (?, ?)`).run(row, document.source)
  writeAttributes(db, tables.docs, row, document.attributes)
}

function eraseDocument(db: SqliteConnection, tables: TextTables, row: number): void {
  db.prepare(`delete from ${tables.sources} where doc = ?`).run(row)
  writeAttributes(db, tables.docs, row, new Map())
}
