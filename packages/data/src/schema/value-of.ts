/** User-defined types of a table: their names, and the CQL type strings of their fields. */
export type UserTypes = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The JavaScript type of each scalar CQL type. */
export interface ScalarValues {
  readonly ascii: string
  readonly text: string
  readonly varchar: string
  readonly uuid: string
  readonly timeuuid: string
  readonly decimal: string
  readonly date: string
  readonly time: string
  readonly duration: string
  readonly inet: string
  readonly int: number
  readonly smallint: number
  readonly tinyint: number
  readonly float: number
  readonly double: number
  readonly bigint: bigint
  readonly varint: bigint
  readonly counter: bigint
  readonly boolean: boolean
  readonly timestamp: Date
  readonly blob: Uint8Array
}

/** The name of a scalar CQL type. */
export type ScalarName = keyof ScalarValues

/**
 * The JavaScript type that a CQL type string stands for; `never` when the string is no CQL type and not declared in `Types`.
 * Blanks do not matter, nor does case.
 */
export type ValueOf<S extends string, Types extends UserTypes = Record<never, never>> = string extends S ? unknown : OfName<Lowercase<Trim<S>>, Types>

/** Whether a CQL type string is a collection that is written element by element: a `list`, `set` or `map` that is not frozen. */
export type CollectionKind<S extends string> =
  Lowercase<Trim<S>> extends `${infer Name}<${string}>` ? (Trim<Name> extends 'list' | 'set' | 'map' ? Trim<Name> : 'none') : 'none'

/** A text without the spaces around it. */
export type Trim<S extends string> = S extends ` ${infer Rest}` ? Trim<Rest> : S extends `${infer Rest} ` ? Trim<Rest> : S

type OfName<S extends string, Types extends UserTypes> = S extends ScalarName
  ? ScalarValues[S]
  : S extends keyof Types
    ? OfUserType<Types[S], Types>
    : S extends `${infer Name}<${infer Inner}>`
      ? OfGeneric<Trim<Name>, Inner, Types>
      : never

type OfUserType<Fields extends Readonly<Record<string, string>>, Types extends UserTypes> = {
  readonly [Field in keyof Fields]: ValueOf<Fields[Field], Types> | null
}

type OfGeneric<Name extends string, Inner extends string, Types extends UserTypes> = Name extends 'frozen'
  ? ValueOf<Inner, Types>
  : Name extends 'list' | 'set'
    ? ListOf<ValueOf<Inner, Types>>
    : Name extends 'map'
      ? OfMap<SplitTop<Inner>, Types>
      : Name extends 'tuple'
        ? OfTuple<SplitTop<Inner>, Types>
        : Name extends 'vector'
          ? OfVector<SplitTop<Inner>>
          : never

type ListOf<Value> = [Value] extends [never] ? never : readonly Value[]

type OfMap<Parts extends readonly string[], Types extends UserTypes> = Parts extends readonly [infer Key extends string, infer Value extends string]
  ? [ValueOf<Key, Types>] extends [never]
    ? never
    : [ValueOf<Value, Types>] extends [never]
      ? never
      : ValueOf<Key, Types> extends string
        ? Readonly<Record<string, ValueOf<Value, Types>>>
        : ReadonlyMap<ValueOf<Key, Types>, ValueOf<Value, Types>>
  : never

type OfTuple<Parts extends readonly string[], Types extends UserTypes> = {
  readonly [Index in keyof Parts]: ValueOf<Parts[Index], Types> | null
}

type OfVector<Parts extends readonly string[]> = Parts extends readonly [infer Element extends string, infer Size extends string]
  ? Trim<Element> extends 'float'
    ? Trim<Size> extends `${number}`
      ? Float32Array
      : never
    : never
  : never

/** Splits at commas that stand outside of brackets. */
type SplitTop<S extends string, Pending extends string = ''> = S extends `${infer Head},${infer Tail}`
  ? Balanced<`${Pending}${Head}`> extends true
    ? [`${Pending}${Head}`, ...SplitTop<Tail>]
    : SplitTop<Tail, `${Pending}${Head},`>
  : [`${Pending}${S}`]

type Balanced<S extends string> = Count<S, '<'> extends Count<S, '>'> ? true : false

type Count<S extends string, Mark extends string, Found extends readonly unknown[] = []> = S extends `${string}${Mark}${infer Rest}`
  ? Count<Rest, Mark, [...Found, unknown]>
  : Found['length']
