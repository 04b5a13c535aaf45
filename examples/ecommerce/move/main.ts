// `pnpm ecommerce:export FOLDER` and `pnpm ecommerce:import FOLDER`: the whole shop goes to other engines, or to another machine.
import { parseMoveFlags, usage } from './move-flags.ts'
import { exportShop, importShop } from './move-shop.ts'

const asked = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => asked.abort(new Error('The move was told to stop.')))

const print = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  const flags = parseMoveFlags(process.argv.slice(2), process.cwd())
  if (flags.command === 'help') print(usage)
  else await (flags.command === 'export' ? exportShop : importShop)(flags, print, asked.signal)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
