import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A running shop, as its `--json` banner tells. */
export interface ShopProcess {
  readonly url: string
  readonly services: Readonly<Record<string, { readonly url: string; readonly pid: number }>>
  readonly password: string
  readonly data: string
  readonly process: ChildProcess
  /** Ctrl-C: drains, then resolves with the exit code. */
  stop(): Promise<number | null>
  /** kill -9 of the supervisor; its services end by themselves. */
  kill(): void
}

interface Ready {
  readonly ready: string
  readonly services: ShopProcess['services']
  readonly password: string
  readonly data: string
}

/** Starts the shop as a user would, and waits until it is ready. */
export async function startShop(options: { readonly data: string; readonly port: number; readonly flags?: readonly string[] }): Promise<ShopProcess> {
  const start = fileURLToPath(new URL('../start.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', start, '--json', '--data', options.data, '--port', String(options.port), ...(options.flags ?? [])],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = await Promise.race([firstJson(child), exited.then((code) => Promise.reject(new Error(`The shop ended with ${code}: ${errors}`)))])
  return {
    url: ready.ready,
    services: ready.services,
    password: ready.password,
    data: ready.data,
    process: child,
    async stop() {
      child.kill('SIGINT')
      return exited
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

async function firstJson(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error('The shop has no output.')
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) {
      child.stdout.resume()
      return JSON.parse(line) as Ready
    }
  }
  // Without a banner the shop has ended, and its exit says why.
  return new Promise(() => undefined)
}
