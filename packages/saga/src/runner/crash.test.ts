import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '@hanse/core/testing'
import { openShop } from './crash.fixture.ts'

let folder = ''
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-saga-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function startChild(file: string, trace: string, who: string) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('crash.fixture.ts', import.meta.url)), 'child', file, trace, who],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  children.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return { child, acknowledged: () => text.split('\n').slice(1, -1) }
}

describe('an orchestrator killed with SIGKILL', () => {
  it('loses no acknowledged saga: another process ends each, with the same idempotency keys (seed-requirement 85)', { timeout: 60_000 }, async () => {
    const file = join(folder, 'saga.db')
    const trace = join(folder, 'trace.txt')
    const processes = [startChild(file, trace, 'first'), startChild(file, trace, 'second')]
    await eventually(() => processes.forEach((each) => expect(each.acknowledged().length).toBeGreaterThan(40)), { timeoutMs: 30_000 })
    for (const { child } of processes) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    const { db, sagas } = openShop(file, trace, 'heir')
    await sagas.start()
    const ids = processes.flatMap((each) => each.acknowledged())
    const outcomes = await Promise.all(ids.map((id) => sagas.outcome(id, { signal: AbortSignal.timeout(40_000) })))
    expect(new Set(outcomes.map((outcome) => outcome.status))).toEqual(new Set(['completed']))
    for (const id of ids.slice(-40)) {
      expect((await db.effects.select({ scope: id })).map((row) => row.key)).toEqual(['charge', 'confirm', 'reserve'])
    }
    const attempts = readFileSync(trace, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '))
    expect(attempts.some(([who]) => who === 'heir')).toBe(true)
    // The heir never repeats an attempt number, and calls by the keys of those before.
    const seen = new Set(attempts.map(([, key, attempt]) => `${key}#${attempt}`))
    expect(seen.size).toBe(attempts.length)
    expect((await sagas.list({ status: 'running' })).sagas).toEqual([])
    await sagas.close()
    await db.close()
  })
})
