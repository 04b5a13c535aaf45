// The gateway against @fastify/http-proxy: GET of 200 bytes over keep-alive. Load, upstream and each proxy have a process of their own.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { compare } from './compare.ts'
import type { Comparison, Measured, Side } from './compare.ts'
import type { Answer, LoadOrder } from './gateway-process.ts'

const connections = 32
const requests = 3_000

interface Started {
  readonly child: ChildProcess
  readonly url: string
}

export async function run(): Promise<readonly Comparison[]> {
  const children: ChildProcess[] = []
  const start = async (...role: readonly string[]): Promise<Started> => {
    const child = fork(join(import.meta.dirname, 'gateway-process.ts'), role, { execArgv: ['--disable-warning=ExperimentalWarning'] })
    children.push(child)
    return { child, url: (await answerOf<{ readonly url: string }>(child)).url }
  }
  try {
    const load = await start('load')
    const upstream = await start('upstream')
    const hanse = await start('hanse', upstream.url)
    const peer = await start('http-proxy', upstream.url)
    return await measure(load.child, upstream, hanse, peer)
  } finally {
    for (const child of children) child.kill()
  }
}

async function measure(load: ChildProcess, upstream: Started, hanse: Started, peer: Started): Promise<readonly Comparison[]> {
  const direct: Side = { name: 'no proxy (the ceiling)', run: () => drive(load, upstream.url, '/items/7') }
  const cpu = new Map<Started, number[]>([
    [hanse, []],
    [peer, []],
  ])
  const proxied = (name: string, proxy: Started): Side => ({
    name,
    async run() {
      const before = await ask(proxy.child)
      const measured = await drive(load, proxy.url, '/api/items/7')
      cpu.get(proxy)?.push((requests * 1000) / ((await ask(proxy.child)) - before))
      return measured
    },
  })
  const names = ['@hanse/gateway', '@fastify/http-proxy'] as const
  const throughput = await compare(`gateway: GET 200 B, keep-alive, ${connections} connections`, 'requests/s', [
    direct,
    proxied(names[0], hanse),
    proxied(names[1], peer),
  ])
  // The first slice of each warmed it up.
  const perSecond = [...cpu.values()].map((values) => values.slice(1))
  return [throughput, { title: 'gateway: the same requests, by CPU time of the proxy process', unit: 'requests/CPU s', names, perSecond }]
}

async function drive(load: ChildProcess, url: string, path: string): Promise<Measured> {
  const order: LoadOrder = { url, path, connections, requests }
  return { operations: requests, ms: await ask(load, order) }
}

async function ask(child: ChildProcess, question: LoadOrder | 'cpu' = 'cpu'): Promise<number> {
  const answer = answerOf<Answer>(child)
  child.send(question)
  return (await answer).ms
}

/** The next message of a child; rejects when it ends instead. */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const settled = new AbortController()
  const ended = async (): Promise<never> => {
    const [code] = await once(child, 'exit', { signal: settled.signal })
    throw new Error(`a process of the gateway benchmark ended with ${String(code)}`)
  }
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: settled.signal }), ended()])
    return message as T
  } finally {
    settled.abort()
  }
}
