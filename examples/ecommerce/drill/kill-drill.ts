// `node drill/kill-drill.ts [orders] [--engines cluster]`: kill -9 of service after service, and of Cassandra and Kafka on a cluster,
// while orders run; then the books must balance.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom, systemClock } from '@hanse/core'
import { attachInfra } from '@hanse/infra'
import { serversFolder } from '../supervisor/cluster.ts'
import { readBooks } from './books.ts'
import { audit } from './conservation.ts'
import type { Audit } from './conservation.ts'
import { freePorts } from './free-ports.ts'
import { callShop, logIn, someAddress } from './shop-client.ts'
import { startShop } from './shop-process.ts'
import type { ShopProcess } from './shop-process.ts'

/** How hard the drill is. */
export interface DrillOptions {
  readonly orders: number
  /** @defaultValue 'embedded' */
  readonly engines?: 'embedded' | 'cluster'
  readonly port: number
  readonly concurrency: number
  /** The pause between the return of one victim and the kill of the next, in milliseconds. */
  readonly pauseMs: number
  readonly seed: number
  readonly log: (line: string) => void
}

/** What came of it. */
export interface DrillResult {
  /** Orders that were answered 202. */
  readonly acknowledged: number
  /** Requests that were answered otherwise and repeated. */
  readonly repeated: number
  readonly kills: Readonly<Record<string, number>>
  /** Acknowledged orders that are missing in the order table. */
  readonly lost: readonly string[]
  readonly audit: Audit
}

const tokens = ['tok_ok', 'tok_ok', 'tok_ok', 'tok_ok', 'tok_declined', 'tok_lost', 'tok_down'] as const
const victims = ['user-service', 'product-service', 'order-service', 'inventory-service', 'payment-service', 'gateway'] as const
const servers = ['cassandra-1', 'kafka-1'] as const
const settleMs = 120_000

/** Runs the drill on a shop of its own. */
export async function runKillDrill(options: DrillOptions): Promise<DrillResult> {
  const data = mkdtempSync(join(tmpdir(), 'hanse-drill-'))
  const { engines = 'embedded' } = options
  const shop = await startShop({ data, port: options.port, flags: ['--no-rate-limit', '--engines', engines] })
  try {
    const token = await logIn(shop.url, 'shopper@shop.example', shop.password)
    const products = await someProducts(shop)
    const stop = new AbortController()
    const killing = engines === 'cluster' ? killServers(shop, options, stop.signal) : killAround(shop, options, stop.signal)
    const placed = await placeOrders(shop, options, token, products)
    stop.abort()
    const kills = await killing
    const result = await settled(data)
    const known = new Set((await readBooks(data)).orders.map((order) => order.id))
    return { acknowledged: placed.ids.size, repeated: placed.repeated, kills, lost: [...placed.ids].filter((id) => !known.has(id)), audit: result }
  } finally {
    await shop.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

async function someProducts(shop: ShopProcess): Promise<readonly string[]> {
  const { body } = await callShop(shop.url, '/api/products?limit=50')
  return (body.data as unknown as { id: string; inventory_count: number }[]).filter((product) => product.inventory_count > 0).map((product) => product.id)
}

/** Each order has a key of its own and is repeated with it until it is acknowledged, as a careful client does. */
async function placeOrders(shop: ShopProcess, options: DrillOptions, token: string, products: readonly string[]) {
  const random = seededRandom(options.seed)
  const ids = new Set<string>()
  let next = 0
  let repeated = 0
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const worker = async (): Promise<void> => {
    while (next < options.orders) {
      const number = next++
      const body = {
        items: [{ productId: pick(products), quantity: 1 + Math.floor(random() * 2) }],
        shippingAddress: someAddress,
        payment: { token: pick(tokens) },
      }
      for (;;) {
        const answer = await callShop(shop.url, '/api/orders', {
          method: 'POST',
          token,
          body,
          headers: { 'idempotency-key': `drill-${options.seed}-${number}` },
        }).catch(() => undefined)
        if (answer?.status === 202 && answer.body.orderId !== undefined) {
          ids.add(answer.body.orderId)
          break
        }
        if (answer !== undefined && answer.status < 500)
          throw new Error(`An order was answered ${answer.status} ${answer.body.code ?? ''}: ${answer.body.detail ?? ''}`)
        repeated++
        await systemClock.sleep(50)
      }
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
  return { ids, repeated }
}

/** Kills one process after the other; the next when the one before is back, so that the shop always has a way on. */
async function killAround(shop: ShopProcess, options: DrillOptions, signal: AbortSignal): Promise<Record<string, number>> {
  const kills: Record<string, number> = {}
  for (let turn = 0; !signal.aborted; turn++) {
    const victim = victims[turn % victims.length] ?? 'order-service'
    await killOne(shop, victim, kills, options)
    await systemClock.sleep(options.pauseMs, { signal }).catch(() => undefined)
  }
  return kills
}

/** A service, then Cassandra, then a service, then Kafka, and so on: each comes back before the next goes. */
async function killServers(shop: ShopProcess, options: DrillOptions, signal: AbortSignal): Promise<Record<string, number>> {
  const infra = await attachInfra({ directory: serversFolder(shop.data) })
  if (infra === undefined) throw new Error('The shop has no servers of its own.')
  const kills: Record<string, number> = {}
  for (let turn = 0; !signal.aborted; turn++) {
    await killOne(shop, victims[turn % victims.length] ?? 'order-service', kills, options)
    const server = infra.node(servers[turn % servers.length] ?? 'cassandra-1')
    await server.kill()
    kills[server.name] = (kills[server.name] ?? 0) + 1
    options.log(`killed ${server.name}`)
    await server.start()
    await systemClock.sleep(options.pauseMs * 10, { signal }).catch(() => undefined)
  }
  return kills
}

async function killOne(shop: ShopProcess, victim: string, kills: Record<string, number>, { log }: DrillOptions): Promise<void> {
  const pid = childPid(shop, victim)
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL')
    kills[victim] = (kills[victim] ?? 0) + 1
    log(`killed ${victim} (${pid})`)
  }
  await back(shop, victim)
}

async function back(shop: ShopProcess, name: string): Promise<void> {
  const url = new URL('/health/ready', shop.services[name]?.url)
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok === true) return
    await systemClock.sleep(50)
  }
  throw new Error(`The ${name} did not come back after it was killed.`)
}

/** Restarted services have new pids: the supervisor's children tell which is which by their command line. */
function childPid(shop: ShopProcess, name: string): number | undefined {
  return listChildren(shop.process.pid ?? 0).find((child) =>
    child.command.includes(name === 'gateway' ? '/gateway/main.ts' : `/services/${name.replace('-service', '')}/main.ts`),
  )?.pid
}

async function settled(data: string): Promise<Audit> {
  const endsAt = systemClock.monotonic() + settleMs
  for (;;) {
    const result = audit(await readBooks(data))
    if (result.unfinished.length === 0 || systemClock.monotonic() > endsAt) return result
    await systemClock.sleep(200)
  }
}

function listChildren(parent: number): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const [, rest = ''] = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')
        if (Number(rest.split(' ')[1]) !== parent) return []
        return [{ pid: Number(entry), command: readFileSync(`/proc/${entry}/cmdline`, 'utf8') }]
      } catch {
        return []
      }
    })
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, engines: { type: 'string', default: 'embedded' } },
  })
  const { engines } = values
  if (engines !== 'embedded' && engines !== 'cluster') throw new Error(`--engines takes 'embedded' or 'cluster'; got '${engines}'.`)
  const result = await runKillDrill({
    engines,
    orders: Number(positionals[0] ?? '1000'),
    port: await freePorts(),
    concurrency: 16,
    pauseMs: 300,
    seed: Number(values.seed),
    log: (line) => process.stdout.write(`${line}\n`),
  })
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
  process.exitCode = result.lost.length + result.audit.faults.length + result.audit.unfinished.length === 0 ? 0 : 1
}
