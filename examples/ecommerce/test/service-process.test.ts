import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase, sqlite } from '@hanse/data'
import { createRegistry } from '@hanse/registry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toEnvironment } from '../service/config.ts'
import { ensureKeys } from '../service/keys.ts'

let data: string
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'hanse-service-'))
  await ensureKeys(data)
})
afterEach(() => {
  rmSync(data, { recursive: true, force: true })
})

function startService(environment: Readonly<Record<string, string>>) {
  const main = fileURLToPath(new URL('../services/payment/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = new Promise<{ readonly port: number }>((resolve) => child.once('message', (message) => resolve(message as { port: number })))
  return { child, ready, ended, output: () => output }
}

const settings = (port: number) =>
  toEnvironment({
    name: 'payment-service',
    host: '127.0.0.1',
    port,
    dataFolder: data,
    seed: false,
    rateLimit: true,
    demoPassword: undefined,
    logLevel: 'info',
    engines: { kind: 'embedded' },
  })

async function registered(): Promise<readonly { readonly url: string; readonly status: string }[]> {
  await using db = createDatabase({ engine: sqlite({ file: join(data, 'registry.db') }), tables: {} })
  await using registry = createRegistry({ store: db, probe: false })
  const { instances } = await registry.getAll()
  return instances.map(({ url, status }) => ({ url, status }))
}

describe('a service process', () => {
  it('registers the port that it really got, and on SIGTERM leaves, drains and ends with 0 (seed-requirements 11, 14 and 55)', async () => {
    const service = startService(settings(0))
    const { port } = await service.ready
    expect(port).toBeGreaterThan(0)
    expect(await registered()).toEqual([{ url: `http://127.0.0.1:${port}`, status: 'up' }])
    service.child.kill('SIGTERM')
    expect(await service.ended).toBe(0)
    expect((await registered()).filter(({ status }) => status === 'up')).toEqual([])
  })

  it('ends with the cause and registers nothing when it cannot listen (seed-requirements 11 and 40)', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const service = startService(settings((holder.address() as AddressInfo).port))
    expect(await service.ended).toBe(1)
    holder.close()
    expect(service.output()).toContain('EADDRINUSE')
    expect(await registered()).toEqual([])
  })

  it('ends and names every setting that is missing (seed-requirement 121)', async () => {
    const service = startService({ SERVICE_NAME: 'payment-service' })
    expect(await service.ended).toBe(1)
    expect(service.output()).toMatch(/SERVICE_PORT.*DATA_FOLDER/s)
  })
})
