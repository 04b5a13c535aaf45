/** A value as engines store and compare it: keywords as strings, numbers as doubles, amounts, moments and booleans as 64-bit integers. */
export type AttributeValue = string | number | bigint

/**
 * Which documents may be found: one language for every engine, made by this package from a typed `where`.
 * A document without a value for a field matches neither `in` nor `range` on it. For a field with many values, one that matches is enough.
 */
export type Filter =
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly AttributeValue[] }
  | {
      readonly kind: 'range'
      readonly field: string
      readonly gt?: AttributeValue
      readonly gte?: AttributeValue
      readonly lt?: AttributeValue
      readonly lte?: AttributeValue
    }
  | { readonly kind: 'exists'; readonly field: string }
  | { readonly kind: 'ids'; readonly ids: readonly string[] }

/** The filter that every document passes. */
export const everything: Filter = { kind: 'all', of: [] }
