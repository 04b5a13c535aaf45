import type { CqlType } from '../schema/cql-type.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import type {
  Bound,
  CellChange,
  Condition,
  DeleteStatement,
  Filter,
  InsertStatement,
  Nearest,
  ReadStatement,
  ScanStatement,
  SelectStatement,
  UpdateStatement,
  Values,
  WriteStatement,
} from '../query/statement.ts'
import { similarityColumn } from '../query/statement.ts'
import { compileEncode } from './encode.ts'
import type { Encode } from './encode.ts'

/** A statement in CQL, its parameters in bytes. Nothing is ever bound to null. */
export interface Rendered {
  readonly query: string
  readonly params: readonly Buffer[]
}

/** A name in CQL; quoted, because a declared name may be a reserved word. */
export function quote(name: string): string {
  return `"${name}"`
}

/** Renders statements for one keyspace. */
export class Renderer {
  readonly #keyspace: string
  readonly #encoders = new WeakMap<CqlType, Encode>()

  constructor(keyspace: string) {
    this.#keyspace = keyspace
  }

  /** The full name of a table. */
  tableName(name: string): string {
    return `${quote(this.#keyspace)}.${quote(name)}`
  }

  /** Columns are always listed: `*` would change with the table behind a prepared statement. */
  select(statement: SelectStatement): Rendered {
    const { table, target, key, bounds, reversed } = statement
    const params: Buffer[] = []
    const where = this.#where(table, key, bounds, params)
    const columns = selectedColumns(statement).map(quote).join(', ')
    const distinct = target === 'static' ? 'DISTINCT ' : ''
    const order = reversed && target === 'rows' ? ` ORDER BY ${reversedOrder(table)}` : ''
    return { query: `SELECT ${distinct}${columns} FROM ${this.tableName(table.name)} WHERE ${where}${order}`, params }
  }

  /** Filters need no ALLOW FILTERING, because each of their columns has an index. */
  scan(statement: ScanStatement): Rendered {
    const { table, target, filters, nearest, limit } = statement
    const params: Buffer[] = []
    const columns = selectedColumns(statement).map(quote)
    if (nearest !== undefined) {
      params.push(this.#bytes(table, nearest.column, nearest.vector))
      columns.push(`similarity_cosine(${quote(nearest.column)}, ?) AS ${quote(similarityColumn)}`)
    }
    const where = filters.length === 0 ? '' : ` WHERE ${filters.map((filter) => this.#filter(table, filter, params)).join(' AND ')}`
    const order = nearest === undefined ? '' : this.#nearestFirst(table, nearest, limit, params)
    return { query: `SELECT ${target === 'static' ? 'DISTINCT ' : ''}${columns.join(', ')} FROM ${this.tableName(table.name)}${where}${order}`, params }
  }

  #filter(table: TableSchema, { column: name, operator, value }: Filter, params: Buffer[]): string {
    const { type } = columnOf(table, name)
    const isElement = operator === 'contains' && (type.kind === 'list' || type.kind === 'set')
    params.push(this.#encoder(isElement ? type.of : type)(value))
    return `${quote(name)} ${operator === 'contains' ? 'CONTAINS' : operator} ?`
  }

  #nearestFirst(table: TableSchema, { column, vector }: Nearest, limit: number, params: Buffer[]): string {
    const rows = Buffer.alloc(4)
    rows.writeInt32BE(limit)
    params.push(this.#bytes(table, column, vector), rows)
    return ` ORDER BY ${quote(column)} ANN OF ? LIMIT ?`
  }

  write(statement: WriteStatement): Rendered {
    if (statement.kind === 'insert') return this.#insert(statement)
    return statement.kind === 'update' ? this.#update(statement) : this.#delete(statement)
  }

  #insert({ table, row, ifAbsent, ttlSeconds }: InsertStatement): Rendered {
    const names = Object.keys(row)
    const params = names.map((name) => this.#bytes(table, name, row[name]))
    const marks = names.map(() => '?').join(', ')
    const condition = ifAbsent ? ' IF NOT EXISTS' : ''
    const query = `INSERT INTO ${this.tableName(table.name)} (${names.map(quote).join(', ')}) VALUES (${marks})${condition}${ttl(ttlSeconds, params)}`
    return { query, params }
  }

  #update({ table, key, changes, conditions, ttlSeconds }: UpdateStatement): Rendered {
    const params: Buffer[] = []
    const using = ttl(ttlSeconds, params)
    const set = changes.map((change) => this.#change(table, change, params)).join(', ')
    const where = this.#where(table, key, [], params)
    return { query: `UPDATE ${this.tableName(table.name)}${using} SET ${set} WHERE ${where}${this.#conditions(table, conditions, params)}`, params }
  }

  #delete({ table, key, bounds, conditions }: DeleteStatement): Rendered {
    const params: Buffer[] = []
    const where = this.#where(table, key, bounds, params)
    return { query: `DELETE FROM ${this.tableName(table.name)} WHERE ${where}${this.#conditions(table, conditions, params)}`, params }
  }

  #where(table: TableSchema, key: Values, bounds: readonly Bound[], params: Buffer[]): string {
    const equalities = Object.keys(key).map((name) => {
      params.push(this.#bytes(table, name, key[name]))
      return `${quote(name)} = ?`
    })
    const ranges = bounds.map(({ column, operator, value }) => {
      params.push(this.#bytes(table, column, value))
      return `${quote(column)} ${operator} ?`
    })
    return [...equalities, ...ranges].join(' AND ')
  }

  #change(table: TableSchema, change: CellChange, params: Buffer[]): string {
    const name = quote(change.column)
    if (change.kind === 'remove') return `${name} = null`
    params.push(this.#changeBytes(columnOf(table, change.column), change.kind, change.value))
    switch (change.kind) {
      case 'put':
        return `${name} = ?`
      case 'prepend':
        return `${name} = ? + ${name}`
      case 'removeFromSet':
      case 'removeEntries':
        return `${name} = ${name} - ?`
      default:
        return `${name} = ${name} + ?`
    }
  }

  /** Keys that leave a map are sent as a set of keys; every other change has the type of its column. */
  #changeBytes(column: ColumnSchema, kind: CellChange['kind'], value: unknown): Buffer {
    if (kind !== 'removeEntries' || column.type.kind !== 'map') return this.#encoder(column.type)(value)
    return compileEncode({ kind: 'set', of: column.type.key, frozen: true })(value)
  }

  #conditions(table: TableSchema, conditions: readonly Condition[], params: Buffer[]): string {
    if (conditions.length === 0) return ''
    if (conditions.every(({ kind }) => kind === 'exists')) return ' IF EXISTS'
    const compared = conditions.flatMap((condition) => {
      if (condition.kind === 'exists') return []
      const left = `${quote(condition.column)} ${condition.operator}`
      if (condition.value === null) return [`${left} null`]
      params.push(this.#bytes(table, condition.column, condition.value))
      return [`${left} ?`]
    })
    return ` IF ${compared.join(' AND ')}`
  }

  #bytes(table: TableSchema, name: string, value: unknown): Buffer {
    return this.#encoder(columnOf(table, name).type)(value)
  }

  #encoder(type: CqlType): Encode {
    let encode = this.#encoders.get(type)
    if (encode === undefined) {
      encode = compileEncode(type)
      this.#encoders.set(type, encode)
    }
    return encode
  }
}

/**
 * The columns that are asked of the server: those wanted, and what tells whether there is a row at all. A partition with nothing but
 * static columns answers with a row that has no clustering columns; a partition without them answers DISTINCT with nulls.
 */
export function selectedColumns({ table, target, columns }: ReadStatement): readonly string[] {
  if (target === 'static') {
    const names = new Set([...columns, ...table.staticColumns.map(({ name }) => name)])
    return [...names]
  }
  const [first] = table.clusteringKey
  return table.staticColumns.length === 0 || first === undefined || columns.includes(first.name) ? columns : [...columns, first.name]
}

function reversedOrder(table: TableSchema): string {
  return table.clusteringKey.map(({ name, order }) => `${quote(name)} ${order === 'asc' ? 'DESC' : 'ASC'}`).join(', ')
}

function ttl(ttlSeconds: number | undefined, params: Buffer[]): string {
  if (ttlSeconds === undefined) return ''
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(ttlSeconds)
  params.push(bytes)
  return ' USING TTL ?'
}

function columnOf(table: TableSchema, name: string): ColumnSchema {
  const column = table.byName.get(name)
  if (column === undefined) throw new TypeError(`table '${table.name}' has no column '${name}'`)
  return column
}
