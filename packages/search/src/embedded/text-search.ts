import type { SqliteConnection } from '@hanse/core/sqlite'
import { decodeCursor, encodeCursor, queryFingerprint } from '../index/cursor.ts'
import type { CursorValue } from '../index/cursor.ts'
import type { AttributeValue } from '../index/filter.ts'
import type { EngineFacet, EngineFacetCounts, EngineHit, EngineQuery, EngineResult, EngineSort } from '../text/search-engine.ts'
import { attributeAt, join, renderFilter } from './attribute-table.ts'
import type { Sql } from './attribute-table.ts'
import { matchExpression } from './match-expression.ts'
import type { Correct } from './match-expression.ts'
import { attributeColumn } from './text-tables.ts'
import type { TextTables } from './text-tables.ts'

/** What a search needs beside the query. */
export interface SearchContext {
  readonly db: SqliteConnection
  readonly tables: TextTables
  /** Tokens of the dictionary near a misspelt one. */
  readonly near: Correct
}

/** Runs a query on one consistent view of the database. */
export function searchText(context: SearchContext, query: EngineQuery): EngineResult {
  // The page size may change between pages; all else that decides the order may not.
  const fingerprint = queryFingerprint([query.text, query.orIds, query.filter, query.sort])
  const keys = sortKeys(context.tables, query)
  const [pass, ...after] = query.after === undefined ? [] : decodeCursor(query.after, fingerprint)
  const reading = readQuery(context, query, pass === undefined ? undefined : Number(pass))
  const rows =
    query.limit === 0
      ? []
      : selectHits(context, query, matchedRows(context.tables, query, reading.expression, true), keys, pass === undefined ? undefined : after)
  const page = rows.slice(0, query.limit)
  const more = rows.length > page.length
  const counts = countAll(context, query, matchedRows(context.tables, query, reading.expression, false))
  const last = page.at(-1)
  return {
    hits: page.map((row) => toHit(context, row)),
    total: { value: counts.total, relation: 'eq' },
    facets: counts.facets,
    ...(more && last !== undefined ? { next: encodeCursor([reading.pass, ...keys.map((_, i) => cursorValue(last[`k${i}`]))], fingerprint) } : {}),
    corrections: reading.corrections,
    partial: false,
  }
}

interface Reading {
  readonly pass: number
  readonly expression: string | undefined
  readonly corrections: readonly string[]
}

/** Reads the text as typed; where no document of the index meets that, with corrections for unknown words, then for all words. */
function readQuery(context: SearchContext, query: EngineQuery, pass: number | undefined): Reading {
  const { db, tables } = context
  if (query.text === undefined) return { pass: 0, expression: undefined, corrections: [] }
  let reading = readPass(context, query, pass ?? 0)
  if (pass !== undefined || !query.text.words.some(({ fuzzy }) => fuzzy !== undefined)) return reading
  for (let next = 1; next <= 2; next++) {
    if (reading.expression !== undefined && db.prepare(`select 1 from ${tables.fts} where ${tables.fts} match ? limit 1`).get(reading.expression) !== undefined)
      break
    reading = readPass(context, query, next)
  }
  return reading
}

function readPass(context: SearchContext, query: EngineQuery, pass: number): Reading {
  const { db, tables } = context
  const corrections = new Set<string>()
  const known = db.prepare(`select 1 from ${tables.words} where term = ?`)
  const correct: Correct = (token, edits) => {
    if (pass === 0 || (pass === 1 && known.get(token) !== undefined)) return []
    const near = context.near(token, edits)
    for (const one of near) corrections.add(one)
    return near
  }
  const expression = query.text === undefined ? undefined : matchExpression(tables, query.text, correct)
  return { pass, expression, corrections: [...corrections] }
}

/** The rows `doc` that match the text, with their relevance `s`; 0 where that is not needed, for it costs more than the match. */
function matchedRows(tables: TextTables, query: EngineQuery, expression: string | undefined, ranked: boolean): Sql {
  if (query.text === undefined) return { text: `select doc, 0.0 as s from ${tables.docs.name} where deleted = 0`, params: [] }
  const boosts = tables.spec.texts.map(({ name }) => query.text?.fields.find((field) => field.name === name)?.boost ?? 1)
  // FTS5 gives a better match a lower number, never above 0.
  const found: Sql =
    expression === undefined
      ? { text: 'select 0 as doc, 0.0 as s where 0', params: [] }
      : {
          text: `select rowid as doc, ${ranked ? `-bm25(${[tables.fts, ...boosts].join(', ')})` : '0.0'} as s from ${tables.fts} where ${tables.fts} match ?`,
          params: [expression],
        }
  if (query.orIds === undefined || query.orIds.length === 0) return found
  return {
    text: `select doc, max(s) as s from (${found.text} union all select d.doc, 0.0 from ${tables.docs.name} d where d.deleted = 0 and d.id in (select value from json_each(?))) group by doc`,
    params: [...found.params, JSON.stringify(query.orIds)],
  }
}

interface SortKey {
  readonly expression: string
  readonly descending: boolean
  /** How the value is read for the cursor; 64-bit integers as text. */
  readonly read: string
  /** How the value is put back from the cursor. */
  readonly placeholder: string
}

function sortKeys(tables: TextTables, query: EngineQuery): readonly SortKey[] {
  const plain = (expression: string, descending: boolean): SortKey => ({ expression, descending, read: expression, placeholder: '?' })
  const keys = query.sort.flatMap((sort: EngineSort): readonly SortKey[] => {
    if (sort.by === 'relevance') return [plain('m.s', true)]
    const { column, integer } = attributeColumn(tables, sort.field)
    const value = integer ? { read: `cast(${column} as text)`, placeholder: 'cast(? as integer)' } : { read: column, placeholder: '?' }
    return [plain(`(${column} is null)`, false), { expression: column, descending: sort.order === 'desc', ...value }]
  })
  return [...keys, plain('d.id', false)]
}

type Row = Readonly<Record<string, unknown>>

function selectHits(
  { db, tables }: SearchContext,
  query: EngineQuery,
  matched: Sql,
  keys: readonly SortKey[],
  after: readonly CursorValue[] | undefined,
): Row[] {
  const filter = renderFilter(tables.docs, query.filter)
  const behind = after === undefined ? undefined : behindCursor(keys, after)
  const read = keys.map(({ read: expression }, i) => `${expression} as k${i}`)
  const order = keys.map(({ expression, descending }) => `${expression}${descending ? ' desc' : ''}`)
  const sql = `with m as (${matched.text}) select d.doc, d.id, m.s, ${read.join(', ')} from m join ${tables.docs.name} d on d.doc = m.doc
    where d.deleted = 0 and ${filter.text} ${behind === undefined ? '' : `and ${behind.text}`} order by ${order.join(', ')} limit ?`
  return db.prepare(sql).all(...matched.params, ...filter.params, ...(behind?.params ?? []), query.limit + 1)
}

/** The rows behind a position: the first keys equal, the next one behind, for every key in turn. */
function behindCursor(keys: readonly SortKey[], values: readonly CursorValue[]): Sql {
  const alternatives: Sql[] = []
  const equal: Sql[] = []
  for (const [i, key] of keys.entries()) {
    const value = values[i] ?? null
    if (value !== null) {
      const further: Sql = { text: `${key.expression} ${key.descending ? '<' : '>'} ${key.placeholder}`, params: [value] }
      alternatives.push(join([...equal, further], ' and ', '1'))
    }
    equal.push(value === null ? { text: `${key.expression} is null`, params: [] } : { text: `${key.expression} = ${key.placeholder}`, params: [value] })
  }
  return join(alternatives, ' or ', '0')
}

function cursorValue(value: unknown): CursorValue {
  return typeof value === 'string' || typeof value === 'number' ? value : null
}

function toHit({ db, tables }: SearchContext, row: Row): EngineHit {
  const stored = db.prepare(`select source from ${tables.sources} where doc = ?`).get(Number(row['doc']))
  return { id: String(row['id']), source: String(stored?.['source']), relevance: Number(row['s']) }
}

interface Counts {
  readonly total: number
  readonly facets: readonly EngineFacetCounts[]
}

/** Counts the total and all facets in one statement, so that the text is matched once. */
function countAll({ db, tables }: SearchContext, query: EngineQuery, matched: Sql): Counts {
  const filter = renderFilter(tables.docs, query.filter)
  const total: Sql = { text: `select -1 as facet, null as value, count(*) as n from b d where ${filter.text}`, params: filter.params }
  const parts = [total, ...query.facets.map((facet, i) => facetSelect(tables, facet, i))]
  const sql = `with m as (${matched.text}), b as materialized (select d.* from m join ${tables.docs.name} d on d.doc = m.doc where d.deleted = 0)
    ${parts.map(({ text }) => `select * from (${text})`).join(' union all ')}`
  const rows = db.prepare(sql).all(...matched.params, ...parts.flatMap(({ params }) => params))
  return {
    total: Number(rows.find((row) => row['facet'] === -1)?.['n'] ?? 0),
    facets: query.facets.map((facet, i) =>
      toFacetCounts(
        facet,
        rows.filter((row) => row['facet'] === i),
      ),
    ),
  }
}

function facetSelect(tables: TextTables, facet: EngineFacet, i: number): Sql {
  const filter = renderFilter(tables.docs, facet.filter)
  const { position, spec } = attributeAt(tables.docs, facet.field)
  const from = spec.many
    ? { value: 'v.value', source: `b d join ${tables.docs.name}_many v on v.doc = d.doc and v.attribute = ${position}` }
    : { value: `d.a${position}`, source: 'b d' }
  if (facet.kind === 'values') {
    return {
      text: `select ${i} as facet, cast(${from.value} as text) as value, count(*) as n from ${from.source} where ${filter.text} and ${from.value} is not null group by ${from.value} order by n desc, value limit ?`,
      params: [...filter.params, facet.limit],
    }
  }
  const cases = facet.bounds.map((_, bucket) => `when ${from.value} < ? then ${bucket}`).join(' ')
  const bucket = cases === '' ? '0' : `case ${cases} else ${facet.bounds.length} end`
  return {
    text: `select ${i} as facet, ${bucket} as value, count(*) as n from ${from.source} where ${filter.text} and ${from.value} is not null group by 2`,
    params: [...(facet.bounds as readonly AttributeValue[]), ...filter.params],
  }
}

function toFacetCounts(facet: EngineFacet, rows: readonly Row[]): EngineFacetCounts {
  if (facet.kind === 'values') return { kind: 'values', values: rows.map((row) => ({ value: String(row['value']), count: Number(row['n']) })) }
  const byBucket = new Map(rows.map((row) => [Number(row['value']), Number(row['n'])]))
  return { kind: 'ranges', counts: Array.from({ length: facet.bounds.length + 1 }, (_, bucket) => byBucket.get(bucket) ?? 0) }
}
