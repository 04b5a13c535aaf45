import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')

it('gives no figure of speed that is not the median of a line in the benchmarks', () => {
  const figures = [...read('embedded-engines.md').matchAll(/\| ([\d,]+ \w+\/s) \|/g)].map(([, figure = '']) => figure)
  const measured = new Set([...read('../packages/bench/README.md').matchAll(/ ([\d,]+ \w+\/s) {2}\(/g)].map(([, figure = '']) => figure))
  expect(figures.length).toBeGreaterThan(5)
  const unknown = figures.filter((figure) => !measured.has(figure))
  expect(unknown, `packages/bench/README.md has no such line any more; copy the new figures into docs/embedded-engines.md`).toEqual([])
})
