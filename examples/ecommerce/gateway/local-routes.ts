import { fileURLToPath } from 'node:url'
import { problem, problemMediaType } from '@hanse/gateway'
import type { Route } from '@hanse/gateway'
import type { Registry } from '@hanse/registry'
import { openApi } from '../contracts/openapi.ts'
import { readPublicKeys } from '../service/keys.ts'
import { createImages } from './images.ts'
import { createStaticFiles } from './static-files.ts'

/** What the gateway answers itself. */
export function localRoutes(options: { readonly registry: Registry; readonly dataFolder: string; readonly url: string; metrics(): string }): readonly Route[] {
  const { registry, dataFolder, url } = options
  const files = createStaticFiles(fileURLToPath(new URL('../web/', import.meta.url)))
  const images = createImages()
  const keys = readPublicKeys(dataFolder, 'access-token')
  const document = openApi(url)
  const serveFile = (request: Request): Response => files(new URL(request.url).pathname, request.headers.get('if-none-match')) ?? notFound(request)
  return [
    { path: '/', methods: ['GET'], public: true, rateLimit: false, handler: serveFile },
    { path: '/assets/*', methods: ['GET'], public: true, rateLimit: false, handler: serveFile },
    { path: '/manifest.webmanifest', methods: ['GET'], public: true, rateLimit: false, handler: serveFile },
    { path: '/images/:file', methods: ['GET'], public: true, rateLimit: false, handler: (request) => images(new URL(request.url)) ?? notFound(request) },
    {
      path: '/.well-known/jwks.json',
      methods: ['GET'],
      public: true,
      handler: () => Response.json(keys, { headers: { 'cache-control': 'public, max-age=300' } }),
    },
    { path: '/openapi.json', methods: ['GET'], public: true, handler: () => Response.json(document, { headers: { 'cache-control': 'public, no-cache' } }) },
    {
      path: '/services',
      methods: ['GET'],
      roles: ['admin'],
      handler: async () => Response.json({ success: true, data: await services(registry) }, { headers: { 'cache-control': 'no-store' } }),
    },
    {
      path: '/metrics',
      methods: ['GET'],
      roles: ['admin'],
      handler: () => new Response(options.metrics(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }),
    },
  ]
}

/** Every service with its instances, from memory. */
async function services(registry: Registry) {
  const { instances, ageMs, source } = await registry.getAll()
  const present = instances.filter((instance) => instance.status !== 'left')
  const byService = Map.groupBy(present, (instance) => instance.service)
  return [...byService].map(([name, list]) => ({ name, source, ageMs, instances: list }))
}

function notFound(request: Request): Response {
  const body = problem({ status: 404, code: 'not_found', detail: 'There is no such file.', instance: new URL(request.url).pathname })
  return new Response(JSON.stringify(body), { status: 404, headers: { 'content-type': problemMediaType } })
}
