import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, sqlite } from '../index.ts'
import { ledger } from './ledger.fixture.ts'

const writer = join(import.meta.dirname, 'writer.fixture.ts')

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-processes-'))
  file = join(folder, 'shared.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function start(mode: string, name: string): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [writer, file, mode, name], { stdio: 'pipe' })
}

/** Every line that a child wrote until it ended. */
async function lines(child: ChildProcessWithoutNullStreams, onLine: (count: number) => void = () => undefined): Promise<string[]> {
  const seen: string[] = []
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  createInterface({ input: child.stdout }).on('line', (line) => {
    seen.push(line)
    onLine(seen.length)
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the writer ended with ${code}: ${errors.join('')}`)
  return seen
}

describe('processes on one file', () => {
  it('count together without losing a step (seed-requirement 51)', { timeout: 60_000 }, async () => {
    await using db = createDatabase({ engine: sqlite({ file }), tables: { ledger } })
    await db.ledger.updateStatic({ account: 'shared' }).set({ balance: 0 }).if({ balance: null })
    const wins = (await Promise.all(['a', 'b', 'c'].map((name) => lines(start('race', name))))).flat()
    expect(wins).toHaveLength(150)
    expect((await db.ledger.getStatic({ account: 'shared' }))?.balance).toBe(150)
    expect(await db.ledger.select({ account: 'shared' })).toHaveLength(150)
  })

  it('loses no acknowledged write and keeps no half of one when a writer is killed', { timeout: 60_000 }, async () => {
    await using db = createDatabase({ engine: sqlite({ file }), tables: { ledger } })
    await db.start()
    const killed = start('pairs', 'killed')
    const survivor = start('pairs-bounded', 'survivor')
    const [acknowledged, others] = await Promise.all([lines(killed, (count) => count === 300 && killed.kill('SIGKILL')), lines(survivor)])
    expect(acknowledged.length).toBeGreaterThanOrEqual(300)
    for (const name of ['killed', 'survivor']) {
      const left = new Set((await db.ledger.select({ account: `${name}-left` })).map((row) => row.seq))
      const right = new Set((await db.ledger.select({ account: `${name}-right` })).map((row) => row.seq))
      expect(left).toEqual(right)
      for (const seq of name === 'killed' ? acknowledged : others) expect(left).toContain(Number(seq))
    }
  })
})
