import type { BooleanField, DateField, Field, Fields, KeywordField, MoneyField, NumberField, StoredField, TextField } from './fields.ts'

/** What a document holds under a field. */
export type FieldValue<F extends Field> = F extends TextField
  ? string
  : F extends KeywordField<infer Many>
    ? true extends Many
      ? readonly string[]
      : string
    : F extends NumberField
      ? number
      : F extends MoneyField
        ? string
        : F extends DateField
          ? Date | string
          : F extends BooleanField
            ? boolean
            : F extends StoredField<infer Value>
              ? Value
              : never

type OptionalNames<F extends Fields> = { [K in keyof F]: F[K]['optional'] extends true ? K : never }[keyof F]

/** The documents that fit the declared fields and the name of the id. */
export type DocumentOf<F extends Fields, Id extends string> = Simplify<
  { readonly [K in Id]: string } & { readonly [K in Exclude<keyof F, OptionalNames<F>>]: FieldValue<F[K]> } & {
    readonly [K in OptionalNames<F>]?: FieldValue<F[K]> | null | undefined
  }
>

type Simplify<T> = { [K in keyof T]: T[K] }

/** The fields that may be declared for a property of the given type. */
export type FieldFor<Value> =
  | StoredField
  | ([Value] extends [string]
      ? TextField | KeywordField<false> | MoneyField | DateField
      : [Value] extends [number]
        ? NumberField
        : [Value] extends [boolean]
          ? BooleanField
          : [Value] extends [Date | string]
            ? DateField
            : [Value] extends [readonly string[]]
              ? KeywordField<true>
              : never)

/** The fields that may be declared for a document type. */
export type FieldsFor<Doc extends object> = { readonly [K in Extract<keyof Doc, string>]?: FieldFor<NonNullable<Doc[K]>> }

/** The names of the string properties of a document type, one of which is its id. */
export type IdName<Doc extends object> = { [K in Extract<keyof Doc, string>]: Doc[K] extends string ? K : never }[Extract<keyof Doc, string>]

/**
 * A document as its embedded text is made from: declared text and keyword fields that are missing read as `''`,
 * so that no `undefined` or `null` gets into a text.
 */
export type EmbeddingView<Doc extends object> = { readonly [K in keyof Doc]-?: [NonNullable<Doc[K]>] extends [string] ? string : Doc[K] }
