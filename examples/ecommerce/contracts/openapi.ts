import { z } from 'zod'
import { routes } from './routes.ts'
import type { RouteContract } from './routes.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of everything the gateway shows, made from the table of routes. */
export function openApi(url: string): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'The Hanse example shop', version: '1.0.0', description: 'Users, products and orders behind one gateway.' },
    servers: [{ url }],
    paths: pathItems(),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
    },
  }
}

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
    responses: responses(route),
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

function responses(route: RouteContract): Json {
  const problem = { description: 'A problem', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
  const codes = [
    ...(route.body === undefined && route.query === undefined ? [] : ['400', '422']),
    ...(route.access === 'public' ? [] : ['401', '403']),
    ...(route.path.includes(':') ? ['404'] : []),
    '429',
    '503',
  ]
  return { [route.status]: { description: 'Success' }, ...Object.fromEntries(codes.map((code) => [code, problem])) }
}

function toSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
