// Packs every published package and looks at the tarballs as a stranger would: publint, are-the-types-wrong,
// an install in an empty project, an import by plain Node 22 and 24, and a strict compile without skipLibCheck.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
  /** Drivers: all of them optional. */
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Tarball {
  readonly name: string
  readonly file: string
  readonly entries: readonly string[]
  readonly peers: Readonly<Record<string, string>>
}

const pnpm = ['npx', '--yes', 'pnpm@10'] as const
const root = resolve(import.meta.dirname, '..')
const work = join(tmpdir(), `hanse-packages-${process.pid}`)

function run(cwd: string, command: readonly string[]): string {
  const [program = '', ...args] = command
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  })
  if (status !== 0) throw new Error(`${command.join(' ')} failed in ${cwd}:\n${stdout}\n${stderr}`)
  return stdout
}

function pack(folder: string): Tarball | undefined {
  const directory = join(root, 'packages', folder)
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
  if (manifest.private === true) return undefined
  const { filename } = JSON.parse(run(directory, [...pnpm, 'pack', '--json', '--pack-destination', work])) as { filename: string }
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
  const names = entries.map((entry) => entry.replace(/^\./, manifest.name))
  return { name: manifest.name, file: resolve(work, filename), entries: names, peers: manifest.peerDependencies ?? {} }
}

/** An empty project that has nothing but the one tarball, TypeScript and two Nodes. */
function consume(tarball: Tarball, all: readonly Tarball[]): void {
  const project = join(work, tarball.name.replace('@hanse/', 'with-'))
  mkdirSync(project)
  const overrides = Object.fromEntries(all.map(({ name, file }) => [name, `file:${file}`]))
  const dependencies = { [tarball.name]: `file:${tarball.file}` }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies, pnpm: { overrides } }))
  writeFileSync(join(project, 'pnpm-workspace.yaml'), 'packages: []\nmanagePackageManagerVersions: false\n')
  run(project, [...pnpm, 'add', '--prefer-offline', '--save-dev', 'typescript@6.0.3', '@types/node@24'])
  const importAll = (entries: readonly string[]): void => {
    writeFileSync(join(project, 'import.js'), entries.map((entry) => `console.log(Object.keys(await import('${entry}')).length)`).join('\n'))
    for (const node of nodes) run(project, [node, 'import.js'])
  }
  writeFileSync(join(project, 'compile.ts'), tarball.entries.map((entry, n) => `import * as m${n} from '${entry}'\nvoid m${n}`).join('\n'))
  const flags =
    '--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2024 --lib es2024,esnext.disposable --module nodenext --types node --noEmit --skipLibCheck false'
  run(project, ['node_modules/.bin/tsc', ...flags.split(' '), 'compile.ts'])
  // Drivers are optional: without them everything but the entries of the cluster engines loads, and all types compile.
  const peers = Object.entries(tarball.peers).map(([name, range]) => `${name}@${range}`)
  if (peers.length > 0) {
    importAll(tarball.entries.filter((entry) => entry === tarball.name || entry.endsWith('/testing')))
    run(project, [...pnpm, 'add', '--prefer-offline', ...peers])
  }
  importAll(tarball.entries)
}

function installNode(version: string): string {
  const folder = join(work, `node-${version}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
  run(folder, ['npm', 'install', '--no-audit', '--no-fund', `node@${version}`])
  return join(folder, 'node_modules/.bin/node')
}

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const nodes = [installNode('22'), process.execPath]
const tarballs = readdirSync(join(root, 'packages')).flatMap((folder) => pack(folder) ?? [])
for (const tarball of tarballs) {
  run(root, ['publint', 'run', tarball.file, '--strict'])
  run(root, ['attw', tarball.file, '--profile', 'esm-only', '--no-emoji'])
  consume(tarball, tarballs)
  process.stdout.write(
    `${tarball.name}: packed, linted, imported by Node ${nodes.length === 2 ? '22 and 24' : ''}, compiled (${tarball.entries.length} entries)\n`,
  )
}
rmSync(work, { recursive: true, force: true })
