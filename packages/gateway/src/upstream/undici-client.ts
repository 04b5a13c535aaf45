import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import type { FailureKind, UpstreamClient, UpstreamHandler } from './upstream-client.ts'

/** Options of {@link undiciClient}. */
export interface UndiciClientOptions {
  /**
   * Connections to one origin at most; further requests wait.
   * @defaultValue 256
   */
  readonly connectionsPerOrigin?: number
  /**
   * Time to connect, in milliseconds.
   * @defaultValue 2000
   */
  readonly connectTimeoutMs?: number
  /**
   * How long an idle connection is kept, in milliseconds. Below the services' own keep-alive time, so that they do not close it under a request.
   * @defaultValue 4000
   */
  readonly keepAliveMs?: number
  /** Certificate authorities (PEM) for `https` instances, beside the machine's own. Certificates are always verified. */
  readonly ca?: string | readonly string[]
}

/** The {@link UpstreamClient} on undici's dispatcher: HTTP/1.1, one request at a time on a connection. */
export function undiciClient(options: UndiciClientOptions = {}): UpstreamClient {
  const { connectionsPerOrigin = 256, connectTimeoutMs = 2_000, keepAliveMs = 4_000, ca } = options
  const agent = new Agent({
    connections: connectionsPerOrigin,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    // The gateway's own deadline bounds the wait for the head: one clock, which tests can move.
    headersTimeout: 0,
    connect: { timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }) },
  })
  return {
    dispatch(request, handler) {
      const { origin, method, path, body, headers, idleTimeoutMs } = request
      const adapter = new HandlerAdapter(handler)
      try {
        agent.dispatch({ origin, method, path, body, headers: headers as string[], bodyTimeout: idleTimeoutMs }, adapter)
      } catch (error) {
        adapter.fail(error)
      }
    },
    close: () => agent.destroy(),
  }
}

class HandlerAdapter implements Dispatcher.DispatchHandler {
  readonly #handler: UpstreamHandler
  #started = false
  #ended = false

  constructor(handler: UpstreamHandler) {
    this.#handler = handler
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#started = true
    this.#handler.onStart({
      abort: () => controller.abort(aborted),
      pause: () => controller.pause(),
      resume: () => controller.resume(),
    })
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#handler.onHead(status, decodeFields(controller.rawHeaders))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onData(chunk)
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#ended = true
    this.#handler.onEnd(decodeFields(controller.rawTrailers))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  fail(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#handler.onFailure({ kind: kindOf(error), sent: this.#started, cause: error })
  }
}

const aborted = new Error('The gateway gave the request up.')
const none: readonly string[] = []

/** Fields are octets; latin1 keeps each of them as it came. */
function decodeFields(raw: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  if (!Array.isArray(raw) || raw.length === 0) return none
  const fields: string[] = []
  for (const part of raw) fields.push(typeof part === 'string' ? part : part.toString('latin1'))
  return fields
}

const kinds: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'slow',
  ETIMEDOUT: 'slow',
  UND_ERR_BODY_TIMEOUT: 'slow',
  UND_ERR_HEADERS_TIMEOUT: 'slow',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'malformed',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'body',
  UND_ERR_INVALID_ARG: 'body',
  UND_ERR_NOT_SUPPORTED: 'body',
}

function kindOf(error: unknown): FailureKind {
  if (error === aborted) return 'aborted'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('HPE_')) return 'malformed'
  return kinds[code] ?? 'broken'
}
