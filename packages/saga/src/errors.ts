/**
 * The codes that `@hanse/saga` adds to those of `@hanse/core`:
 *
 * - `SAGA_UNKNOWN`: no registered definition has the name, or there is no saga with the id.
 * - `SAGA_KEY_CONFLICT`: the key already started a saga with another input.
 * - `SAGA_NOT_CANCELLABLE`: the saga has ended, goes back already, or has reached its pivot.
 * - `SAGA_NOT_STUCK`: an operator's command for a saga that is not in `needs-attention`.
 * - `SAGA_VERSION_MISSING`: the version of the definition that a saga started with is not registered here.
 * - `SAGA_REJECTED`: a participant refused for good; thrown by steps, see `SagaRejection`.
 * - `SAGA_ILLEGAL_EVENT`: an event that the state of a saga does not allow; a fault of this package or a log written by something else.
 * - `SAGA_BUSY`: others changed the saga each time that a command tried to; repeat the command.
 */
export const sagaErrorCodes = [
  'SAGA_UNKNOWN',
  'SAGA_KEY_CONFLICT',
  'SAGA_NOT_CANCELLABLE',
  'SAGA_NOT_STUCK',
  'SAGA_VERSION_MISSING',
  'SAGA_REJECTED',
  'SAGA_ILLEGAL_EVENT',
  'SAGA_BUSY',
] as const

/** One of {@link sagaErrorCodes}. */
export type SagaErrorCode = (typeof sagaErrorCodes)[number]
