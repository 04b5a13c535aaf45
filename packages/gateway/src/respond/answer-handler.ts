import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HanseError, createDeadline, raceAbort } from '@hanse/core'
import type { Clock } from '@hanse/core'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { Handler } from '../route/route.ts'
import { discardBody } from '../server/discard.ts'
import type { Exchange } from '../server/exchange.ts'
import { RequestBody } from '../upstream/request-body.ts'
import { refusal } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** What {@link answerByHandler} needs. */
export interface HandlerTools {
  readonly clock: Clock
  /** The fields for the client, from those of the handler (both flat). */
  answerFields(exchange: Exchange, raw: readonly string[]): readonly string[]
  onHandlerError(exchange: Exchange, error: unknown): void
}

/** Lets a local handler answer. Returns what to refuse with when it could not. */
export async function answerByHandler(exchange: Exchange, route: CompiledRoute, handler: Handler, tools: HandlerTools): Promise<Refusal | undefined> {
  const gone = new AbortController()
  const onClose = (): void => gone.abort(new Error('The client went away.'))
  exchange.response.once('close', onClose)
  const deadline = createDeadline({ timeoutMs: route.timeoutMs, subject: `The handler of ${route.path}`, signal: gone.signal, clock: tools.clock })
  const body = exchange.hasBody ? requestBody(exchange, route.maxBodyBytes) : undefined
  try {
    const answer = await raceAbort(runHandler(exchange, handler, body, deadline.signal), deadline.signal)
    deadline[Symbol.dispose]()
    await writeAnswer(exchange, answer, tools)
    return undefined
  } catch (error) {
    return failed(exchange, error, body, tools)
  } finally {
    deadline[Symbol.dispose]()
    body?.destroy()
    exchange.response.off('close', onClose)
  }
}

async function runHandler(exchange: Exchange, handler: Handler, body: RequestBody | undefined, signal: AbortSignal): Promise<Response> {
  const { params, user, correlationId, clientAddress } = exchange
  return handler(toRequest(exchange, body, signal), { params: decodeParams(params), user, correlationId, clientAddress, signal })
}

function requestBody({ request, response, expectsContinue }: Exchange, maxBytes: number): RequestBody {
  return new RequestBody({ source: request, maxBytes, onDemand: () => (expectsContinue && !response.headersSent ? response.writeContinue() : undefined) })
}

function toRequest(exchange: Exchange, body: RequestBody | undefined, signal: AbortSignal): Request {
  const { request, facts, authority, path, query, method } = exchange
  const headers = new Headers()
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) headers.append(request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? '')
  const url = `http://${authority ?? facts.host ?? 'localhost'}${path}${query}`
  const bodyless = body === undefined || method === 'GET' || method === 'HEAD'
  return new Request(url, { method, headers, signal, ...(bodyless ? {} : { body: Readable.toWeb(body) as ReadableStream<Uint8Array>, duplex: 'half' }) })
}

function decodeParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]))
}

async function writeAnswer(exchange: Exchange, answer: Response, tools: HandlerTools): Promise<void> {
  const { response, method, request } = exchange
  const raw: string[] = []
  for (const [name, value] of answer.headers) raw.push(name, value)
  if (answer.body === null && answer.status !== 204 && answer.status !== 304 && !answer.headers.has('content-length')) raw.push('content-length', '0')
  response.writeHead(answer.status, [...tools.answerFields(exchange, raw)])
  if (answer.body === null || method === 'HEAD') {
    await answer.body?.cancel()
    response.end()
  } else {
    response.flushHeaders()
    // The Web's stream type and Node's differ in name only.
    await pipeline(
      Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]),
      async function* count(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          exchange.bytesOut += chunk.length
          yield chunk
        }
      },
      response,
    )
  }
  discardBody(request)
}

function failed(exchange: Exchange, error: unknown, body: RequestBody | undefined, tools: HandlerTools): Refusal | undefined {
  const { response } = exchange
  if (response.headersSent || response.destroyed) {
    exchange.reason = response.headersSent && !response.destroyed ? 'cut' : 'client_gone'
    response.destroy()
    return undefined
  }
  if (body?.exceeded === true) return refusal(413, 'payload_too_large', 'The body is longer than this route allows.')
  if (HanseError.hasCode(error, 'DEADLINE_EXCEEDED')) return refusal(504, 'gateway_timeout', 'The answer was not ready in time.')
  tools.onHandlerError(exchange, error)
  return refusal(500, 'internal_error', 'Something went wrong on our side.')
}
