import { describe, expect, it } from 'vitest'
import { openApi } from './openapi.ts'
import { internalRoutes, routes, serviceNames } from './routes.ts'

interface Operation {
  readonly operationId: string
  readonly security?: unknown
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, unknown>>
}
const document = openApi('http://127.0.0.1:3000')
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
const gatewayPaths = ['/health', '/health/live', '/health/ready', '/.well-known/jwks.json', '/openapi.json', '/services', '/metrics']
const operationOf = (route: { readonly path: string; readonly method: string }) =>
  paths[`/api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`]?.[route.method.toLowerCase()]

describe('the OpenAPI document', () => {
  it.each(Object.entries(routes))('describes %s: its code, parameters, body and whom it lets in', (id, route) => {
    const operation = operationOf(route)
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1])
    expect(operation).toMatchObject({ operationId: id, responses: { [route.status]: { description: 'Success' } } })
    expect(operation?.parameters.filter((one) => one.in === 'path' && one.required).map((one) => one.name)).toEqual(names)
    expect(operation?.requestBody !== undefined).toBe('body' in route)
    expect(operation?.security !== undefined).toBe(route.access !== 'public')
  })

  it('describes what the gateway answers itself', () => {
    for (const path of gatewayPaths) expect(paths[path]?.['get']?.responses).toHaveProperty('200')
    expect(paths['/services']?.['get']?.security).toEqual([{ bearer: [] }])
  })

  it('declares conflicts, lost updates and bodies that are too large where they occur', () => {
    expect(Object.keys(operationOf(routes.signUp)?.responses ?? {})).toEqual(expect.arrayContaining(['409', '413', '415', '422']))
    expect(Object.keys(operationOf(routes.updateProduct)?.responses ?? {})).toEqual(expect.arrayContaining(['412', '413']))
    expect(operationOf(routes.getProduct)?.responses).not.toHaveProperty('412')
  })

  it('shows nothing else, and nothing of what services tell each other', () => {
    expect(Object.values(paths).flatMap((item) => Object.keys(item))).toHaveLength(Object.keys(routes).length + gatewayPaths.length)
    expect(JSON.stringify(document)).not.toContain('/internal/')
  })

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})

describe('the table of routes', () => {
  it('names each method and path once', () => {
    const all = [...Object.values(routes), ...Object.values(internalRoutes)].map((route) => `${route.method} ${route.path.replaceAll(/:\w+/g, ':')}`)
    expect(new Set(all).size).toBe(all.length)
  })

  it('gives every service between services only to services', () => {
    expect(new Set(Object.values(internalRoutes).map((route) => route.access))).toEqual(new Set(['service']))
    expect(serviceNames).toEqual(expect.arrayContaining(Object.values(internalRoutes).map((route) => route.service)))
  })
})
