import { invalidArgument } from '@hanse/core'
import type { Schema, SchemaInput, SchemaOutput } from '@hanse/core'

/** What {@link defineEvent} needs to know about a type of event. */
export interface EventOptions<S extends Schema> {
  /**
   * Any Standard Schema (zod, valibot, arktype …) that accepts the event's data in its JSON form:
   * use `z.coerce.date()` for dates, so that a date is a date again for the handler.
   */
  readonly schema: S
  /** Names what the event is about: events of one key are handled in the order in which they were published. Never empty. */
  key(data: SchemaOutput<S>): string
  /**
   * The version of the data's shape, from 1. Raise it for changes that old handlers cannot read.
   * @defaultValue 1
   */
  readonly version?: number
  /** For each older version: makes its JSON data into that of the next version. */
  readonly upcast?: Readonly<Record<number, (data: unknown) => unknown>>
  /**
   * Into how many partitions the topic is divided: the most processes of one group that can share it. Cannot be changed later.
   * @defaultValue 8
   */
  readonly partitions?: number
}

/** A type of event: its name, its schema, its key. Made by {@link defineEvent}. */
export interface EventDefinition<Type extends string = string, S extends Schema = Schema> {
  /** The CloudEvents type, which is also the topic. */
  readonly type: Type
  /** Accepts the data's JSON form. */
  readonly schema: S
  /** The version that `schema` describes. */
  readonly version: number
  /** From each older version to the next. */
  readonly upcast: Readonly<Record<number, (data: unknown) => unknown>>
  /** Into how many partitions the topic is divided. */
  readonly partitions: number
  /** Names what an event is about. */
  key(data: SchemaOutput<S>): string
}

/** What `publish` accepts as the data of an event. */
export type EventInput<E extends EventDefinition> = SchemaInput<E['schema']>

/** What a handler receives as the data of an event. */
export type EventOutput<E extends EventDefinition> = SchemaOutput<E['schema']>

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,149}$/

/**
 * Declares a type of event. One type is one topic; for an order between several kinds of change to one thing,
 * declare one type whose schema is a union.
 *
 * @example
 * ```ts
 * const orderPlaced = defineEvent('order.placed', { schema: z.object({ orderId: z.string(), total: z.string() }), key: (order) => order.orderId })
 * ```
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function defineEvent<const Type extends string, S extends Schema>(type: Type, options: EventOptions<S>): EventDefinition<Type, S> {
  const { schema, version = 1, upcast = {}, partitions = 8 } = options
  const subject = (option: string): string => `option '${option}' of event '${type}'`
  checkName('the type of an event', type)
  if (typeof schema?.['~standard']?.validate !== 'function') throw invalidArgument(subject('schema'), 'a Standard Schema', schema)
  if (!('key' in options) || typeof options.key !== 'function') throw invalidArgument(subject('key'), 'a function from the data to a string', undefined)
  if (!Number.isInteger(version) || version < 1) throw invalidArgument(subject('version'), 'a whole number from 1 up', version)
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1024)
    throw invalidArgument(subject('partitions'), 'a whole number from 1 to 1024', partitions)
  for (const from of Object.keys(upcast).map(Number)) {
    if (!Number.isInteger(from) || from < 1 || from >= version) throw invalidArgument(`a key of ${subject('upcast')}`, `a version below ${version}`, from)
  }
  return { type, schema, version, upcast, partitions, key: (data) => options.key(data) }
}

/**
 * Checks a name that becomes part of a topic's name.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function checkName(subject: string, name: unknown): void {
  if (typeof name !== 'string' || !namePattern.test(name))
    throw invalidArgument(subject, '1 to 150 letters, digits, dots, hyphens and underscores, beginning with a letter or digit', name)
}
