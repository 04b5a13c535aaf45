import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HanseError } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRegistry } from './index.ts'
import type { Registry } from './index.ts'

async function openWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'hanse-registry-'))
  const file = join(folder, 'registry.db')
  const db = createDatabase({ engine: sqlite({ file }), tables: {} })
  const registry = createRegistry({ store: db, beat: { everyMs: 500 }, refresh: { everyMs: 200 }, probe: { everyMs: 200, timeoutMs: 500 } })
  onTestFinished(async () => {
    await registry.close()
    await db.close()
    await rm(folder, { recursive: true })
  })
  const spawn = async (...args: readonly string[]): Promise<ChildProcess> => {
    const child = fork(join(import.meta.dirname, 'member.fixture.ts'), [file, 'orders', ...args], { execArgv: ['--disable-warning=ExperimentalWarning'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    return child
  }
  return { registry, spawn }
}

async function pids(registry: Registry): Promise<readonly number[]> {
  return (await registry.discover('orders')).map(({ metadata }) => Number(metadata['pid'])).sort((a, b) => a - b)
}

const sorted = (children: readonly ChildProcess[]) => children.map((child) => child.pid ?? 0).sort((a, b) => a - b)
const sees = (registry: Registry, children: readonly ChildProcess[]) => eventually(async () => expect(await pids(registry)).toEqual(sorted(children)))

/** Calls what is picked, as a gateway would, and reports; the pid that answered, or undefined. */
async function call(registry: Registry): Promise<number | undefined> {
  const { instance, done } = await registry.pick('orders', { strategy: 'round-robin' })

  try {
    await (await fetch(instance.url, { signal: AbortSignal.timeout(2_000) })).text()
    done({ ok: true })
    return Number(instance.metadata['pid'])
  } catch (error) {
    const refused = error instanceof Error && error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED'
    done({ ok: false, kind: refused ? 'refused' : error instanceof DOMException ? 'timeout' : 'reset' })
    return undefined
  }
}

describe('a registry shared by processes through one file', { timeout: 60_000 }, () => {
  it('picks a killed instance no more, by beats and probes alone (seed-requirement 15)', async () => {
    const { registry, spawn } = await openWorld()
    const [killed, other] = [await spawn(), await spawn()]
    await sees(registry, [killed, other])
    killed.kill('SIGKILL')
    await sees(registry, [other])
    const { instances } = await registry.getAll()
    const lost = instances.find(({ metadata }) => metadata['pid'] === String(killed.pid))
    expect(lost?.health).not.toBe('healthy')
  })

  it('picks a killed instance no more after the first refused call (seed-requirement 15)', async () => {
    const { registry, spawn } = await openWorld()
    const [killed, other] = [await spawn(), await spawn()]
    await sees(registry, [killed, other])
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const answers = []
    for (let index = 0; index < 20; index++) answers.push(await call(registry))
    expect(answers.filter((pid) => pid === undefined).length).toBeLessThanOrEqual(1)
    expect(new Set(answers.slice(3))).toEqual(new Set([other.pid]))
  })

  it.each([
    ['with', 'health'],
    ['without', 'none'],
  ])('gives up a stopped instance %s a health endpoint, and takes it back when it goes on (seed-requirement 15)', async (_, health) => {
    const { registry, spawn } = await openWorld()
    const [stopped, other] = [await spawn(health), await spawn(health)]
    await sees(registry, [stopped, other])
    stopped.kill('SIGSTOP')
    await sees(registry, [other])
    for (let index = 0; index < 10; index++) expect(await call(registry)).toBe(other.pid)
    stopped.kill('SIGCONT')
    await sees(registry, [stopped, other])
  })

  it('says that nothing can be picked when the only instance is killed, and goes on when it is replaced', async () => {
    const { registry, spawn } = await openWorld()
    const killed = await spawn()
    await sees(registry, [killed])
    killed.kill('SIGKILL')
    await eventually(() => expect(registry.pick('orders')).rejects.toSatisfy((error) => HanseError.hasCode(error, 'REGISTRY_NO_HEALTHY_INSTANCE')))
    const next = await spawn()
    await sees(registry, [next])
  })

  it('shows ten processes on one host to each other, all apart (seed-requirements 9, 12)', async () => {
    const { registry, spawn } = await openWorld()
    const children = await Promise.all(Array.from({ length: 10 }, () => spawn()))
    await sees(registry, children)
    for (const child of children) {
      await eventually(async () => {
        const answer = once(child, 'message')
        child.send('discover')
        const [message] = (await answer) as [{ pids: readonly number[] }]
        expect([...message.pids].sort((a, b) => a - b)).toEqual(sorted(children))
      })
    }
    expect(new Set((await registry.getAll()).instances.map(({ id }) => id)).size).toBe(10)
  })

  it('fails no call while an instance drains on SIGTERM and exits by itself (seed-requirement 14)', async () => {
    const { registry, spawn } = await openWorld()
    const [leaving, other] = [await spawn(), await spawn()]
    await sees(registry, [leaving, other])
    const exited = once(leaving, 'exit')
    leaving.kill('SIGTERM')
    const answers: (number | undefined)[] = []
    let gone = false
    void exited.then(() => (gone = true))
    while (!gone) answers.push(await call(registry))
    expect(answers).not.toContain(undefined)
    expect(await exited).toEqual([0, null])
    expect(await pids(registry)).toEqual([other.pid])
  })
})
