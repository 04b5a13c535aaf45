/** One sort of thing within a category, such as a kettle among the kitchen appliances. */
export interface Kind {
  /** As it stands in a product's name: `Electric Kettle`. */
  readonly name: string
  /** One of it, as it stands in a sentence: `electric kettle`. */
  readonly noun: string
  /** Its usual price, as a multiple of the category's. */
  readonly factor: number
  /** Sentences that fit this kind only; they may name attributes in braces. */
  readonly says: readonly string[]
  /** What people call it besides its name. */
  readonly tags: readonly string[]
  /** Attributes of this kind only, or in place of the category's: name → the values to draw from. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

/**
 * The word lists of one category. Patterns hold slots in braces: `{brand}`, `{model}`, `{kind}` (as in names),
 * `{noun}`, `{a noun}` (with its article), or the name of an attribute.
 */
export interface Theme {
  readonly category: string
  /** How often it occurs, against the other categories. */
  readonly weight: number
  /** Half of the products cost less than this, in EUR, before the kind's factor. */
  readonly medianPrice: number
  /** Standard deviation of the logarithm of the price. */
  readonly spread: number
  readonly brands: readonly string[]
  /** Names of product lines. */
  readonly series: readonly string[]
  /** What may follow the line's name; an empty one leaves it bare. */
  readonly marks: readonly string[]
  readonly attributes: Readonly<Record<string, readonly string[]>>
  /** Patterns of names. */
  readonly names: readonly string[]
  readonly kinds: readonly Kind[]
  /** First sentences of descriptions. */
  readonly openings: readonly string[]
  /** Middle sentences, most of them about an attribute. */
  readonly details: readonly string[]
  /** Last sentences; half of the descriptions have one. */
  readonly closings: readonly string[]
}
