import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

it('lists every tracing channel that the packages declare, and no other', () => {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).filter((file) => !/\.(test|test-d|fixture)\.ts$/.test(file))
  const declared = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/createChannel<\w+>\('([^']+)'\)/g)].map(([, name = '']) => name),
  )
  const page = readFileSync(join(import.meta.dirname, 'tracing-and-logging.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `(hanse:[^`]+)` \|/gm)].map(([, name = '']) => name)
  expect(declared.length).toBeGreaterThan(0)
  expect([...listed].sort()).toEqual([...new Set(declared)].sort())
})
