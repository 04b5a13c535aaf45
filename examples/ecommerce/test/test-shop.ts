import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../drill/free-ports.ts'
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

/** The engines that this run of the tests is about; the project of vitest says so. */
export const engines = process.env['SHOP_ENGINES'] ?? 'embedded'

/** Starts a shop on free ports and an empty data folder. */
export async function openTestShop(flags: readonly string[] = ['--no-rate-limit']): Promise<TestShop> {
  const data = mkdtempSync(join(tmpdir(), 'hanse-shop-'))
  const port = await freePorts()
  const shop = await startShop({ data, port, flags: [...flags, '--engines', engines] })
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
