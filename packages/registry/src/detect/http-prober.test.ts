import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAddressCheck } from '../record/address-rules.ts'
import { resolveInstance } from '../record/register-options.ts'
import { httpProber } from './http-prober.ts'

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener) => listen(createServer(listener))

function probe(port: number, healthPath?: string, signal?: AbortSignal) {
  const options = { name: 'orders', url: `http://127.0.0.1:${port}`, version: '1.0.0', ...(healthPath === undefined ? {} : { healthPath }) }
  const instance = resolveInstance(options, { id: 'i', incarnation: 1, startedAt: new Date(0) }, createAddressCheck())
  return httpProber().probe(instance, signal === undefined ? {} : { signal })
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

describe('httpProber', () => {
  it('asks the health endpoint and takes 2xx, and nothing else, as answered (seed-requirement 16)', async () => {
    const port = await serve((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { location: '/200' }).end('x'.repeat(100_000))
    })
    expect(await Promise.all(['/200', '/204', '/302', '/404', '/503'].map((path) => probe(port, path)))).toEqual([
      'answered',
      'answered',
      'failed',
      'failed',
      'failed',
    ])
  })

  it('tries the port of an instance without a health endpoint', async () => {
    expect(await probe(await listen(createTcpServer((socket) => socket.destroy())))).toBe('connected')
    expect(await probe(await closedPort())).toBe('refused')
  })

  it('tells a refused connection from a broken one', async () => {
    expect(await probe(await closedPort(), '/health')).toBe('refused')
    expect(await probe(await listen(createTcpServer((socket) => socket.destroy())), '/health')).toBe('failed')
    expect(await probe(await listen(createTcpServer((socket) => socket.end('no http\r\n\r\n'))), '/health')).toBe('failed')
  })

  it('rejects with the reason of its signal and lets go of the connection', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const closed = Promise.withResolvers<void>()
    const port = await serve((request) => {
      request.socket.on('close', () => closed.resolve())
      controller.abort(reason)
    })
    await expect(probe(port, '/health', controller.signal)).rejects.toBe(reason)
    await closed.promise
    await expect(probe(port, undefined, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
