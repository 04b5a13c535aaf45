import { HanseError } from '@hanse/core'

/** Options of {@link SagaRejection}. */
export interface SagaRejectionOptions {
  /**
   * For people: what was refused and why.
   * @defaultValue made from the reason
   */
  readonly message?: string
  /** Facts for programs; kept in the saga's history. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What led here. */
  readonly cause?: unknown
}

/**
 * A participant's definite refusal: nothing was done and nothing will be. Throw it from `run`.
 *
 * Before or at the pivot the saga goes back at once, without another attempt; from `undo`, or after the pivot, the saga needs attention.
 * Anything else that a step throws means "may have happened" and is repeated.
 *
 * @example
 * ```ts
 * run: async (c) => {
 *   const answer = await payments.charge(c.input.payment, c)
 *   if (answer.declined) throw new SagaRejection('card_declined')
 *   return { receipt: answer.receipt }
 * }
 * ```
 */
export class SagaRejection extends HanseError<'SAGA_REJECTED'> {
  /** Why, for programs: `out_of_stock`. Becomes the `code` of the saga's reason. */
  readonly reason: string

  constructor(reason: string, options: SagaRejectionOptions = {}) {
    super(options.message ?? `a participant refused: ${reason}.`, {
      code: 'SAGA_REJECTED',
      ...(options.cause === undefined ? {} : { cause: options.cause }),
      details: { ...options.details, reason },
    })
    this.reason = reason
  }

  /** Whether `error` is a rejection, made by this copy of the package or another. */
  static override isInstance(error: unknown): error is SagaRejection {
    return HanseError.hasCode(error, 'SAGA_REJECTED')
  }
}
