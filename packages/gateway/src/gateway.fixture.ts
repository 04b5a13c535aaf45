import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach } from 'vitest'
import { createGateway } from './index.ts'
import type { Gateway, GatewayOptions } from './index.ts'
import { startFakeUpstream } from './testing/index.ts'
import type { FakeUpstream, FakeUpstreamOptions } from './testing/index.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

/** Ends `one` behind the test. */
export function closeLater<T extends AsyncDisposable>(one: T): T {
  open.push(one)
  return one
}

export async function upstream(options?: FakeUpstreamOptions): Promise<FakeUpstream> {
  return closeLater(await startFakeUpstream(options))
}

export interface RunningGateway {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
}

export async function gateway(options: GatewayOptions): Promise<RunningGateway> {
  const created = createGateway(options)
  const { url, port } = await created.start({ port: 0 })
  // A test that fails half-way must not wait for its own open connections.
  closeLater({ [Symbol.asyncDispose]: () => created.close({ signal: AbortSignal.abort() }) })
  return { gateway: created, url, port }
}

/** A plain connection, for what no HTTP client would send. */
export function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
    closeLater({
      [Symbol.asyncDispose]: async () => {
        socket.destroy()
      },
    })
  })
}

/** Sends bytes and reads until the other side ends the connection. */
export async function exchange(port: number, message: string): Promise<string> {
  const socket = await dial(port)
  const chunks: Buffer[] = []
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
  })
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(message, 'latin1')
  await ended
  return Buffer.concat(chunks).toString('latin1')
}

/** The status of a raw answer. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
}
