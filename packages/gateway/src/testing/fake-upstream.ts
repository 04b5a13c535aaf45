import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a {@link FakeUpstream} received it. */
export interface SeenRequest {
  readonly method: string
  /** Path and query, byte for byte. */
  readonly url: string
  /** Joined and in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Flat, in order and spelling as received. */
  readonly rawHeaders: readonly string[]
  /** Whole, or as much as came before the handler answered. */
  readonly body: string
}

/** What a {@link FakeUpstream} answers. */
export interface FakeAnswer {
  /** @defaultValue 200 */
  readonly status?: number
  /** Pairs, so that a name may come twice. */
  readonly headers?: readonly (readonly [string, string])[]
  /** A value other than a string is sent as JSON. */
  readonly body?: unknown
}

/** Options of {@link startFakeUpstream}. */
export interface FakeUpstreamOptions {
  /**
   * Answers a request after its body was read.
   * @defaultValue 200 with `{ "ok": true }`
   */
  readonly answer?: (request: SeenRequest) => FakeAnswer | Promise<FakeAnswer>
  /** Takes over the exchange instead, before the body is read: for streams, stalls and broken answers. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => void
}

/** A service on a real socket for tests of your gateway's set-up: it records what reaches it. */
export interface FakeUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** What reached it, oldest first. Requests taken over by `handle` are recorded without a body. */
  readonly seen: readonly SeenRequest[]
  /** Connections that are open now. */
  readonly connections: number
  /** Ends every connection and stops. */
  close(): Promise<void>
}

/** Starts a {@link FakeUpstream} on a free port of the loopback address. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const { answer = () => ({ body: { ok: true } }), handle } = options
  const seen: SeenRequest[] = []
  let connections = 0
  const server = createServer((request, response) => {
    if (handle !== undefined) {
      seen.push(toSeen(request, ''))
      return handle(request, response)
    }
    void readBody(request).then(
      async (body) => {
        const record = toSeen(request, body)
        seen.push(record)
        write(response, await answer(record))
      },
      () => response.destroy(),
    )
  })
  server.on('connection', (socket) => {
    connections++
    socket.once('close', () => connections--)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    get connections() {
      return connections
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function toSeen({ method = '', url = '', headers, rawHeaders }: IncomingMessage, body: string): SeenRequest {
  return { method, url, headers: { ...headers }, rawHeaders: [...rawHeaders], body }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function write(response: ServerResponse, { status = 200, headers = [], body }: FakeAnswer): void {
  const isJson = body !== undefined && typeof body !== 'string'
  const type = isJson && !headers.some(([name]) => name.toLowerCase() === 'content-type') ? ['Content-Type', 'application/json'] : []
  const text = isJson ? JSON.stringify(body) : (body as string | undefined)
  response.writeHead(status, [...type, ...headers.flat(), ...(text === undefined ? [] : ['Content-Length', String(Buffer.byteLength(text))])])
  response.end(text)
}
