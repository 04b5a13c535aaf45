import type { ProblemCode } from './problem.ts'

/** Why a request goes no further. Data; {@link sendRefusal} makes the answer. */
export interface Refusal {
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly type?: string
  readonly extra?: Readonly<Record<string, unknown>>
  /** Further header fields, flat: name, value, name, value. */
  readonly headers?: readonly string[]
}

/** Makes a {@link Refusal}. */
export function refusal(status: number, code: ProblemCode, detail: string, headers?: readonly string[]): Refusal {
  return headers === undefined ? { status, code, detail } : { status, code, detail, headers }
}
