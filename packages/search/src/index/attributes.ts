/** How an engine stores an attribute: strings by their bytes, doubles, or 64-bit integers. */
export type AttributeType = 'string' | 'double' | 'integer'

/** A field that is filtered, sorted or counted. */
export interface AttributeSpec {
  readonly name: string
  readonly type: AttributeType
  /** Whether a document may have several values. */
  readonly many: boolean
}

/** What became of one change. */
export interface WriteOutcome {
  readonly id: string
  readonly status: 'applied' | 'stale' | 'failed'
  /** Why it failed. */
  readonly error?: Error
}
