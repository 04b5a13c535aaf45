const brand = Symbol('hanse.data.change')

/** What happens to a collection or a counter, in place of a whole new value. */
export interface ElementChange<Kind extends string, Value> {
  /** Tells a change from a value. */
  readonly [brand]: true
  /** What happens. */
  readonly kind: Kind
  /** The elements, entries, keys or the step. */
  readonly value: Value
}

/** A change of a list. */
export type ListChange<T> = ElementChange<'append' | 'prepend', readonly T[]>
/** A change of a set. */
export type SetChange<T> = ElementChange<'addToSet' | 'removeFromSet', readonly T[]>
/** New or replaced entries of a map. */
export type MapPut<M> = ElementChange<'putEntries', M>
/** Entries to take out of a map. */
export type MapRemove<K> = ElementChange<'removeEntries', readonly K[]>
/** A step of a counter. */
export type CounterChange = ElementChange<'increment', bigint>
/** Any change of elements. */
export type AnyElementChange = ElementChange<string, unknown>

function change<Kind extends string, Value>(kind: Kind, value: Value): ElementChange<Kind, Value> {
  return { [brand]: true, kind, value }
}

/** Whether a value given to `set` is a change of elements. */
export function isElementChange(value: unknown): value is AnyElementChange {
  return typeof value === 'object' && value !== null && brand in value
}

/** Adds elements behind the end of a list. Not idempotent: a statement with it is never retried blindly. */
export function append<const T>(values: readonly T[]): ListChange<T> {
  return change('append', values)
}

/** Adds elements before the start of a list, the first given first. Not idempotent: a statement with it is never retried blindly. */
export function prepend<const T>(values: readonly T[]): ListChange<T> {
  return change('prepend', values)
}

/** Adds elements to a set; those already there stay. */
export function addToSet<const T>(values: readonly T[]): SetChange<T> {
  return change('addToSet', values)
}

/** Takes elements out of a set; those not there do not matter. */
export function removeFromSet<const T>(values: readonly T[]): SetChange<T> {
  return change('removeFromSet', values)
}

/** Writes entries of a map and leaves every other entry alone. */
export function putEntries<M extends Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>>(entries: M): MapPut<M> {
  return change('putEntries', entries)
}

/** Takes entries out of a map by key; keys not there do not matter. */
export function removeEntries<const K>(keys: readonly K[]): MapRemove<K> {
  return change('removeEntries', keys)
}

/** Adds to a counter; give a negative step to subtract. Not idempotent: a statement with it is never retried blindly. */
export function increment(step: bigint = 1n): CounterChange {
  return change('increment', step)
}
