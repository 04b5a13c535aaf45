// `pnpm ecommerce`: the whole shop, one process a service, in one command.
import { parseFlags, usage } from './supervisor/flags.ts'
import { runShop } from './supervisor/shop.ts'

try {
  const flags = parseFlags(process.argv.slice(2), process.cwd())
  if (flags.help) process.stdout.write(`${usage}\n`)
  else await runShop(flags)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
