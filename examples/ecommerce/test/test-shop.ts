import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logIn } from '../drill/shop-client.ts'
import { startShop } from '../drill/shop-process.ts'
import type { ShopProcess } from '../drill/shop-process.ts'

/** A shop of its own for one test file, with both demo accounts signed in. */
export interface TestShop extends AsyncDisposable {
  readonly shop: ShopProcess
  readonly url: string
  readonly port: number
  readonly data: string
  readonly admin: string
  readonly shopper: string
}

/** Starts a shop on free ports and an empty data folder. */
export async function openTestShop(flags: readonly string[] = ['--no-rate-limit']): Promise<TestShop> {
  const data = mkdtempSync(join(tmpdir(), 'hanse-shop-'))
  const port = await freePorts()
  const shop = await startShop({ data, port, flags })
  return {
    shop,
    url: shop.url,
    port,
    data,
    admin: await logIn(shop.url, 'admin@shop.example', shop.password),
    shopper: await logIn(shop.url, 'shopper@shop.example', shop.password),
    async [Symbol.asyncDispose]() {
      await shop.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** The first of six free ports in a row. */
export async function freePorts(): Promise<number> {
  for (let port = 20_000 + (process.pid % 200) * 100; ; port += 10) {
    const free = await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => isFree(port + offset)))
    if (free.every(Boolean)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
