// `pnpm ecommerce`: the whole shop, one process a service, in one command.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url)))

try {
  const { parseFlags, usage } = await import('./supervisor/flags.ts')
  const flags = parseFlags(process.argv.slice(2), process.cwd())
  if (flags.help) process.stdout.write(`${usage}\n`)
  else await (await import('./supervisor/shop.ts')).runShop(flags)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
