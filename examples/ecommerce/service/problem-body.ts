import { problem } from '@hanse/gateway'
import type { ProblemBody } from '@hanse/gateway'
import type { HttpProblem } from './problem.ts'

/** The body of a problem, in the same shape as the gateway's own. */
export function problemBody(from: HttpProblem, url: string): ProblemBody {
  const path = url.split('?')[0] ?? url
  return problem({
    status: from.status,
    code: from.code,
    detail: from.message,
    instance: `/api${path}`,
    ...(from.errors === undefined ? {} : { errors: from.errors }),
  })
}
