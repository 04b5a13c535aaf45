import type {
  Bound,
  CellChange,
  Condition,
  DeleteStatement,
  Filter,
  InsertStatement,
  ScanStatement,
  SelectStatement,
  UpdateStatement,
  Values,
  WriteStatement,
} from '../query/statement.ts'
import type { CqlType } from '../schema/cql-type.ts'
import type { ColumnSchema, TableSchema } from '../schema/table-schema.ts'
import { deleteText, insertText, quote, scanText, selectText, updateText } from './cql-text.ts'
import { compileEncode } from './encode.ts'
import type { Encode } from './encode.ts'
import { ShapeTree } from './shape-tree.ts'

/** A statement in CQL, its parameters in bytes. Nothing is ever bound to null. */
export interface Rendered {
  readonly query: string
  readonly params: readonly Buffer[]
}

/**
 * Renders statements for one keyspace. What the text depends on is a word of the shape, and no word that is not the name of a column could be one;
 * everything else is a parameter.
 */
export class Renderer {
  readonly #keyspace: string
  readonly #encoders = new WeakMap<CqlType, Encode>()
  readonly #shapes = new WeakMap<TableSchema, ShapeTree>()

  constructor(keyspace: string) {
    this.#keyspace = keyspace
  }

  select(statement: SelectStatement): Rendered {
    const { table, target, columns, key, bounds, reversed } = statement
    const params: Buffer[] = []
    const asked = this.#shapeOf(table, 'select')
      .at(target)
      .at(reversed ? 'desc' : 'asc')
      .through(columns)
    const shape = this.#where(asked, table, key, bounds, params)
    shape.text ??= selectText(this.#nameOf(table), statement)
    return { query: shape.text, params }
  }

  scan(statement: ScanStatement): Rendered {
    const { table, filters, nearest, limit } = statement
    const vector = nearest === undefined ? [] : [this.#bytes(table, nearest.column, nearest.vector)]
    const filtered = filters.map((filter) => this.#filter(table, filter))
    const most = nearest === undefined ? [] : [int32(limit)]
    return { query: scanText(this.#nameOf(table), statement), params: [...vector, ...filtered, ...vector, ...most] }
  }

  write(statement: WriteStatement): Rendered {
    if (statement.kind === 'insert') return this.#insert(statement)
    return statement.kind === 'update' ? this.#update(statement) : this.#delete(statement)
  }

  #insert(statement: InsertStatement): Rendered {
    const { table, row, ifAbsent, ttlSeconds } = statement
    const params: Buffer[] = []
    let shape = this.#shapeOf(table, ifAbsent ? 'insertIfAbsent' : 'insert')
    for (const name of Object.keys(row)) {
      shape = shape.at(name)
      params.push(this.#bytes(table, name, row[name]))
    }
    shape = lives(shape, ttlSeconds, params)
    shape.text ??= insertText(this.#nameOf(table), statement)
    return { query: shape.text, params }
  }

  #update(statement: UpdateStatement): Rendered {
    const { table, key, changes, conditions, ttlSeconds } = statement
    const params: Buffer[] = []
    let shape = lives(this.#shapeOf(table, 'update'), ttlSeconds, params)
    for (const change of changes) {
      shape = shape.at(change.column).at(change.kind)
      if (change.kind !== 'remove') params.push(this.#changeBytes(columnOf(table, change.column), change.kind, change.value))
    }
    shape = this.#where(shape, table, key, [], params)
    shape = this.#conditions(shape, table, conditions, params)
    shape.text ??= updateText(this.#nameOf(table), statement)
    return { query: shape.text, params }
  }

  #delete(statement: DeleteStatement): Rendered {
    const { table, key, bounds, conditions } = statement
    const params: Buffer[] = []
    const where = this.#where(this.#shapeOf(table, 'delete'), table, key, bounds, params)
    const shape = this.#conditions(where, table, conditions, params)
    shape.text ??= deleteText(this.#nameOf(table), statement)
    return { query: shape.text, params }
  }

  #where(before: ShapeTree, table: TableSchema, key: Values, bounds: readonly Bound[], params: Buffer[]): ShapeTree {
    let shape = before.at('WHERE')
    for (const name of Object.keys(key)) {
      shape = shape.at(name)
      params.push(this.#bytes(table, name, key[name]))
    }
    for (const { column, operator, value } of bounds) {
      shape = shape.at(operator).at(column)
      params.push(this.#bytes(table, column, value))
    }
    return shape
  }

  #conditions(before: ShapeTree, table: TableSchema, conditions: readonly Condition[], params: Buffer[]): ShapeTree {
    let shape = before
    for (const condition of conditions) {
      if (condition.kind === 'exists') {
        shape = shape.at('IF EXISTS')
        continue
      }
      shape = shape.at('IF').at(condition.column).at(condition.operator)
      if (condition.value === null) shape = shape.at('NULL')
      else params.push(this.#bytes(table, condition.column, condition.value))
    }
    return shape
  }

  #filter(table: TableSchema, { column: name, operator, value }: Filter): Buffer {
    const { type } = columnOf(table, name)
    const isElement = operator === 'contains' && (type.kind === 'list' || type.kind === 'set')
    return this.#encoder(isElement ? type.of : type)(value)
  }

  /** Keys that leave a map are sent as a set of keys; every other change has the type of its column. */
  #changeBytes(column: ColumnSchema, kind: CellChange['kind'], value: unknown): Buffer {
    if (kind !== 'removeEntries' || column.type.kind !== 'map') return this.#encoder(column.type)(value)
    return compileEncode({ kind: 'set', of: column.type.key, frozen: true })(value)
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

  #shapeOf(table: TableSchema, verb: string): ShapeTree {
    let shape = this.#shapes.get(table)
    if (shape === undefined) {
      shape = new ShapeTree()
      this.#shapes.set(table, shape)
    }
    return shape.at(verb)
  }

  /** The full name of a table. */
  #nameOf(table: TableSchema): string {
    return `${quote(this.#keyspace)}.${quote(table.name)}`
  }
}

function lives(shape: ShapeTree, ttlSeconds: number | undefined, params: Buffer[]): ShapeTree {
  if (ttlSeconds === undefined) return shape.at('for ever')
  params.push(int32(ttlSeconds))
  return shape.at('for a time')
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function columnOf(table: TableSchema, name: string): ColumnSchema {
  const column = table.byName.get(name)
  if (column === undefined) throw new TypeError(`table '${table.name}' has no column '${name}'`)
  return column
}
