// `pnpm bench [name …]`: each benchmark against a peer in one interleaved run, printed as ratios.
import { availableParallelism, cpus, totalmem } from 'node:os'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './compare.ts'
import type { Comparison } from './compare.ts'

interface Benchmark {
  readonly run: () => Promise<readonly Comparison[]>
}

const wanted = process.argv.slice(2).filter((argument) => argument !== '--')
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.bench.ts'))
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)))
if (chosen.length === 0) {
  process.stderr.write(`There is no benchmark called ${wanted.join(' or ')}. There are: ${files.map((file) => file.replace('.bench.ts', '')).join(', ')}.\n`)
  process.exit(1)
}

process.stdout.write(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${new Date().toISOString().slice(0, 10)}\n`,
)
process.stdout.write(
  'Medians (least..most) of interleaved rounds; "x" is the median over the rounds of the ratio to the last line, the peer. Compare ratios, not figures.\n',
)
for (const file of chosen) {
  const benchmark = (await import(join(import.meta.dirname, file))) as Benchmark
  for (const comparison of await benchmark.run()) process.stdout.write(`\n${report(comparison)}\n`)
}
