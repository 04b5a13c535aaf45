import type { ValidationIssue } from '@hanse/core'

/** What a handler throws to answer with a problem body. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  /** Stable, snake case. */
  readonly code: string
  readonly errors: readonly ValidationIssue[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { errors?: readonly ValidationIssue[]; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.status = status
    this.code = code
    this.errors = more.errors
    this.headers = more.headers ?? {}
  }
}

/** 404 for something that is not there, or whose id cannot exist. */
export function notFound(subject: string): HttpProblem {
  return new HttpProblem(404, `${subject.toLowerCase().replaceAll(' ', '_')}_not_found`, `${subject} not found`)
}

/** 403 for somebody else's thing. */
export function forbidden(): HttpProblem {
  return new HttpProblem(403, 'forbidden', 'This needs its owner or another role.')
}

/** 503 for a dependency that is away; the caller may try again. */
export function unavailable(dependency: string, cause: unknown): HttpProblem {
  return new HttpProblem(503, 'dependency_unavailable', `The ${dependency} is not available right now. Try again shortly.`, {
    headers: { 'retry-after': '1' },
    cause,
  })
}
