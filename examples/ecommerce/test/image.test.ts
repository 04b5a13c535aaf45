// The steps of the Dockerfile by hand, in an empty folder, and then every process of docker-compose.yml from that folder on real servers: what there
// is of Docker without a Docker engine.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '@hanse/core/testing'
import { startInfra } from '@hanse/infra'
import { expect, it } from 'vitest'
import { freePorts } from '../drill/free-ports.ts'
import { logIn } from '../drill/shop-client.ts'
import { clusterSettings } from '../service/engine-config.ts'
import { addressesOf } from '../supervisor/cluster.ts'
import { compose, dockerfile, processes, root } from './compose-file.ts'
import { engines } from './test-shop.ts'

const run = promisify(execFile)
const password = 'of the demo, by file'

/** Copies and installs what the first stage of the Dockerfile copies and installs. */
async function build(app: string): Promise<void> {
  const [, stage = ''] = dockerfile.split(/^FROM /m)
  const left = await readFile(join(root, '.dockerignore'), 'utf8')
  const leftOut = new Set(left.split('\n').map((line) => basename(line.trim())))
  for (const [, step = '', rest = ''] of stage.matchAll(/^(COPY|RUN) (.+)$/gm)) {
    if (step === 'RUN') {
      await run('sh', ['-c', rest], { cwd: app, env: { ...process.env, CI: 'true' } })
      continue
    }
    const words = rest.split(' ')
    const to = words.pop() ?? ''
    const filter = (source: string): boolean => !leftOut.has(basename(source))
    for (const from of words) await cp(join(root, from), join(app, to === './' ? from : to), { recursive: true, filter })
  }
}

/** One process of the compose file, started as its container would start it. */
function start(app: string, script: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    cwd: app,
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'exit').then(([code, signal]) => ({ end: (code ?? signal) as number | NodeJS.Signals, output }))
  return { child, ended }
}

it.skipIf(engines !== 'cluster')(
  'builds without Docker, and each of its processes starts, becomes healthy and ends as told (needs cassandra, kafka, elasticsearch; seed-requirement 98)',
  { timeout: 300_000 },
  async () => {
    const app = await mkdtemp(join(tmpdir(), 'hanse-image-'))
    const running: ReturnType<typeof start>[] = []
    try {
      const [infra] = await Promise.all([startInfra(), build(app)])
      await using _servers = infra
      const keys = join(app, 'data')
      await mkdir(keys)
      await writeFile(join(app, 'demo-password'), `${password}\n`)
      const first = await freePorts()
      /** The container's environment, with this machine's addresses for those of the internal network. */
      const environmentOf = (name: string): Record<string, string> => {
        const { ELASTICSEARCH_USERNAME: _name, ELASTICSEARCH_PASSWORD_FILE: _file, ...environment } = compose.services[name]?.environment ?? {}
        const port = String(first + Number(environment['SERVICE_PORT'] ?? 3_000) - 3_000)
        const here = { DATA_FOLDER: keys, DEMO_PASSWORD_FILE: join(app, 'demo-password'), SERVICE_HOST: '127.0.0.1', SERVICE_PORT: port }
        return { ...environment, ...here, ...clusterSettings(addressesOf(infra)) }
      }
      const scriptOf = (name: string): string => compose.services[name]?.command?.[0] ?? ''
      const migrated = await start(app, scriptOf('migrations'), environmentOf('migrations')).ended
      expect(migrated.end, migrated.output).toBe(0)
      for (const [name] of processes) running.push(start(app, scriptOf(name), environmentOf(name)))
      for (const [name, { healthcheck }] of processes) {
        const script = (healthcheck?.test.at(-1) ?? '').replace('/app', app)
        const check = async (): Promise<void> => expect((await start(app, script, environmentOf(name)).ended).end, name).toBe(0)
        await eventually(check, { timeoutMs: 60_000, everyMs: 500 })
      }
      const url = `http://127.0.0.1:${first}`
      await expect(logIn(url, 'shopper@shop.example', password)).resolves.toBeTypeOf('string')
      const answer = await fetch(`${url}/api/products/search?q=lamp`)
      expect(await answer.json()).toMatchObject({ success: true, data: expect.arrayContaining([expect.objectContaining({ price: expect.anything() })]) })
      for (const { child } of running) child.kill('SIGTERM')
      for (const { end, output } of await Promise.all(running.map(({ ended }) => ended))) expect(end, output).toBe(0)
    } finally {
      for (const { child } of running) child.kill('SIGKILL')
      await rm(app, { recursive: true, force: true })
    }
  },
)
