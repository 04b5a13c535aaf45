import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@hanse/core/testing'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { markProcess } from './process/process-mark.ts'
import type { State } from './state/state-file.ts'
import { attachInfra, startInfra } from './start-infra.ts'
import type { Infra } from './infra.ts'

const { missing } = inject('engines')
const needs = ' (needs java or docker)'

describe.skipIf(missing !== undefined)(`startInfra${needs}`, () => {
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'infra-test-'))
  })
  afterAll(async () => {
    await (await attachInfra({ directory }))?.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('keeps data over a kill and a start, freezes and continues', async () => {
    await using infra = await startInfra({ engines: ['elasticsearch'], directory })
    const node = infra.node('elasticsearch-1')
    const url = `${infra.elasticsearch?.node}/things/_doc/1?refresh=true`
    await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"name":"kept"}' })
    await node.stop()
    await expect(fetch(url, { signal: AbortSignal.timeout(500) })).rejects.toThrow('aborted due to timeout')
    expect(await node.state()).toBe('frozen')
    await node.continue()
    expect(await node.state()).toBe('running')
    await node.kill()
    expect(await node.state()).toBe('ended')
    await expect(node.stop()).rejects.toMatchObject({ code: 'UNKNOWN_NODE' })
    await node.start()
    expect(await (await fetch(url)).json()).toMatchObject({ _source: { name: 'kept' } })
    expect(await node.logs(5)).toContain('elasticsearch-1')
    expect(() => infra.node('elasticsearch-2')).toThrow('there are elasticsearch-1')
  })

  it('is found again by another command while it runs, and leaves nothing when it is closed', async () => {
    const infra = await startInfra({ engines: ['elasticsearch'], directory, detached: true })
    const other = await attachInfra({ directory })
    expect(other?.elasticsearch).toEqual(infra.elasticsearch)
    await (await startInfra({ engines: ['elasticsearch'], directory })).close()
    expect(await other?.nodes[0]?.state(), 'close leaves what it found running').toBe('running')
    await other?.close()
    expect(await infra.nodes[0]?.state()).toBe('ended')
    expect(await attachInfra({ directory })).toBeUndefined()
  })

  it('ends a server that another command has killed and started again', async () => {
    const infra = await startInfra({ engines: ['elasticsearch'], directory })
    const other = await attachInfra({ directory })
    await other?.nodes[0]?.kill()
    await other?.nodes[0]?.start()
    expect(await infra.nodes[0]?.state(), 'the process that was started first').toBe('ended')
    await infra.close()
    expect(await other?.nodes[0]?.state(), 'the one that was started again').toBe('ended')
  })

  it('does not take a process for its server because the number is the same', async () => {
    const infra = await startInfra({ engines: ['elasticsearch'], directory, detached: true })
    await infra.nodes[0]?.kill()
    const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(innocent, 'spawn')
    const file = join(directory, 'state.json')
    const state = JSON.parse(await readFile(file, 'utf8')) as State
    const stale = state.servers.map((server) => ({ ...server, handle: { ...server.handle, pid: innocent.pid } }))
    await writeFile(file, JSON.stringify({ ...state, servers: stale }))
    expect(await attachInfra({ directory })).toBeUndefined()
    expect(await (await attachInfra({ directory, ended: true }))?.nodes[0]?.state()).toBe('ended')
    expect(await markProcess(innocent.pid ?? 0)).toBeDefined()
    innocent.kill()
  })

  it('names the port that something else holds', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
    const address = squatter.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const start = startInfra({ engines: ['kafka'], ports: { kafka: port } })
    await expect(start).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(`127.0.0.1:${port}`) })
    squatter.close()
  })

  it('says what Maven could not find', async () => {
    const start = startInfra({ engines: ['kafka'], versions: { kafka: '0.0.0-none' } })
    await expect(start).rejects.toMatchObject({ code: 'RESOLVE_FAILED', message: expect.stringContaining('kafka_2.13:jar:0.0.0-none') })
  })

  it('ends the servers and removes their folder when the process that holds them is killed', async () => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'hold-servers.fixture.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const held = JSON.parse(line.toString()) as { readonly directory: string; readonly pid: number }
    expect(await markProcess(held.pid)).toBeDefined()
    child.kill('SIGKILL')
    await eventually(async () => expect(await markProcess(held.pid)).toBeUndefined(), { timeoutMs: 30_000 })
    await eventually(() => expect(existsSync(held.directory)).toBe(false), { timeoutMs: 30_000 })
  })
})

describe.skipIf(missing !== undefined)(`three nodes${needs}`, () => {
  let infra: Infra

  beforeAll(async () => {
    infra = await startInfra({ engines: ['cassandra', 'kafka'], nodes: 3 })
  })
  afterAll(() => infra.close())

  it('stands on addresses of loopback, and each can be killed and started again', async () => {
    expect(infra.provider).toBe('jvm')
    expect(infra.cassandra?.contactPoints).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3'])
    expect(new Set(infra.kafka?.brokers).size).toBe(3)
    for (const name of ['cassandra-2', 'kafka-3']) {
      await infra.node(name).kill()
      expect(await infra.node(name).state()).toBe('ended')
      await infra.node(name).start()
      expect(await infra.node(name).state()).toBe('running')
    }
  })
})
