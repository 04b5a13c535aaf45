import { HanseError } from '@hanse/core'
import type { EventBusErrorCode } from '../errors.ts'
import type { ResolvedKafkaOptions } from './kafka-options.ts'

/** What the client's errors carry: one that gathers others has no `retriable` of its own. */
interface ClientError {
  readonly retriable?: unknown
  readonly errors?: readonly unknown[]
  readonly topic?: string
  readonly cause?: unknown
}

/** The messages of an error and of what led to it. */
function reasonsOf(error: unknown): string {
  const reasons: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) if (!reasons.includes(messageOf(at))) reasons.push(messageOf(at))
  return reasons.length === 0 ? String(error) : reasons.join('; ')
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { errors = [], topic } = error as ClientError
  const message = topic === undefined ? error.message : `topic '${topic}': ${error.message}`
  return errors.length === 0 ? message : `${message} (${errors.map(messageOf).join('; ')})`
}

/** A client that has tried often enough calls its error final, whatever it was; what led to it tells. */
function isRetriable(error: unknown): boolean {
  const { retriable, errors, cause } = error as ClientError
  if (errors !== undefined) return errors.every(isRetriable)
  return cause instanceof Error ? isRetriable(cause) : retriable !== false
}

/** An error of the client, told in the words of the port. */
export function engineFailed(subject: string, error: unknown): HanseError<EventBusErrorCode> {
  if (HanseError.isInstance(error)) return error as HanseError<EventBusErrorCode>
  return new HanseError(`Kafka could not ${subject}: ${reasonsOf(error)}.`, { code: 'ENGINE_FAILED', retryable: isRetriable(error), cause: error })
}

/** Whether trouble with a connection is with certificates, or with a peer that speaks no TLS: trying again does not help. */
export function isCertificateTrouble(message: string): boolean {
  return /certificate|self.signed|wrong version number|SSL|TLS/i.test(message)
}

/** Why a connection could not be made, by the option that is likely wrong. */
export function connectFailed(options: ResolvedKafkaOptions, error: unknown): HanseError<EventBusErrorCode> {
  const { brokers, sasl, tls, connectTimeoutMs } = options
  const reasons = reasonsOf(error)
  const at = brokers.join(', ')
  const failed = (problem: string, retryable = false): HanseError<EventBusErrorCode> =>
    new HanseError(`kafka() could not connect: ${problem} (${reasons}).`, { code: 'CONNECT_FAILED', retryable, cause: error, details: { brokers } })
  if (/SASL|authentication/i.test(reasons)) return failed(`option 'sasl' ${sasl === undefined ? 'is missing, and the brokers ask for it' : 'was refused'}`)
  if (isCertificateTrouble(reasons)) return failed(`option 'tls' does not fit what the brokers at ${at} speak`)
  const unasked = [...(tls === undefined ? ['TLS'] : []), ...(sasl === undefined ? ["a password (option 'sasl')"] : [])]
  const hint = unasked.length === 0 ? '' : `, and do they want ${unasked.join(' or ')}`
  return failed(`no broker of option 'brokers' (${at}) answered within ${connectTimeoutMs} ms; are they up, are the addresses right${hint}?`, true)
}
