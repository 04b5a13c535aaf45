/** What a handler gives back: the body's fields beside `success: true`, and headers. */
export interface Answer {
  readonly body?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  /** Another code than the route's own. */
  readonly status?: number
  /** The version of a single resource, for `ETag`, `If-Match` and `If-None-Match`. */
  readonly version?: number | string
  /** Server-sent events instead of a body; the stream ends when the iterable does. */
  readonly events?: AsyncIterable<ServerSentEvent>
  /** Closes the connection without an answer: how the demo's payment provider loses one. */
  readonly hangUp?: true
}

/** One server-sent event. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: unknown
  readonly id?: string
}

/** `{ success: true, data }` */
export function ok(data: unknown, more: Omit<Answer, 'body'> = {}): Answer {
  return { body: { data }, ...more }
}

/** One page of a list. */
export function listed(rows: readonly unknown[], limit: number, next: string | null, more: Readonly<Record<string, unknown>> = {}): Answer {
  return { body: { data: rows, page: { limit, next }, ...more } }
}

/** 201 with the place of what was made. */
export function created(location: string, data: unknown, version: number | string): Answer {
  return { body: { data }, headers: { location }, version }
}

/** 204 */
export const nothing: Answer = {}
