import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
/** A folder of this run alone: another run in the same tree removes its own when it ends. */
const snippets = makeFolder(join(import.meta.dirname, '.snippets'))

interface Snippet {
  readonly name: string
  readonly file: string
}

function makeFolder(parent: string): string {
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'run-'))
}

function markdownFiles(): readonly string[] {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'README.md'))
  const guides = readdirSync(import.meta.dirname).flatMap((name) => (name.endsWith('.md') ? [join(import.meta.dirname, name)] : []))
  return [join(root, 'README.md'), ...packages, ...guides].filter((file) => existsSync(file))
}

/** Every block fenced as `ts` is a whole program; one fenced as `ts ignore` is a fragment that only shows a shape. */
function extract(): readonly Snippet[] {
  return markdownFiles().flatMap((markdown) =>
    [...readFileSync(markdown, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, index) => {
      const name = `${relative(root, markdown)} #${index + 1}`
      const file = join(snippets, `${name.replaceAll(/[^\w]+/g, '-')}.ts`)
      writeFileSync(file, match[1] ?? '')
      return { name, file }
    }),
  )
}

const all = extract()

afterAll(() => rmSync(snippets, { recursive: true, force: true }))

describe('the examples of the documentation', () => {
  it('are found', () => {
    expect(all.length).toBeGreaterThan(0)
  })

  it('compile in strict mode (seed-requirement 1)', { timeout: 120_000 }, () => {
    const config = join(snippets, 'tsconfig.json')
    writeFileSync(config, JSON.stringify({ extends: '../../../tsconfig.base.json', include: ['*.ts'] }))
    const { stdout, status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it.each(all)('$name runs and ends by itself', { timeout: 60_000 }, ({ file }) => {
    const { status, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      encoding: 'utf8',
      timeout: 30_000,
      cwd: snippets,
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
