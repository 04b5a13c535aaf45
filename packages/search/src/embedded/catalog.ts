import type { SqliteConnection } from '@hanse/core/sqlite'
import { searchError } from '../errors.ts'
import { requireEqualSpecs } from '../index/compare-specs.ts'

/** What a row of the catalog holds: `text` and `vector` indexes of one name stand side by side. */
export type CatalogKind = 'text' | 'vector'

/** An index as the catalog knows it. */
export interface CatalogEntry {
  /** What its table names begin with. */
  readonly prefix: string
  /** The spec it was made with, as JSON. */
  readonly spec: string
}

/** Makes the table that maps index names to tables, so that a swap is one small write. */
export function createCatalog(db: SqliteConnection): void {
  db.exec(`create table if not exists hanse_search (
    kind text not null, name text not null, prefix text not null, spec text not null, primary key (kind, name)) without rowid`)
}

/** The entry of an index; `undefined` when there is none. */
export function findEntry(db: SqliteConnection, kind: CatalogKind, name: string): CatalogEntry | undefined {
  const row = db.prepare('select prefix, spec from hanse_search where kind = ? and name = ?').get(kind, name)
  return row === undefined ? undefined : { prefix: String(row['prefix']), spec: String(row['spec']) }
}

/**
 * The entry of an index.
 * @throws HanseError `UNKNOWN_INDEX`
 */
export function requireEntry(db: SqliteConnection, kind: CatalogKind, name: string): CatalogEntry {
  const entry = findEntry(db, kind, name)
  if (entry === undefined) throw searchError('UNKNOWN_INDEX', `there is no ${kind} index '${name}'; prepare it first.`)
  return entry
}

/** Adds an index and gives back the prefix for its tables. */
function addEntry(db: SqliteConnection, kind: CatalogKind, name: string, spec: string): string {
  const row = db.prepare('select coalesce(max(cast(substr(prefix, 2) as integer)), 0) + 1 as next from hanse_search').get()
  const prefix = `${kind === 'text' ? 't' : 'v'}${Number(row?.['next'])}`
  db.prepare('insert into hanse_search (kind, name, prefix, spec) values (?, ?, ?, ?)').run(kind, name, prefix, spec)
  return prefix
}

/** Exchanges the tables behind two names. */
export function swapEntries(db: SqliteConnection, kind: CatalogKind, name: string, other: string): void {
  const one = requireEntry(db, kind, name)
  const two = requireEntry(db, kind, other)
  const update = db.prepare('update hanse_search set prefix = ?, spec = ? where kind = ? and name = ?')
  update.run(two.prefix, withName(two.spec, name), kind, name)
  update.run(one.prefix, withName(one.spec, other), kind, other)
}

function withName(spec: string, name: string): string {
  return JSON.stringify({ ...(JSON.parse(spec) as object), name })
}

/** Takes an index out of the catalog and drops its tables. */
export function removeEntry(db: SqliteConnection, kind: CatalogKind, name: string): void {
  const entry = findEntry(db, kind, name)
  if (entry === undefined) return
  db.prepare('delete from hanse_search where kind = ? and name = ?').run(kind, name)
  const tables = db.prepare("select name from sqlite_master where type = 'table' and name like ? escape '\\' and sql is not null").all(`${entry.prefix}\\_%`)
  const names = tables.map((row) => String(row['name']))
  // The shadow tables of a full-text table go with it, and cannot be dropped alone.
  const fts = names.filter((table) => table === `${entry.prefix}_fts` || table === `${entry.prefix}_words`)
  for (const table of fts.toSorted().toReversed()) db.exec(`drop table ${table}`)
  for (const table of names.filter((one) => !one.startsWith(`${entry.prefix}_fts`) && !fts.includes(one))) db.exec(`drop table ${table}`)
}

/**
 * Makes the index by `create`, or checks that the stored spec equals the given one.
 * @throws HanseError `INDEX_MISMATCH` that says what differs
 */
export function ensureEntry(db: SqliteConnection, kind: CatalogKind, spec: { readonly name: string }, create: (prefix: string) => void): void {
  const entry = findEntry(db, kind, spec.name)
  if (entry === undefined) return create(addEntry(db, kind, spec.name, JSON.stringify(spec)))
  requireEqualSpecs(kind, JSON.parse(entry.spec), spec)
}
