import { HanseError } from '@hanse/core'
import { errors } from '@elastic/elasticsearch'
import { searchError } from '../errors.ts'

/** What a server says about a request that it refused. */
export interface Refusal {
  readonly status: number
  /** `index_not_found_exception`; empty when the answer does not say. */
  readonly type: string
  readonly reason: string
}

/** An error as a server words it. */
export interface ErrorCause {
  readonly type?: string
  readonly reason?: string
  readonly caused_by?: ErrorCause
}

interface ErrorBody {
  readonly error?: string | (ErrorCause & { readonly root_cause?: readonly ErrorCause[] })
}

/** Reads the refusal out of a driver's error; `undefined` when no server answered. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined
  const status = error.statusCode ?? 0
  const body = error.body as ErrorBody | undefined
  if (typeof body?.error !== 'object') return { status, type: '', reason: typeof body?.error === 'string' ? body.error : error.message }
  // What went wrong on a shard is the root; the outer error only says that shards failed.
  const { type = '', reason } = body.error.root_cause?.[0] ?? body.error
  return { status, type, reason: reasonOf({ ...body.error, ...(reason === undefined ? {} : { reason }) }) }
}

/** What a server says of an error, and of what led to it. */
export function reasonOf({ reason = '', caused_by: cause }: ErrorCause): string {
  const further = cause === undefined ? '' : firstLine(reasonOf(cause))
  if (further === '' || reason.includes(further)) return reason
  // The outer reason may quote the document at length; the inner one says what is wrong with it.
  return `${reason.slice(0, 120)} (${further.slice(0, 160)})`
}

/** Whether a server refused with one of these types. */
export function isRefused(error: unknown, ...types: readonly string[]): boolean {
  const cause = HanseError.isInstance(error) ? error.cause : error
  return types.includes(refusalOf(cause)?.type ?? '')
}

/** A driver's error in our words, with the driver's as its cause. */
export function toSearchError(error: unknown, subject: string): Error {
  if (HanseError.isInstance(error)) return error
  const refusal = refusalOf(error)
  if (refusal !== undefined) return refusedError(refusal, subject, error)
  const reason = error instanceof Error ? firstLine(error.message) : String(error)
  return searchError('ENGINE_FAILED', `Elasticsearch could not ${subject}: ${reason}.`, { cause: error, retryable: isTransient(error) })
}

function refusedError(refusal: Refusal, subject: string, cause: unknown): Error {
  const { status, type, reason } = refusal
  const details = { status, type }
  if (status === 401) return searchError('CONNECT_FAILED', `Elasticsearch refused the credentials of option 'auth' (401).`, { cause, details })
  if (status === 403) return searchError('ENGINE_FAILED', `the user of option 'auth' may not ${subject} (403): ${firstLine(reason)}.`, { cause, details })
  const retryable = status === 429 || status >= 500
  return searchError('ENGINE_FAILED', `Elasticsearch refused to ${subject} (${status} ${type}): ${firstLine(reason)}.`, { cause, retryable, details })
}

function isTransient(error: unknown): boolean {
  return error instanceof errors.ConnectionError || error instanceof errors.TimeoutError || error instanceof errors.NoLivingConnectionsError
}

/** The first line of a message, without its full stop. */
export function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, 300).replace(/\.$/, '')
}
