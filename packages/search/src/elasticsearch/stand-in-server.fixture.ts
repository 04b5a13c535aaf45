import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What a stand-in was asked. */
export interface AskedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a stand-in answers; without a product it is no Elasticsearch. */
export interface StandInAnswer {
  readonly status?: number
  readonly body: object
  readonly product?: string | undefined
}

/** A server that answers like Elasticsearch, for what the bare server lacks: other versions, credentials, TLS, overload. */
export interface StandInServer extends AsyncDisposable {
  readonly node: string
  readonly asked: readonly AskedRequest[]
}

/** The answer to the question for the version. */
export function versionAnswer(version: string): StandInAnswer {
  return { body: { nodes: { n1: { version } } } }
}

/** Starts a stand-in on loopback. */
export async function startStandIn(
  answer: (asked: AskedRequest) => StandInAnswer | Promise<StandInAnswer>,
  tls?: { readonly key: string; readonly cert: string },
  port = 0,
): Promise<StandInServer> {
  const asked: AskedRequest[] = []
  const listener: RequestListener = (request, response) => {
    // A client that gave up while it was sending has nobody left to answer.
    serve(request, response).catch(() => response.destroy())
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: await bodyOf(request) }
    asked.push(one)
    const { status = 200, body, product = 'Elasticsearch' } = await answer(one)
    response.writeHead(status, {
      'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
      ...(product === '' ? {} : { 'x-elastic-product': product }),
    })
    response.end(JSON.stringify(body))
  }
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const node = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    node,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}
