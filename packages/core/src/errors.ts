const brand = Symbol.for('hanse.error')

/** What a {@link HanseError} is made from. */
export interface HanseErrorOptions<Code extends string = string> {
  /** Stable, upper snake case, for programs. Each package lists its codes in a const tuple. */
  readonly code: Code
  /**
   * Whether the same call may succeed when it is repeated unchanged.
   * @defaultValue false
   */
  readonly retryable?: boolean
  /** What led here: a driver's error is always kept as the cause. */
  readonly cause?: unknown
  /** Facts for programs and logs: what was expected, what came. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * The one error class of all Hanse packages.
 *
 * Its message states the subject, what was expected and what came; its `code` is stable.
 * Recognise it by {@link HanseError.isInstance}, which also works across duplicate copies of the package.
 *
 * @example
 * ```ts
 * try {
 *   await bus.publish(orderPlaced, order)
 * } catch (error) {
 *   if (HanseError.isInstance(error) && error.retryable) retryLater(error.code)
 *   else throw error
 * }
 * ```
 */
export class HanseError<Code extends string = string> extends Error {
  override readonly name = 'HanseError'
  /** Stable, upper snake case, for programs. */
  readonly code: Code
  /** Whether the same call may succeed when it is repeated unchanged. */
  readonly retryable: boolean
  /** Facts for programs and logs. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(message: string, options: HanseErrorOptions<Code>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.retryable = options.retryable ?? false
    this.details = options.details ?? {}
    Object.defineProperty(this, brand, { value: true })
  }

  /** Whether `error` is a Hanse error, made by this copy of the package or another. */
  static isInstance(error: unknown): error is HanseError {
    return typeof error === 'object' && error !== null && brand in error
  }

  /** Whether `error` is a Hanse error with one of the given codes. */
  static hasCode<Code extends string>(error: unknown, ...codes: readonly Code[]): error is HanseError<Code> {
    return HanseError.isInstance(error) && (codes as readonly string[]).includes(error.code)
  }
}

/** The codes that `@hanse/core` itself throws. */
export const coreErrorCodes = ['INVALID_ARGUMENT', 'VALIDATION_FAILED', 'CLOSED', 'NOT_STARTED', 'DEADLINE_EXCEEDED'] as const

/** One of {@link coreErrorCodes}. */
export type CoreErrorCode = (typeof coreErrorCodes)[number]

/**
 * An error for an argument or option that is not what was asked for; thrown synchronously.
 *
 * @param subject - what is wrong, for instance `option 'limit' of select`
 * @param expected - what would be right, for instance `a whole number from 1 to 100`
 * @param received - what came; printed short
 */
export function invalidArgument(subject: string, expected: string, received: unknown): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(`${subject} must be ${expected}; got ${describe(received)}.`, {
    code: 'INVALID_ARGUMENT',
    details: { subject, expected },
  })
}

/** A short printable form of any value, for error messages. At most 80 characters. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return JSON.stringify(value.length > 70 ? `${value.slice(0, 70)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
  if (typeof value === 'symbol') return value.toString()
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') return typeof value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
  if (value instanceof Error) return `${value.name}: ${value.message}`.slice(0, 80)
  if (Array.isArray(value)) return `an array of ${value.length}`
  const keys = Object.keys(value)
  return `an object with ${keys.length === 0 ? 'no keys' : `keys ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''}`}`
}
