import { z } from 'zod'
import { routes } from './routes.ts'
import type { RouteContract } from './routes.ts'

type RouteId = keyof typeof routes
type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of everything the gateway shows, made from the table of routes. */
export function openApi(url: string): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'The Hanse example shop', version: '1.0.0', description: 'Users, products and orders behind one gateway.' },
    servers: [{ url }],
    paths: { ...pathItems(), ...gatewayPaths },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
    },
  }
}

/** Public routes that refuse wrong credentials. */
const sessionRoutes: ReadonlySet<string> = new Set<RouteId>(['login', 'refresh'])
/** Routes whose wish may clash with what is there: 409. */
const conflicting: ReadonlySet<string> = new Set<RouteId>(['signUp', 'updateUser', 'setStock', 'cancelOrder'])
/** Routes that look at `If-Match`: 412. */
const conditional: ReadonlySet<string> = new Set<RouteId>([
  'updateUser',
  'deleteUser',
  'updateProfile',
  'updatePreferences',
  'updateProduct',
  'deleteProduct',
  'setStock',
])
/** Reads that look at `If-None-Match`: 304. */
const cacheable: ReadonlySet<string> = new Set<RouteId>(['getMe', 'getUser', 'getPreferences', 'getProduct'])

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'success', 'error'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    success: { const: false },
    error: { type: 'string' },
    errors: { type: 'array', items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } } },
  },
}

function pathItems(): Json {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [id, route] of Object.entries<RouteContract>(routes)) {
    const path = `/api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`
    const item = (paths[path] ??= {})
    item[route.method.toLowerCase()] = operation(id, route)
  }
  return paths
}

function operation(id: string, route: RouteContract): Json {
  return {
    operationId: id,
    summary: route.summary,
    tags: [route.service],
    ...(route.access === 'public' ? {} : { security: [{ bearer: [] }] }),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: toSchema(route.body) } } } }),
    responses: responses(id, route),
  }
}

function pathParameters(route: RouteContract): readonly Json[] {
  return [...route.path.matchAll(/:(\w+)/g)].map((match) => ({ name: match[1], in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(route: RouteContract): readonly Json[] {
  if (route.query === undefined) return []
  const { properties, required } = toSchema(route.query) as { properties?: Json; required?: readonly string[] }
  return Object.entries(properties ?? {}).map(([name, schema]) => ({ name, in: 'query', required: required?.includes(name) ?? false, schema }))
}

function responses(id: string, route: RouteContract): Json {
  const codes = [
    ...(route.query === undefined ? [] : ['400', '422']),
    ...(route.body === undefined ? [] : ['400', '413', '415', '422']),
    ...(route.access === 'public' && !sessionRoutes.has(id) ? [] : ['401']),
    ...(route.access === 'public' ? [] : ['403']),
    ...(route.path.includes(':') ? ['400', '404'] : []),
    ...(conflicting.has(id) ? ['409'] : []),
    ...(conditional.has(id) ? ['412'] : []),
    '429',
    '503',
  ]
  return { [route.status]: { description: 'Success' }, ...(cacheable.has(id) ? { 304: { description: 'Not modified' } } : {}), ...problems(codes) }
}

function problems(codes: readonly string[]): Json {
  const problem = { description: 'A problem', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
  return Object.fromEntries(codes.map((code) => [code, problem]))
}

const json = (schema: Json): Json => ({ 'application/json': { schema } })
const admin: Json = { security: [{ bearer: [] }] }
const health = { type: 'object', required: ['status', 'timestamp'], properties: { status: { type: 'string' }, timestamp: { type: 'string' } } }
const serviceList = { type: 'array', items: { type: 'object', required: ['name', 'instances'] } }

/** What the gateway answers itself. */
const gatewayPaths: Json = {
  '/health': gatewayRead('health', 'The state of the gateway', json(health), ['503']),
  '/health/live': gatewayRead('healthLive', 'Whether the gateway runs', json(health), []),
  '/health/ready': gatewayRead('healthReady', 'Whether the gateway takes requests', json(health), ['503']),
  '/.well-known/jwks.json': gatewayRead('jwks', 'The public keys of the access tokens', json({ type: 'object', required: ['keys'] }), ['429']),
  '/openapi.json': gatewayRead('openApi', 'This document', json({ type: 'object', required: ['openapi', 'paths'] }), ['429']),
  '/services': gatewayRead(
    'services',
    'Every service with its instances',
    json({ type: 'object', required: ['success', 'data'], properties: { success: { const: true }, data: serviceList } }),
    ['401', '403', '429'],
    admin,
  ),
  '/metrics': gatewayRead('metrics', 'Counts for Prometheus', { 'text/plain': { schema: { type: 'string' } } }, ['401', '403', '429'], admin),
}

function gatewayRead(operationId: string, summary: string, content: Json, codes: readonly string[], more: Json = {}): Json {
  return {
    get: { operationId, summary, tags: ['gateway'], ...more, parameters: [], responses: { 200: { description: 'Success', content }, ...problems(codes) } },
  }
}

function toSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
