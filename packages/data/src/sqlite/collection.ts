import type { CellChange } from '../query/statement.ts'
import type { ColumnSchema } from '../schema/table-schema.ts'
import { mapEntries } from '../schema/value-codec.ts'
import type { Json } from '../schema/value-codec.ts'

/** One element of an unfrozen collection, each a cell with a life of its own. */
interface Element {
  /** The element of a list or set, or the key of a map. */
  readonly key: unknown
  /** The value of a map entry. */
  readonly value?: unknown
  /** When it expires, in milliseconds since the Unix epoch; 0 for never. */
  readonly expiresAt: number
}

/** The elements of one collection cell. */
export class Collection {
  readonly #column: ColumnSchema
  readonly #elements: readonly Element[]

  private constructor(column: ColumnSchema, elements: readonly Element[]) {
    this.#column = column
    this.#elements = elements
  }

  /** A whole new value. */
  static of(column: ColumnSchema, value: unknown, expiresAt: number): Collection {
    return new Collection(column, toElements(column, value, expiresAt))
  }

  /** What `toText` made; empty for no cell. */
  static parse(column: ColumnSchema, text: string | null): Collection {
    if (text === null) return new Collection(column, [])
    const rows = JSON.parse(text) as readonly (readonly Json[])[]
    return new Collection(
      column,
      rows.map((row) => parseElement(column, row)),
    )
  }

  get isEmpty(): boolean {
    return this.#elements.length === 0
  }

  /** The earliest time at which an element expires; 0 for never. */
  get soonest(): number {
    return this.#elements.reduce((least, { expiresAt }) => (expiresAt !== 0 && (least === 0 || expiresAt < least) ? expiresAt : least), 0)
  }

  /** Without the elements that have expired. */
  at(now: number): Collection {
    return new Collection(
      this.#column,
      this.#elements.filter(({ expiresAt }) => expiresAt === 0 || expiresAt > now),
    )
  }

  /** With a change of elements; those it writes live until `expiresAt`. */
  with(change: CellChange, expiresAt: number): Collection {
    if (change.kind === 'remove') return new Collection(this.#column, [])
    const given =
      change.kind === 'removeEntries'
        ? (change.value as readonly unknown[]).map((key) => ({ key, expiresAt }))
        : toElements(this.#column, change.value, expiresAt)
    switch (change.kind) {
      case 'append':
        return new Collection(this.#column, [...this.#elements, ...given])
      case 'prepend':
        return new Collection(this.#column, [...given, ...this.#elements])
      case 'addToSet':
      case 'putEntries':
        return new Collection(
          this.#column,
          [...this.#without(given), ...given].toSorted((a, b) => this.#compare(a, b)),
        )
      case 'removeFromSet':
      case 'removeEntries':
        return new Collection(this.#column, this.#without(given))
      default:
        return new Collection(this.#column, given)
    }
  }

  /** The canonical value. */
  value(): unknown {
    const { type, codec } = this.#column
    if (type.kind === 'map') return codec.fromJson(this.#elements.map((element) => this.#json(element)))
    return this.#elements.map((element) => element.key)
  }

  toText(): string {
    return JSON.stringify(this.#elements.map((element) => (element.expiresAt === 0 ? this.#json(element) : [...this.#json(element), element.expiresAt])))
  }

  #json({ key, value }: Element): Json[] {
    const { elementCodec, entryCodec } = this.#column
    const keyJson = elementCodec?.toJson(key) ?? null
    return entryCodec === undefined ? [keyJson] : [keyJson, entryCodec.toJson(value)]
  }

  #compare(a: Element, b: Element): number {
    return this.#column.elementCodec?.compare(a.key, b.key) ?? 0
  }

  #without(others: readonly Element[]): readonly Element[] {
    return this.#elements.filter((element) => !others.some((other) => this.#compare(element, other) === 0))
  }
}

function toElements(column: ColumnSchema, value: unknown, expiresAt: number): Element[] {
  if (column.type.kind === 'map') return mapEntries(value).map(([key, entry]) => ({ key, value: entry, expiresAt }))
  return (value as readonly unknown[]).map((key) => ({ key, expiresAt }))
}

function parseElement(column: ColumnSchema, row: readonly Json[]): Element {
  const { elementCodec, entryCodec } = column
  const [first = null, second = null, third = 0] = row
  const key = elementCodec?.fromJson(first)
  if (entryCodec === undefined) return { key, expiresAt: Number(second ?? 0) }
  return { key, value: entryCodec.fromJson(second), expiresAt: Number(third) }
}
