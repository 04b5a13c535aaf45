import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '@hanse/data'
import { createEventBus, createOutbox, outboxTables } from '@hanse/event-bus'
import { startInfra } from '@hanse/infra'
import { createRegistry } from '@hanse/registry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { orderRejected } from '../contracts/events.ts'
import { groups } from '../contracts/groups.ts'
import { serviceNames } from '../contracts/routes.ts'
import { readBooks } from '../drill/books.ts'
import { audit } from '../drill/conservation.ts'
import { freePorts } from '../drill/free-ports.ts'
import { callShop, logIn, someAddress } from '../drill/shop-client.ts'
import { startShop } from '../drill/shop-process.ts'
import type { ShopProcess } from '../drill/shop-process.ts'
import { moved } from '../move/moved-tables.ts'
import { lookUnderWay } from '../move/under-way.ts'
import { clusterSettings } from '../service/engine-config.ts'
import type { ClusterAddresses } from '../service/engine-config.ts'
import { chooseEngines } from '../service/engines.ts'
import { addressesOf, serversFolder } from '../supervisor/cluster.ts'
import { engines } from './test-shop.ts'

// A shop of files moves to the engines of this run, and back: `embedded` in the project example, `cluster` in the project cluster.

const root = mkdtempSync(join(tmpdir(), 'hanse-move-'))
const folders = { old: join(root, 'old'), export: join(root, 'export'), new: join(root, 'new'), back: join(root, 'back'), third: join(root, 'third') }
const settle = { timeout: 30_000, interval: 100 }
const ada = { email: 'ada@move.example', name: 'Ada', password: 'correct horse battery' }
const flags = ['--no-rate-limit', '--engines', engines]

interface Order {
  readonly id: string
  readonly status: string
}

interface Known {
  readonly orders: readonly Order[]
  readonly renamed: string
  readonly deleted: string
  readonly stocked: string
  readonly firstAnswer: unknown
  readonly refreshToken: string
  readonly password: string
}

let port: number
let servers: AsyncDisposable | undefined
let addresses: ClusterAddresses | undefined
let known: Known

beforeAll(async () => {
  port = await freePorts()
  if (engines === 'cluster') {
    const infra = await startInfra({ directory: serversFolder(root) })
    servers = infra
    addresses = addressesOf(infra)
    Object.assign(process.env, clusterSettings(addresses))
  }
})
afterAll(async () => {
  await servers?.[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

/** The shop of files knows no servers, whatever this run is about. */
async function startOld(): Promise<ShopProcess> {
  const env = { ...process.env }
  for (const name of ['CASSANDRA_HOSTS', 'CASSANDRA_DATACENTER', 'KAFKA_BROKERS', 'ELASTICSEARCH_URL']) delete process.env[name]
  try {
    return await startShop({ data: folders.old, port, flags: ['--no-rate-limit'] })
  } finally {
    Object.assign(process.env, env)
  }
}

const embedded = (dataFolder: string) => ({ name: 'user-service', dataFolder, engines: { kind: 'embedded' } }) as const
const keyed = (token: string, productId: string) => ({
  method: 'POST',
  token,
  body: { items: [{ productId, quantity: 1 }], shippingAddress: someAddress, payment: { token: 'tok_ok' } },
  headers: { 'idempotency-key': 'move-1' },
})
const dataOf = <T>(answer: { readonly body: { readonly data?: never } }): T => answer.body.data as unknown as T

/** Has people do what people do, and tells what must be found again. */
async function live({ url, password }: ShopProcess): Promise<Known> {
  const admin = await logIn(url, 'admin@shop.example', password)
  await callShop(url, '/api/users', { method: 'POST', body: ada })
  const session = dataOf<{ accessToken: string; refreshToken: string }>(
    await callShop(url, '/api/auth/login', { method: 'POST', body: { email: ada.email, password: ada.password } }),
  )
  const token = session.accessToken
  const listed = dataOf<readonly { id: string; inventory_count: number }[]>(await callShop(url, '/api/products?limit=50'))
  const [stocked = '', renamed = '', deleted = ''] = listed.filter((product) => product.inventory_count > 9).map(({ id }) => id)
  const change = (id: string, body: object) => callShop(url, `/api/products/${id}`, { method: 'PUT', token: admin, body })
  expect((await change(renamed, { name: 'Zephyrium Astrolabe' })).status).toBe(200)
  expect((await change(renamed, { price: '77.70' })).status).toBe(200)
  expect((await callShop(url, `/api/products/${deleted}`, { method: 'DELETE', token: admin })).status).toBe(204)
  const first = await callShop(url, '/api/orders', keyed(token, stocked))
  for (const payment of ['tok_ok', 'tok_declined', 'tok_lost', 'tok_down']) {
    const body = { items: [{ productId: stocked, quantity: 1 }], shippingAddress: someAddress, payment: { token: payment } }
    expect((await callShop(url, '/api/orders', { method: 'POST', token, body })).status).toBe(202)
  }
  const orders = async () => dataOf<readonly Order[]>(await callShop(url, '/api/orders', { token }))
  await expect.poll(async () => (await orders()).map(({ status }) => status).toSorted(), settle).toEqual([...Array<string>(4).fill('confirmed'), 'rejected'])
  return { orders: await orders(), renamed, deleted, stocked, firstAnswer: first.body, refreshToken: session.refreshToken, password }
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs the command as a user would; killed as soon as its output has `killAt`. */
function run(script: string, args: readonly string[], killAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL(script, import.meta.url)), ...args])
  let output = ''
  const take = (chunk: Buffer): void => {
    output += chunk.toString()
    if (killAt !== undefined && output.includes(killAt)) child.kill('SIGKILL')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, output })))
}

const move = (...args: readonly string[]) => run('../move/main.ts', args)
const importNew = ['import', folders.export, '--data', folders.new, '--engines', engines]

describe(`a shop moves to ${engines} (needs ${engines === 'cluster' ? 'cassandra, kafka, elasticsearch' : 'nothing'})`, () => {
  it('is not exported while it runs', async () => {
    const shop = await startOld()
    try {
      known = await live(shop)
      await expect.poll(async () => (await lookUnderWay(await chooseEngines(embedded(folders.old)))).faults, settle).toEqual([])
      const { code, output } = await move('export', folders.export, '--data', folders.old)
      expect([code, output]).toEqual([1, expect.stringMatching(/already runs on .*Stop it/)])
    } finally {
      await shop.stop()
    }
  })

  it('knows every table that a service has made, and every group', () => {
    const names = (file: string, sql: string): readonly string[] => {
      const db = new DatabaseSync(join(folders.old, file), { readOnly: true })
      const found = db.prepare(sql).all() as { name: string }[]
      db.close()
      return [...new Set(found.map(({ name }) => name.replace(/:static$/, '')))].toSorted()
    }
    for (const owner of serviceNames) {
      const moving = moved.find((each) => each.owner === owner)?.tables.map(({ name }) => name) ?? []
      const left = names(`${owner}.db`, "select name from sqlite_master where type = 'table'").filter((name) => !moving.includes(name))
      expect(left.filter((name) => !/^hanse_(data|event_bus)_|^hanse_saga_(open|session)$|^index_fills$/.test(name))).toEqual([])
    }
    expect(names('bus.db', 'select distinct grp as name from claims')).toEqual(Object.values(groups).toSorted())
  })

  it('is not exported while a part of it runs elsewhere, nor before it has come to rest', async () => {
    const old = await chooseEngines(embedded(folders.old))
    const refused = async (message: RegExp) => {
      const { code, output } = await move('export', folders.export, '--data', folders.old)
      expect([code, output, existsSync(folders.export)]).toEqual([1, expect.stringMatching(message), false])
    }
    await using registryDb = createDatabase({ engine: old.state('registry'), tables: {} })
    const registry = createRegistry({ store: registryDb })
    await registry.register({ name: 'payment-service', url: 'http://127.0.0.1:9', version: '1.0.0' })
    await refused(/The shop runs: payment-service .*Stop it/)
    await registry.close()

    await using db = createDatabase({ engine: old.state('user-service'), tables: outboxTables })
    await using bus = createEventBus({ transport: old.events(), source: 'user-service' })
    await using outbox = createOutbox({ store: db, bus, relay: false })
    await outbox.start()
    const facts = { orderId: crypto.randomUUID(), userId: crypto.randomUUID(), total: '1.00', currency: 'EUR', reason: 'none' }
    await db.atomically([outbox.add(orderRejected, facts)])
    await refused(/has not come to rest: user-service: 1 events .*Start it again/)
    for await (const { shard, bucket, seq } of db.events.scan()) await db.events.delete({ shard, bucket, seq })
  })

  it('is exported when it has come to rest, into a folder that only its owner reads', async () => {
    const { code, output } = await move('export', folders.export, '--data', folders.old)
    expect([code, output]).toEqual([0, expect.stringMatching(/order-service: orders 5, .*charges 5/s)])
    const again = await move('export', folders.export, '--data', folders.old)
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('holds an export already')])
    expect((await move('export', join(root, 'nothing'), '--data', root)).output).toContain('There is no shop in')
  })

  it('is imported, also when the import is killed with kill -9, and no shop starts on the half of it', async () => {
    const killed = await run('../move/main.ts', importNew, 'user-service: users 3')
    expect(killed.output).not.toContain('imported')
    const early = await run('../start.ts', ['--data', folders.new, '--port', String(port), ...flags], 'ready  http')
    expect([early.code, early.output]).toEqual([1, expect.stringMatching(/was interrupted.*--continue/)])
    const without = await move(...importNew)
    expect([without.code, without.output]).toEqual([1, expect.stringMatching(/holds rows already.*--continue/)])
    const { code, output } = await move(...importNew, '--continue')
    expect([code, output]).toEqual([0, expect.stringMatching(/order-service: orders 5, .*imported and verified/s)])
  })

  it('goes on where it was: logins, orders, search, stock and money; and moves back', async () => {
    const shop = await startShop({ data: folders.new, port, flags })
    try {
      await expectSame(shop)
    } finally {
      await shop.stop()
    }
    const back = await move('export', folders.back, '--data', folders.new, '--engines', engines)
    expect([back.code, back.output]).toEqual([0, expect.stringMatching(/order-service: orders 6, /)])
    const third = await move('import', folders.back, '--data', folders.third)
    expect([third.code, third.output]).toEqual([0, expect.stringContaining('imported and verified')])
    const { orders, faults, unfinished } = audit(await readBooks(folders.third))
    expect([orders, faults, unfinished]).toEqual([{ confirmed: 5, rejected: 1 }, [], []])
    expect(readFileSync(join(folders.third, 'keys', 'secret.json'), 'utf8')).toBe(readFileSync(join(folders.old, 'keys', 'secret.json'), 'utf8'))
  })
})

async function expectSame({ url, password }: ShopProcess): Promise<void> {
  expect(password).toBe(known.password)
  const token = await logIn(url, ada.email, ada.password)
  expect((await callShop(url, '/api/auth/refresh', { method: 'POST', body: { refreshToken: known.refreshToken } })).status).toBe(200)
  const orders = async () => dataOf<readonly Order[]>(await callShop(url, '/api/orders', { token }))
  expect(await orders()).toEqual(known.orders)
  // The same key and body as before the move: the same order, not a second one.
  const repeated = await callShop(url, '/api/orders', keyed(token, known.stocked))
  expect(repeated.body).toEqual(known.firstAnswer)
  const progress = await callShop(url, `/api/orders/${known.orders[0]?.id}/events`, { token })
  expect(JSON.stringify(progress.body)).toContain('completed')

  type Found = readonly { id: string; price: string }[]
  const search = async (q: string) => dataOf<Found>(await callShop(url, `/api/products/search?q=${q}`))
  await expect.poll(async () => (await search('zephirium')).map(({ id, price }) => [id, price]), settle).toEqual([[known.renamed, '77.70']])
  const all = (await callShop(url, '/api/products/search?limit=1')).body['total'] as { value: number }
  expect(all.value).toBe(2_399)
  expect((await callShop(url, `/api/products/${known.deleted}`)).status).toBe(404)
  const similar = dataOf<Found>(await callShop(url, `/api/products/${known.renamed}/recommendations?limit=5`))
  expect(similar.length).toBeGreaterThan(0)

  const body = { items: [{ productId: known.stocked, quantity: 1 }], shippingAddress: someAddress, payment: { token: 'tok_ok' } }
  expect((await callShop(url, '/api/orders', { method: 'POST', token, body })).status).toBe(202)
  await expect.poll(async () => (await orders()).filter(({ status }) => status === 'confirmed').length, settle).toBe(5)
  // What the new order changed is told everywhere before the shop is stopped.
  const target = await chooseEngines({ ...embedded(folders.new), engines: addresses === undefined ? { kind: 'embedded' } : { kind: 'cluster', ...addresses } })
  await expect.poll(async () => (await lookUnderWay(target)).faults, settle).toEqual([])
  expect(audit(await readBooks(engines === 'cluster' ? root : folders.new)).faults).toEqual([])
}
