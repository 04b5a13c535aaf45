import { HanseError } from '@hanse/core'
import type { ScalarName, UserTypes } from './value-of.ts'

/** A CQL type, parsed. */
export type CqlType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'list' | 'set'; readonly of: CqlType; readonly frozen: boolean }
  | { readonly kind: 'map'; readonly key: CqlType; readonly value: CqlType; readonly frozen: boolean }
  | { readonly kind: 'tuple'; readonly items: readonly CqlType[] }
  | { readonly kind: 'vector'; readonly dimensions: number }
  | { readonly kind: 'udt'; readonly name: string; readonly fields: Readonly<Record<string, CqlType>> }

const scalarNames: ReadonlySet<string> = new Set<ScalarName>([
  'ascii',
  'text',
  'varchar',
  'uuid',
  'timeuuid',
  'decimal',
  'date',
  'time',
  'duration',
  'inet',
  'int',
  'smallint',
  'tinyint',
  'float',
  'double',
  'bigint',
  'varint',
  'counter',
  'boolean',
  'timestamp',
  'blob',
])

/** Whether a type is written element by element: a list, set or map that is not frozen. */
export function isCollection(type: CqlType): type is Extract<CqlType, { readonly frozen: boolean }> {
  return (type.kind === 'list' || type.kind === 'set' || type.kind === 'map') && !type.frozen
}

/** Whether a type is a duration or holds one somewhere: its values can be told apart, but not put in order. */
export function holdsDuration(type: CqlType): boolean {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'duration'
    case 'list':
    case 'set':
      return holdsDuration(type.of)
    case 'map':
      return holdsDuration(type.key) || holdsDuration(type.value)
    case 'tuple':
      return type.items.some(holdsDuration)
    case 'vector':
      return false
    case 'udt':
      return Object.values(type.fields).some(holdsDuration)
  }
}

/** The canonical text of a type: `varchar` is `text`, one blank behind a comma, `frozen` only where it says something. */
export function formatCqlType(type: CqlType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'varchar' ? 'text' : type.name
    case 'list':
    case 'set':
      return frozenText(type.frozen, `${type.kind}<${formatCqlType(type.of)}>`)
    case 'map':
      return frozenText(type.frozen, `map<${formatCqlType(type.key)}, ${formatCqlType(type.value)}>`)
    case 'tuple':
      return `frozen<tuple<${type.items.map(formatCqlType).join(', ')}>>`
    case 'vector':
      return `vector<float, ${type.dimensions}>`
    case 'udt':
      return `frozen<${type.name}>`
  }
}

function frozenText(frozen: boolean, text: string): string {
  return frozen ? `frozen<${text}>` : text
}

/**
 * Parses a CQL type string. Blanks and case do not matter.
 *
 * @param subject - whose type it is, for messages: `field 'total' of table 'orders'`
 * @throws HanseError `INVALID_ARGUMENT` for anything that is not exactly a CQL type or a declared user type
 */
export function parseCqlType(text: string, types: UserTypes, subject: string): CqlType {
  const parser = new Parser(text, types, subject)
  return parser.parse()
}

class Parser {
  readonly #text: string
  readonly #types: UserTypes
  readonly #subject: string
  readonly #tokens: readonly string[]
  readonly #within: readonly string[]
  #at = 0

  constructor(text: string, types: UserTypes, subject: string, within: readonly string[] = []) {
    this.#text = text
    this.#types = types
    this.#subject = subject
    this.#within = within
    this.#tokens = typeof text === 'string' ? (text.toLowerCase().match(/[a-z0-9_]+|[^\s]/g) ?? []) : []
  }

  parse(): CqlType {
    const type = this.#type(false, 0)
    if (this.#at < this.#tokens.length) throw this.#error(`has '${this.#tokens.slice(this.#at).join('')}' behind its end`)
    return type
  }

  #type(frozen: boolean, depth: number): CqlType {
    const name = this.#next()
    if (scalarNames.has(name)) return this.#scalar(name as ScalarName, depth)
    switch (name) {
      case 'frozen':
        return this.#inBrackets(() => this.#type(true, depth))
      case 'list':
      case 'set':
        return this.#collection(frozen, depth, () => ({ kind: name, of: this.#type(frozen, depth + 1), frozen }))
      case 'map':
        return this.#collection(frozen, depth, () => this.#map(frozen, depth))
      case 'tuple':
        return this.#inBrackets(() => ({ kind: 'tuple', items: this.#items(depth) }))
      case 'vector':
        return this.#inBrackets(() => this.#vector())
      default:
        return this.#userType(name, frozen)
    }
  }

  #scalar(name: ScalarName, depth: number): CqlType {
    if (name === 'counter' && depth > 0) throw this.#error('holds a counter inside another type')
    return { kind: 'scalar', name }
  }

  #collection(frozen: boolean, depth: number, body: () => CqlType): CqlType {
    if (depth > 0 && !frozen) throw this.#error('holds a collection that is not frozen inside another type; wrap the inner one in frozen<…>')
    return this.#inBrackets(body)
  }

  #map(frozen: boolean, depth: number): CqlType {
    const key = this.#type(frozen, depth + 1)
    this.#expect(',')
    if (key.kind !== 'scalar' || key.name === 'duration') throw this.#error('has a map key that is not a plain ordered type')
    return { kind: 'map', key, value: this.#type(frozen, depth + 1), frozen }
  }

  #items(depth: number): CqlType[] {
    const items = [this.#type(true, depth + 1)]
    while (this.#tokens[this.#at] === ',') {
      this.#at++
      items.push(this.#type(true, depth + 1))
    }
    return items
  }

  #vector(): CqlType {
    this.#expect('float')
    this.#expect(',')
    const dimensions = Number(this.#next())
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 8192) throw this.#error('needs from 1 to 8192 dimensions')
    return { kind: 'vector', dimensions }
  }

  #userType(name: string, frozen: boolean): CqlType {
    const declared = Object.hasOwn(this.#types, name) ? this.#types[name] : undefined
    if (declared === undefined) throw this.#error(`names '${name}', which is neither a CQL type nor declared in 'types'`)
    if (!frozen) throw this.#error(`uses the user type '${name}' unfrozen; write frozen<${name}>`)
    if (this.#within.includes(name)) throw this.#error(`uses the user type '${name}' inside itself`)
    const fields = Object.entries(declared).map(([field, text]): [string, CqlType] => [
      field,
      new Parser(text, this.#types, `field '${field}' of type '${name}'`, [...this.#within, name]).#frozenField(),
    ])
    return { kind: 'udt', name, fields: Object.fromEntries(fields) }
  }

  #frozenField(): CqlType {
    const type = this.#type(true, 1)
    if (this.#at < this.#tokens.length) throw this.#error(`has '${this.#tokens.slice(this.#at).join('')}' behind its end`)
    return type
  }

  #inBrackets(body: () => CqlType): CqlType {
    this.#expect('<')
    const type = body()
    this.#expect('>')
    return type
  }

  #next(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#error('ends too early')
    return token
  }

  #expect(token: string): void {
    const found = this.#next()
    if (found !== token) throw this.#error(`has '${found}' where '${token}' was expected`)
  }

  #error(problem: string): HanseError<'INVALID_ARGUMENT'> {
    return new HanseError(`${this.#subject} must have a CQL type; '${String(this.#text)}' ${problem}.`, { code: 'INVALID_ARGUMENT' })
  }
}
