import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseFlags } from '../supervisor/flags.ts'
import { callShop, logIn, someAddress } from '../drill/shop-client.ts'
import { startShop } from '../drill/shop-process.ts'
import { freePorts } from '../drill/free-ports.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'hanse-start-'))
})
afterEach(() => {
  rmSync(data, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs the command as a user would, until it ends or prints that it is ready; then it gets Ctrl-C. */
function run(flags: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('../start.ts', import.meta.url)), ...flags])
  let output = ''
  const take = (chunk: Buffer): void => {
    output += chunk.toString()
    if (/^ready {2}http/m.test(output)) child.kill('SIGINT')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, output })))
}

describe('pnpm ecommerce', () => {
  it('prints at most 25 lines, addresses and accounts among them, ready last, and ends with 0 on Ctrl-C (E1, E3)', async () => {
    const port = await freePorts()
    const { code, output } = await run(['--data', data, '--port', String(port), '--demo-password', 'demo-password'])
    expect(code).toBe(0)
    const lines = output.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(25)
    expect(lines.at(-1)).toBe(`ready  http://127.0.0.1:${port}`)
    for (const text of ['gateway', 'payment-service', 'admin@shop.example', 'demo-password', String(port + 5)]) expect(output).toContain(text)
  })

  it('names a port that is taken, and who holds it (E5)', async () => {
    const port = await freePorts()
    const holder = createServer().listen(port + 2, '127.0.0.1')
    const { code, output } = await run(['--data', data, '--port', String(port)])
    holder.close()
    expect(code).toBe(1)
    expect(output).toMatch(new RegExp(`Port ${port + 2}, which the product-service needs, is taken.*--port`))
    expect(output.includes(`process ${process.pid}`)).toBe(existsSync('/proc/net/tcp'))
  })

  it('refuses a folder that holds something else, and a broken database, and says what to do (E5)', async () => {
    writeFileSync(join(data, 'thesis.docx'), 'x')
    const foreign = await run(['--data', data, '--fresh', '--port', String(await freePorts())])
    expect([foreign.code, foreign.output]).toEqual([1, expect.stringMatching(/holds something else.*--data/)])
    expect(existsSync(join(data, 'thesis.docx'))).toBe(true)
    rmSync(join(data, 'thesis.docx'))
    const port = await freePorts()
    expect((await run(['--data', data, '--port', String(port), '--no-seed'])).code).toBe(0)
    for (const suffix of ['-wal', '-shm']) rmSync(join(data, `user-service.db${suffix}`), { force: true })
    writeFileSync(join(data, 'user-service.db'), 'not a database '.repeat(500))
    const broken = await run(['--data', data, '--port', String(port), '--no-seed'])
    expect([broken.code, broken.output]).toEqual([1, expect.stringMatching(/user-service does not start[\s\S]*user-service\.db.*not a sound SQLite database/)])
  })

  it('continues where it was killed: orders end, accounts and catalogue are there, nothing is seeded twice (E7, E20)', { timeout: 120_000 }, async () => {
    const port = await freePorts()
    const first = await startShop({ data, port })
    const token = await logIn(first.url, 'shopper@shop.example', first.password)
    const products = (await callShop(first.url, '/api/products?limit=100')).body.data as unknown as { id: string; inventory_count: number }[]
    const inStock = products.filter((product) => product.inventory_count > 1)
    const placed = await Promise.all(
      inStock.slice(0, 20).map(({ id }, n) =>
        callShop(first.url, '/api/orders', {
          method: 'POST',
          token,
          body: { items: [{ productId: id, quantity: 1 }], shippingAddress: someAddress, payment: { token: n % 2 === 0 ? 'tok_slow' : 'tok_declined' } },
        }),
      ),
    )
    first.kill()
    for (const { pid } of Object.values(first.services)) tryKill(pid)
    const second = await startShop({ data, port })
    expect(second.password).toBe(first.password)
    const again = await logIn(second.url, 'shopper@shop.example', second.password)
    const statuses = () =>
      Promise.all(
        placed.map(
          async ({ body }) => ((await callShop(second.url, `/api/orders/${body.orderId}`, { token: again })).body.data as unknown as { status: string }).status,
        ),
      )
    await expect.poll(statuses, { timeout: 60_000, interval: 250 }).toEqual(placed.map((_, n) => (n % 2 === 0 ? 'confirmed' : 'rejected')))
    const total = (await callShop(second.url, '/api/products/search?limit=1')).body['total'] as { value: number }
    expect(total.value).toBeGreaterThanOrEqual(2_000)
    expect(await second.stop()).toBe(0)
  })
})

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It had ended with its supervisor.
  }
}

describe('parseFlags', () => {
  it('has the defaults of the contract', () => {
    expect(parseFlags([], '/work')).toEqual({
      port: 3000,
      data: '/work/.data/ecommerce',
      fresh: false,
      engines: 'embedded',
      demoPassword: undefined,
      seed: true,
      rateLimit: true,
      json: false,
      help: false,
    })
  })

  it.each([
    [['--port', 'x'], /--port takes/],
    [['--engines', 'sun'], /--engines takes/],
    [['--demo-password', 'short'], /8 characters/],
    [['--nonsense'], /nonsense/],
  ])('refuses %j with a sentence', (args, message) => {
    expect(() => parseFlags(args, '/')).toThrow(message)
  })
})
