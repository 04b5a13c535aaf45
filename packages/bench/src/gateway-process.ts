// One process of the gateway benchmark: `upstream`, `hanse`, `http-proxy` or `load`. It tells its port, then answers questions by IPC.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, staticResolver } from '@hanse/gateway'
import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { Pool } from 'undici'

/** What the load process is asked to do. */
export interface LoadOrder {
  readonly url: string
  readonly path: string
  readonly connections: number
  readonly requests: number
}

/** What a process answers: the load process with milliseconds, a server with the CPU time it has used so far. */
export interface Answer {
  readonly ms: number
}

const [role = '', upstream = ''] = process.argv.slice(2)

if (role === 'load') {
  process.on('message', (order: LoadOrder) => void load(order).then((ms) => process.send?.({ ms } satisfies Answer)))
  process.send?.({ url: '' })
} else {
  const url = await startServer(role)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ ms: (user + system) / 1000 } satisfies Answer)
  })
  process.send?.({ url })
}

async function startServer(name: string): Promise<string> {
  if (name === 'upstream') return startUpstream()
  if (name === 'hanse') return startHanse()
  if (name === 'http-proxy') return startHttpProxy()
  throw new Error(`there is no role '${name}'`)
}

function startUpstream(): Promise<string> {
  const body = Buffer.alloc(200, 'a')
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length })
    response.end(body)
  })
  server.keepAliveTimeout = 60_000
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

async function startHanse(): Promise<string> {
  const gateway = createGateway({
    resolver: staticResolver({ upstream: [upstream] }),
    routes: [{ path: '/api/*', service: 'upstream', public: true, rewrite: { strip: '/api' } }],
  })
  return (await gateway.start({ port: 0 })).url
}

async function startHttpProxy(): Promise<string> {
  const server = fastify({ logger: false })
  await server.register(httpProxy, { upstream, prefix: '/api', undici: { connections: 256, pipelining: 1, keepAliveTimeout: 4_000 } })
  return server.listen({ port: 0, host: '127.0.0.1' })
}

async function load({ url, path, connections, requests }: LoadOrder): Promise<number> {
  const pool = new Pool(url, { connections, pipelining: 1 })
  let left = requests
  const caller = async (): Promise<void> => {
    while (left-- > 0) await get(pool, path)
  }
  // Connections are made before the clock starts: the comparison is of requests over keep-alive.
  await Promise.all(Array.from({ length: connections }, () => get(pool, path)))
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, caller))
  const ms = performance.now() - began
  await pool.close()
  return ms
}

async function get(pool: Pool, path: string): Promise<void> {
  const { statusCode, body } = await pool.request({ method: 'GET', path })
  const { byteLength } = await body.arrayBuffer()
  if (statusCode !== 200 || byteLength !== 200) throw new Error(`expected 200 with 200 bytes; received ${statusCode} with ${byteLength} bytes`)
}
