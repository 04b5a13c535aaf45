import { fileURLToPath } from 'node:url'
import type { ServiceConfig } from '../service/config.ts'
import type { EngineConfig } from '../service/engine-config.ts'
import { systemClock } from '@hanse/core'
import { banner, jsonBanner } from './banner.ts'
import { startChild } from './child.ts'
import { openCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import type { Child } from './child.ts'
import { assertImported, demoPassword, takeDataFolder } from './data-folder.ts'
import type { Flags } from './flags.ts'
import { assertPortsFree } from './ports.ts'

/** The processes of the shop, by name: where their code is and how far their port is from the gateway's. */
const processes = [
  { name: 'gateway', script: '../gateway/main.ts', offset: 0 },
  { name: 'user-service', script: '../services/user/main.ts', offset: 1 },
  { name: 'product-service', script: '../services/product/main.ts', offset: 2 },
  { name: 'order-service', script: '../services/order/main.ts', offset: 3 },
  { name: 'inventory-service', script: '../services/inventory/main.ts', offset: 4 },
  { name: 'payment-service', script: '../services/payment/main.ts', offset: 5 },
] as const

const demoAccounts = [
  { email: 'admin@shop.example', role: 'admin' },
  { email: 'shopper@shop.example', role: 'shopper' },
] as const

const host = '127.0.0.1'
const readyPauseMs = 50
const readyAttempts = 1_200

/** What is to be ended with the shop. */
interface Running {
  readonly children: Child[]
  cluster: Cluster | undefined
  readonly release: () => void
}

/** Starts the shop and keeps it running until it is told to stop. */
export async function runShop(flags: Flags): Promise<void> {
  const began = performance.now()
  await assertPortsFree(host, Object.fromEntries(processes.map(({ name, offset }) => [name, flags.port + offset])))
  if (!flags.fresh) assertImported(flags.data)
  const release = await takeDataFolder(flags.data, flags.fresh)
  const password = flags.seed ? demoPassword(flags.data, flags.demoPassword) : undefined
  const running: Running = { children: [], cluster: undefined, release }
  const signal = stopOnSignal(running)
  try {
    if (flags.engines === 'cluster') running.cluster = await openCluster(flags.data, report(flags), signal)
    startProcesses(running, flags, password)
    await Promise.all(running.children.map((child) => child.ready))
    await gatewayReady(`http://${host}:${flags.port}`)
  } catch (error) {
    for (const child of running.children) child.kill()
    await running.cluster?.close()
    release()
    throw error
  }
  const { children } = running
  const url = `http://${host}:${flags.port}`
  const facts = { url, children, accounts: flags.seed ? demoAccounts : [], password, dataFolder: flags.data, tookMs: performance.now() - began }
  process.stdout.write(flags.json ? jsonBanner(facts) : banner(facts))
}

/** The gateway is ready once it has seen every service, which takes a moment longer than their start. */
async function gatewayReady(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (answer?.ok === true) return
    if (attempt === readyAttempts)
      throw new Error(`The gateway is not ready: ${answer === undefined ? 'it does not answer' : await answer.text()}. See its log.`)
    await systemClock.sleep(readyPauseMs)
  }
}

function startProcesses({ children, cluster }: Running, flags: Flags, password: string | undefined): void {
  const engines = cluster?.engines ?? { kind: 'embedded' }
  for (const { name, script, offset } of processes) {
    const config = configOf(flags, name, flags.port + offset, password, engines)
    children.push(startChild(fileURLToPath(new URL(script, import.meta.url)), config, reportRestart))
  }
}

function configOf(flags: Flags, name: string, port: number, demo: string | undefined, engines: EngineConfig): ServiceConfig {
  return { name, host, port, dataFolder: flags.data, seed: flags.seed, rateLimit: flags.rateLimit, demoPassword: demo, logLevel: 'info', engines }
}

/** What happens before the banner is for people; a program reads one line of JSON. */
function report({ json }: Flags): (line: string) => void {
  return (line) => void (json ? process.stderr : process.stdout).write(`${line}\n`)
}

function reportRestart(name: string, pauseMs: number): void {
  process.stdout.write(`${name} ended by itself; it starts again in ${pauseMs} ms\n`)
}

/** The first signal drains, the edge first and the servers last; a second one ends everything at once. */
function stopOnSignal(running: Running): AbortSignal {
  const asked = new AbortController()
  const stop = async (): Promise<void> => {
    const { children, release } = running
    if (asked.signal.aborted) {
      for (const child of children) child.kill()
      release()
      process.exit(130)
    }
    asked.abort(new Error('The shop was told to stop.'))
    const [gateway, ...services] = children
    await gateway?.stop()
    await Promise.all(services.map((child) => child.stop()))
    await running.cluster?.close()
    release()
    process.exit(0)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => void stop())
  return asked.signal
}
