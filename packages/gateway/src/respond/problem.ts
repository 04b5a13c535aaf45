import { STATUS_CODES } from 'node:http'

/** Stable, snake case: why the gateway itself refused or failed a request. A service's own answers pass with the service's codes. */
export const problemCodes = [
  'bad_request',
  'invalid_path',
  'unauthorized',
  'token_expired',
  'forbidden',
  'not_found',
  'unknown_service',
  'method_not_allowed',
  'request_timeout',
  'payload_too_large',
  'uri_too_long',
  'expectation_failed',
  'rate_limited',
  'headers_too_large',
  'upgrade_refused',
  'internal_error',
  'bad_gateway',
  'service_unavailable',
  'overloaded',
  'auth_unavailable',
  'gateway_timeout',
] as const

/** One of {@link problemCodes}. */
export type ProblemCode = (typeof problemCodes)[number]

/** One invalid place of a request, for answers with status 422. */
export interface ProblemError {
  /** Where, as a JSON Pointer (RFC 6901): `/items/0/quantity`. */
  readonly pointer: string
  /** What is wrong there. */
  readonly detail: string
}

/** What {@link problem} makes a body from. */
export interface ProblemFacts {
  /** The HTTP status, 400–599. */
  readonly status: number
  /** Stable, snake case, for programs. */
  readonly code: string
  /** What went wrong this time, for people. Never an inner address, a stack or a driver's message. */
  readonly detail?: string
  /**
   * The kind of problem in words.
   * @defaultValue the status' phrase of RFC 9110
   */
  readonly title?: string
  /**
   * A URI of the kind of problem.
   * @defaultValue 'about:blank'
   */
  readonly type?: string
  /** Which request this was: its path. */
  readonly instance?: string
  /** Invalid places, for status 422. */
  readonly errors?: readonly ProblemError[]
  /** Further members, for instance `violated-policies`. They cannot replace the members above. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** A problem body of RFC 9457 that also carries `success: false` and `error`, so that clients of a plain envelope read it, too. */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly instance?: string
  readonly code: string
  readonly errors?: readonly ProblemError[]
  /** Always `false`. */
  readonly success: false
  /** The detail, or the title where there is none. */
  readonly error: string
  readonly [extension: string]: unknown
}

/** The media type of every answer that {@link problem} makes. */
export const problemMediaType = 'application/problem+json'

/**
 * Makes a problem body (RFC 9457). Pure; services use the same function, so that a client reads one shape from all.
 *
 * @example
 * ```ts
 * reply.code(409).type(problemMediaType).send(problem({ status: 409, code: 'email_taken', detail: 'This e-mail address has an account.' }))
 * ```
 */
export function problem(facts: ProblemFacts): ProblemBody {
  const title = facts.title ?? STATUS_CODES[facts.status] ?? 'Error'
  return {
    ...facts.extra,
    type: facts.type ?? 'about:blank',
    title,
    status: facts.status,
    ...(facts.detail === undefined ? {} : { detail: facts.detail }),
    ...(facts.instance === undefined ? {} : { instance: facts.instance }),
    code: facts.code,
    ...(facts.errors === undefined ? {} : { errors: facts.errors }),
    success: false,
    error: facts.detail ?? title,
  }
}
