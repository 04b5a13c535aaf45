import { globSync, readFileSync, readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '..')
const folders = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'examples/ecommerce']
const shared = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest).devDependencies ?? {})

interface Source {
  readonly file: string
  readonly imports: readonly string[]
}

function sourcesOf(folder: string): readonly Source[] {
  const files = globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
  return files.map((file) => {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(/^\s*(\*|\/\/).*$/gm, '')
    const found = [...text.matchAll(/^(?:import|export) [^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^'$]+)'\)/gm)]
    return { file, imports: found.map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '') }
  })
}

const nameOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

describe.each(folders)('%s', (folder) => {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
  const sources = sourcesOf(folder)

  it('imports only what it declares: what is published from its dependencies, tests also from the root (seed-requirement 2)', () => {
    const published = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const own = [...published, ...Object.keys(manifest.devDependencies ?? {}), manifest.name]
    const strangers = sources.flatMap(({ file, imports }) => {
      const isTest = /\.(test|test-d|fixture|bench)\.ts$|\/crash\/|-drill-|\/(bench|scripts)\/|config\.ts$/.test(file)
      const allowed = isTest || !file.includes('/src/') ? [...own, ...shared] : [...published, manifest.name]
      const bare = imports.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
      return bare.filter((specifier) => !allowed.includes(nameOf(specifier))).map((specifier) => `${file}: ${specifier}`)
    })
    expect(strangers).toEqual([])
  })

  it('imports no file of another package (seed-requirement 3)', () => {
    const leaving = sources.flatMap(({ file, imports }) =>
      imports
        .filter((specifier) => specifier.startsWith('.') && relative(folder, relative(root, resolve(root, dirname(file), specifier))).startsWith('..'))
        .map((specifier) => `${file}: ${specifier}`),
    )
    expect(leaving).toEqual([])
  })

  it('has no default export, and each of its entries loads (seed-requirement 4)', { timeout: 60_000 }, async () => {
    const entries = Object.entries(manifest.exports ?? {}).filter(([, file]) => file.endsWith('.ts'))
    for (const [, file] of entries) {
      const module = (await import(join(root, folder, file))) as Readonly<Record<string, unknown>>
      expect(Object.keys(module).length, file).toBeGreaterThan(0)
      expect(module).not.toHaveProperty('default')
    }
  })
})

describe('the contracts of the shop', () => {
  it('are one module that services, gateway and storefront share, without any (seed-requirement 8)', () => {
    const contracts = sourcesOf('examples/ecommerce/contracts')
    expect(contracts.length).toBeGreaterThan(3)
    for (const { file } of contracts) expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/:\s*any\b|<any>|as any\b/)
    const users = sourcesOf('examples/ecommerce').filter(({ imports }) => imports.some((specifier) => specifier.includes('/contracts/')))
    for (const owner of ['gateway', 'services/user', 'services/product', 'services/order', 'services/inventory', 'services/payment']) {
      expect(
        users.some(({ file }) => file.startsWith(`examples/ecommerce/${owner}/`)),
        owner,
      ).toBe(true)
    }
  })
})
