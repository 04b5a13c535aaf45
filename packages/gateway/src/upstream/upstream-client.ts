import type { Readable } from 'node:stream'

/** A request to one instance. */
export interface UpstreamRequest {
  /** `http://host:port`. */
  readonly origin: string
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Flat: name, value, name, value. Without Host, framing and hop-by-hop fields, Content-Length excepted. */
  readonly headers: readonly string[]
  readonly body: Readable | null
  /** The longest silence within the answer's body, in milliseconds; 0 for no limit. */
  readonly idleTimeoutMs: number
}

/** Steers a request that is under way. */
export interface UpstreamControl {
  /** Gives the request up and closes its connection. The handler hears `onFailure`, or nothing more. */
  abort(): void
  /** Stops reading the answer's body, so that the instance is held back. */
  pause(): void
  resume(): void
}

/**
 * What went wrong. `unreachable`: no connection; `slow`: no connection or no data in time; `broken`: the connection ended too early;
 * `malformed`: the answer is not HTTP; `body`: the request's own body failed; `aborted`: given up by ourselves.
 */
export type FailureKind = 'unreachable' | 'slow' | 'broken' | 'malformed' | 'body' | 'aborted'

/** How an attempt failed. Data, not an exception. */
export interface UpstreamFailure {
  readonly kind: FailureKind
  /** Whether a byte of the request may have left. When not, repeating it is safe whatever its method. */
  readonly sent: boolean
  readonly cause: unknown
}

/** Hears how a request goes: `onStart`, `onHead`, `onData`…, `onEnd`; or `onFailure` at any point, as the last call. */
export interface UpstreamHandler {
  /** A connection is there and the request is about to be written. */
  onStart(control: UpstreamControl): void
  /** The final answer's status and fields (flat). Interim answers (1xx) are not told. */
  onHead(status: number, headers: readonly string[]): void
  onData(chunk: Uint8Array): void
  /** @param trailers - flat, as they came */
  onEnd(trailers: readonly string[]): void
  onFailure(failure: UpstreamFailure): void
}

/** What sends requests to instances. Connections are pooled per origin and kept alive. */
export interface UpstreamClient {
  /** Sends a request. Never throws; what goes wrong is told to the handler. */
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void
  /** Closes every connection; requests under way are given up. */
  close(): Promise<void>
}
