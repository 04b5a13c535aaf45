import Fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HanseError, runWithContext, validate } from '@hanse/core'
import type { Logger, RequestContext, Schema } from '@hanse/core'
import type { RouteContract } from '../contracts/routes.ts'
import type { Answer } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { sendEvents } from './event-stream.ts'
import { matchesAny } from './none-match.ts'
import { HttpProblem, forbidden } from './problem.ts'
import { problemBody } from './problem-body.ts'

/** What a caller's headers say once they are verified. */
export interface VerifiedCaller {
  readonly caller: Caller | undefined
  readonly context: RequestContext
}

/** Options of {@link createHttpServer}. */
export interface HttpServerOptions {
  readonly service: string
  readonly routes: Readonly<Record<string, RouteContract>>
  readonly handlers: Readonly<Record<string, (call: never) => Promise<Answer>>>
  readonly logger: Logger
  /** Verifies the signed context; rejects with a 401 problem. */
  verify(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Promise<VerifiedCaller>
  /** What the service needs and cannot reach, by name; empty when it is ready. */
  missing(): Promise<readonly string[]>
}

const bodyLimit = 1024 * 1024
const depthLimit = 32
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const

/** The HTTP side of a service: its contract's routes, health, and problem bodies for everything that fails. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const app = Fastify({ bodyLimit, forceCloseConnections: 'idle', requestTimeout: 60_000, routerOptions: { maxParamLength: 2_000, ignoreTrailingSlash: true } })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error: FastifyError | HttpProblem, request, reply) => sendProblem(reply, request, toProblem(error, request, options.logger)))
  app.setNotFoundHandler((request, reply) => sendProblem(reply, request, new HttpProblem(404, 'route_not_found', 'There is no such route.')))
  addHealth(app, options)
  for (const [id, route] of Object.entries(options.routes)) addRoute(app, options, id, route)
  refuseOtherMethods(app, Object.values(options.routes))
  return app
}

function addHealth(app: FastifyInstance, options: HttpServerOptions): void {
  const report = (more: object) => ({ status: 'ok', service: options.service, timestamp: new Date().toISOString(), ...more })
  app.get('/health', async () => report({}))
  app.get('/health/live', async () => report({}))
  app.get('/health/ready', async (_, reply) => {
    const missing = await options.missing()
    return missing.length === 0 ? report({}) : reply.status(503).send(report({ status: 'unavailable', missing }))
  })
}

function addRoute(app: FastifyInstance, options: HttpServerOptions, id: string, route: RouteContract): void {
  const handler = options.handlers[id]
  if (handler === undefined) throw new Error(`The ${options.service} has no handler for '${id}' (${route.method} ${route.path}).`)
  app.route({
    method: route.method,
    url: route.path,
    // The caller is checked before the body is read.
    onRequest: async (request) => {
      const verified = await options.verify(request.headers)
      assertAccess(route, verified.caller)
      callers.set(request, verified)
    },
    handler: async (request, reply) => {
      const verified = callers.get(request)
      const call = await toCall(route, request, reply, verified?.caller)
      const answer = await runWithContext(verified?.context ?? {}, () => handler(call as never))
      return send(reply, request, route, answer)
    },
  })
}

const callers = new WeakMap<FastifyRequest, VerifiedCaller>()

function assertAccess(route: RouteContract, caller: Caller | undefined): void {
  if (route.access === 'public') return
  if (caller === undefined) throw new HttpProblem(401, 'unauthenticated', 'Sign in to do this.', { headers: { 'www-authenticate': 'Bearer' } })
  const isService = caller.role === 'service'
  if (isService !== (route.access === 'service') || (route.access === 'admin' && caller.role !== 'admin')) throw forbidden()
}

async function toCall(route: RouteContract, request: FastifyRequest, reply: FastifyReply, caller: Caller | undefined): Promise<Call> {
  if (depthOf(request.body) > depthLimit) throw new HttpProblem(400, 'json_too_deep', `The body may be nested at most ${depthLimit} levels deep.`)
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new HttpProblem(499, 'client_gone', 'The client closed the connection.'))
  })
  return {
    params: request.params as Call['params'],
    query: (await check(route.query, request.query, 'query')) as Call['query'],
    body: (await check(route.body, request.body, 'body')) as Call['body'],
    caller,
    ifMatch: entityTag(request.headers['if-match']),
    idempotencyKey: idempotencyKey(request.headers['idempotency-key']),
    lastEventId: single(request.headers['last-event-id']),
    signal: gone.signal,
  }
}

async function check(schema: Schema | undefined, value: unknown, part: string): Promise<unknown> {
  if (schema === undefined) return part === 'query' ? {} : undefined
  const result = await validate(schema, value)
  if (result.ok) return result.value
  const first = result.issues[0]
  throw new HttpProblem(422, 'invalid', `The ${part} is not valid: ${first?.pointer ?? ''} ${first?.detail ?? ''}`.trim(), { errors: result.issues })
}

function depthOf(value: unknown): number {
  let depth = 0
  for (let level: unknown[] = [value]; level.length > 0 && depth <= depthLimit + 1; depth++) {
    level = level.filter((entry) => typeof entry === 'object' && entry !== null).flatMap((entry) => Object.values(entry as object))
  }
  return depth - 1
}

function send(reply: FastifyReply, request: FastifyRequest, route: RouteContract, answer: Answer): FastifyReply {
  if (answer.events !== undefined) return sendEvents(reply, answer.events)
  if (answer.hangUp === true) {
    reply.hijack()
    reply.raw.destroy()
    return reply
  }
  const status = answer.status ?? route.status
  reply.status(status).header('cache-control', route.access === 'public' && route.method === 'GET' ? 'public, no-cache' : 'no-store')
  reply.headers(answer.headers ?? {})
  if (answer.version !== undefined) {
    const tag = `"${answer.version}"`
    reply.header('etag', tag)
    if (route.method === 'GET' && matchesAny(request.headers['if-none-match'], tag)) return reply.status(304).send()
  }
  return status === 204 ? reply.send() : reply.send({ success: true, ...answer.body })
}

function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: HttpProblem): FastifyReply {
  return reply
    .status(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, request.url)))
}

/** Nothing of an unexpected error reaches the client; all of it reaches the log. */
function toProblem(error: FastifyError | HttpProblem, request: FastifyRequest, logger: Logger): HttpProblem {
  if (error instanceof HttpProblem) {
    if (error.status >= 500) logger.warn({ err: error, method: request.method, path: request.url.split('?')[0] }, 'request could not be served')
    return error
  }
  if ('statusCode' in error && error.statusCode !== undefined && error.statusCode < 500) return toClientProblem(error)
  if (HanseError.hasCode(error, 'INVALID_CURSOR', 'DATA_INVALID_CURSOR', 'SEARCH_INVALID_CURSOR'))
    return new HttpProblem(400, 'invalid_cursor', 'The cursor is not one of this list. Start again without it.')
  logger.error({ err: error, method: request.method, path: request.url.split('?')[0] }, 'request failed')
  if (HanseError.isInstance(error) && error.retryable)
    return new HttpProblem(503, 'temporarily_unavailable', 'This cannot be done right now. Try again shortly.', { headers: { 'retry-after': '1' } })
  return new HttpProblem(500, 'internal_error', 'Something went wrong on our side.')
}

function toClientProblem(error: FastifyError): HttpProblem {
  switch (error.statusCode) {
    case 413:
      return new HttpProblem(413, 'body_too_large', `The body may have at most ${bodyLimit} bytes.`)
    case 415:
      return new HttpProblem(415, 'unsupported_media_type', 'Send the body as application/json.')
    case 404:
      return new HttpProblem(404, 'route_not_found', 'There is no such route.')
    default:
      return new HttpProblem(400, 'malformed_request', 'The request could not be read: the body must be well-formed JSON and the URL well-formed.')
  }
}

function refuseOtherMethods(app: FastifyInstance, routes: readonly RouteContract[]): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes.filter((route) => route.path === path).map((route) => route.method as string)
    const others = methods.filter((method) => !allowed.includes(method))
    const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ')
    app.route({
      method: [...others],
      url: path,
      onRequest: async () => {
        throw new HttpProblem(405, 'method_not_allowed', `This path takes ${allow}.`, { headers: { allow } })
      },
      handler: async () => undefined,
    })
  }
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}

function entityTag(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return header.trim().replace(/^W\//, '').replaceAll('"', '')
}

function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  const key = single(header)
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new HttpProblem(400, 'invalid_idempotency_key', 'An Idempotency-Key has 1 to 200 visible ASCII characters.')
  return key
}
