import type { SqliteConnection } from '@hanse/core/sqlite'
import { searchError } from '../errors.ts'
import type { AttributeSpec } from '../index/attributes.ts'
import type { AttributeValue, Filter } from '../index/filter.ts'

/** A piece of SQL with its parameters. */
export interface Sql {
  readonly text: string
  readonly params: readonly AttributeValue[]
}

/** A rowid table whose columns `a0`, `a1`, … hold single attributes, and a side table `<name>_many` for those with several values. */
export interface AttributeTable {
  readonly name: string
  readonly attributes: readonly AttributeSpec[]
}

const columnTypes = { string: 'text', double: 'real', integer: 'integer' } as const

/** Makes the two tables; `columns` are those that the owner adds in front of the attributes. */
export function createAttributeTable(db: SqliteConnection, table: AttributeTable, columns: string): void {
  const own = table.attributes.flatMap((attribute, i) => (attribute.many ? [] : [`a${i} ${columnTypes[attribute.type]}`]))
  db.exec(`create table ${table.name} (${[columns, ...own].join(', ')})`)
  // A column without a type keeps values as they are; "any" would make the text '007' a number.
  db.exec(`create table ${table.name}_many (attribute integer, value, doc integer, primary key (attribute, value, doc)) without rowid`)
  db.exec(`create index ${table.name}_many_doc on ${table.name}_many (doc)`)
}

/** Replaces the attribute values of a row. */
export function writeAttributes(db: SqliteConnection, table: AttributeTable, row: number, values: ReadonlyMap<string, readonly AttributeValue[]>): void {
  const single = table.attributes.flatMap((attribute, i) => (attribute.many ? [] : [{ column: `a${i}`, value: values.get(attribute.name)?.[0] ?? null }]))
  if (single.length > 0) {
    const assignments = single.map(({ column }) => `${column} = ?`).join(', ')
    db.prepare(`update ${table.name} set ${assignments} where doc = ?`).run(...single.map(({ value }) => value), row)
  }
  if (!table.attributes.some(({ many }) => many)) return
  db.prepare(`delete from ${table.name}_many where doc = ?`).run(row)
  const insert = db.prepare(`insert or ignore into ${table.name}_many (attribute, value, doc) values (?, ?, ?)`)
  for (const [i, attribute] of table.attributes.entries()) {
    if (attribute.many) for (const value of values.get(attribute.name) ?? []) insert.run(i, value, row)
  }
}

/** Renders a filter as a condition on a row called `d`. */
export function renderFilter(table: AttributeTable, filter: Filter): Sql {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return join(
        filter.of.map((part) => renderFilter(table, part)),
        filter.kind === 'all' ? ' and ' : ' or ',
        filter.kind === 'all' ? '1' : '0',
      )
    case 'not': {
      // A comparison with a missing value is neither true nor false in SQL; here it does not match, so that its opposite does.
      const inner = renderFilter(table, filter.of)
      return { text: `not coalesce((${inner.text}), 0)`, params: inner.params }
    }
    case 'ids':
      return { text: 'd.id in (select value from json_each(?))', params: [JSON.stringify(filter.ids)] }
    case 'exists':
      return onValue(table, filter.field, (value) => ({ text: `${value} is not null`, params: [] }))
    case 'in':
      return onValue(table, filter.field, (value) => ({ text: `${value} in (${filter.values.map(() => '?').join(', ')})`, params: filter.values }))
    case 'range':
      return onValue(table, filter.field, (value) => renderRange(value, filter))
  }
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function renderRange(value: string, filter: Extract<Filter, { kind: 'range' }>): Sql {
  const parts = Object.entries(operators).flatMap(([key, operator]) => {
    const bound = filter[key as keyof typeof operators]
    return bound === undefined ? [] : [{ text: `${value} ${operator} ?`, params: [bound] }]
  })
  return join(parts, ' and ', '1')
}

/** A condition on the column of a single attribute, or on any row of the side table. */
function onValue(table: AttributeTable, field: string, condition: (value: string) => Sql): Sql {
  const { position, spec } = attributeAt(table, field)
  if (!spec.many) return condition(`d.a${position}`)
  const inner = condition('m.value')
  return { text: `exists (select 1 from ${table.name}_many m where m.doc = d.doc and m.attribute = ${position} and ${inner.text})`, params: inner.params }
}

/** Where an attribute of the table lies. */
export function attributeAt(table: AttributeTable, field: string): { readonly position: number; readonly spec: AttributeSpec } {
  const position = table.attributes.findIndex(({ name }) => name === field)
  const spec = table.attributes[position]
  if (spec === undefined)
    throw searchError('INDEX_MISMATCH', `the stored index has no field '${field}' to filter, sort or count by; rebuild it with reindex().`)
  return { position, spec }
}

/** Puts conditions together; `empty` stands for none. */
export function join(parts: readonly Sql[], separator: string, empty: string): Sql {
  if (parts.length === 0) return { text: empty, params: [] }
  return { text: `(${parts.map(({ text }) => text).join(separator)})`, params: parts.flatMap(({ params }) => params) }
}
