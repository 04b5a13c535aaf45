import { errors, types } from 'cassandra-driver'
import { HanseError } from '@hanse/core'
import type { DataErrorCode } from '../errors.ts'

const { responseErrorCodes: codes } = types

/** A server's answer that says no more than "try again later". */
const transientCodes: ReadonlySet<number> = new Set([
  codes.overloaded,
  codes.isBootstrapping,
  codes.unavailableException,
  codes.writeTimeout,
  codes.readTimeout,
  codes.writeFailure,
  codes.readFailure,
  codes.truncateError,
])
// CAS_WRITE_UNKNOWN of the native protocol: a conditional write whose outcome the coordinator does not know.
const casUnknown = 0x1700

/**
 * After which answers a conditional write may or may not have happened. Those about reads and about missing copies are among them: the server runs
 * several rounds, and may meet them when a proposal of an earlier round was already taken by some copies.
 */
const unknownOutcomes: ReadonlySet<number> = new Set([
  codes.writeTimeout,
  codes.writeFailure,
  codes.readTimeout,
  codes.readFailure,
  codes.unavailableException,
  casUnknown,
])

/** Whether a conditional write may or may not have happened. */
export function isOutcomeUnknown(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return unknownOutcomes.has(error.code)
  if (error instanceof errors.BusyConnectionError) return false
  if (error instanceof errors.OperationTimedOutError) return true
  if (error instanceof errors.NoHostAvailableError) return Object.values(error.innerErrors).some(isOutcomeUnknown)
  return error instanceof errors.DriverError && isSocketError(error)
}

function isSocketError(error: Error & { readonly isSocketError?: boolean }): boolean {
  return error.isSocketError === true || /socket|connection/i.test(error.message)
}

/** Whether the same call may succeed later. */
function isTransient(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return transientCodes.has(error.code) || error.code === casUnknown
  return (
    error instanceof errors.NoHostAvailableError ||
    error instanceof errors.OperationTimedOutError ||
    error instanceof errors.BusyConnectionError ||
    isOutcomeUnknown(error)
  )
}

/** A failure of the driver or the server, told in the words of the port. */
export function engineFailed(subject: string, error: unknown): HanseError<DataErrorCode> {
  if (HanseError.isInstance(error)) return error as HanseError<DataErrorCode>
  return new HanseError(`Cassandra could not ${subject}: ${reasonOf(error)}.`, { code: 'ENGINE_FAILED', retryable: isTransient(error), cause: error })
}

/** The reason in a failure; of several hosts, the first. */
export function reasonOf(error: unknown): string {
  if (error instanceof errors.NoHostAvailableError) {
    const tried = Object.entries(error.innerErrors).map(([host, inner]) => `${host}: ${reasonOf(inner)}`)
    return tried.length === 0 ? 'no node is reachable now' : `no node answered (${tried.slice(0, 3).join('; ')})`
  }
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}
