import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HanseError, raceAbort } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { GatewayErrorCode } from '../errors.ts'
import { rawRefusal } from '../respond/send-refusal.ts'
import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { ResolvedLimits } from './limits.ts'

/** Where the gateway listens. */
export interface BoundAddress {
  /** `http://host:port`. */
  readonly url: string
  readonly port: number
}

/** What a listener is told at start. */
interface ListenOptions {
  readonly port: number
  readonly host: string
}

/** Takes every request, with whether the client waits for `100 Continue`. */
export type OnRequest = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void

/** Node's HTTP server, set up for the edge. */
export interface Listener {
  /** @throws HanseError `LISTEN_FAILED` */
  listen(options: ListenOptions): Promise<BoundAddress>
  /** Takes no more connections and waits until those that are there have ended; aborting cuts them. */
  close(options: AbortOptions): Promise<void>
}

/** Makes a {@link Listener}. */
export function createListener(limits: ResolvedLimits, onRequest: OnRequest): Listener {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 1_000,
    insecureHTTPParser: false,
    // Checked by a guard, so that the client gets a problem body.
    requireHostHeader: false,
    noDelay: true,
  })
  // Node would drop the surplus silently; a guard counts instead.
  server.maxHeadersCount = 0
  server.on('request', (request, response) => onRequest(request, response, false))
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => onRequest(request, response, true))
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => onRequest(request, response, false))
  server.on('clientError', refuseUnparsed)
  return {
    listen: (options) => listen(server, options),
    async close({ signal }) {
      if (!server.listening) return
      // Node ends idle connections itself.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      try {
        await raceAbort(closed, signal)
      } catch {
        // Aborting means "now".
        server.closeAllConnections()
        await closed
      }
    },
  }
}

function listen(server: Server, { port, host }: ListenOptions): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      const code: GatewayErrorCode = 'LISTEN_FAILED'
      reject(
        new HanseError(`The gateway cannot listen on ${host}:${port}; expected a free port on an address of this machine.`, {
          code,
          cause,
          details: { host, port },
        }),
      )
    }
    server.once('error', onError)
    server.listen({ port, host }, () => {
      server.off('error', onError)
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      resolve({ url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound })
    })
  })
}

interface ParserError extends Error {
  readonly code?: string
}

function refuseUnparsed(error: ParserError, socket: Socket & { readonly _httpMessage?: ServerResponse | null }): void {
  // An answer that has begun cannot be followed by another on a broken connection.
  const begun = socket._httpMessage?.headersSent === true
  if (!socket.writable || begun || error.code === 'ECONNRESET' || error.code === 'EPIPE') return void socket.destroy(error)
  socket.end(rawRefusal(refusalOf(error.code)), () => socket.destroy())
}

function refusalOf(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return refusal(431, 'headers_too_large', 'The header fields are too long.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal(408, 'request_timeout', 'The request did not arrive in time.')
  return refusal(400, 'bad_request', 'The request is not well-formed HTTP/1.1.')
}
