import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '@hanse/core/testing'
import type { CrashLine } from './crash-events.ts'

/** A folder with a bus file and a log that outlives the processes started in it. */
export interface CrashRun extends AsyncDisposable {
  readonly folder: string
  /** Where every process of the run writes its lines. */
  readonly logFile: string
  /** Starts a fixture of this folder as a process of its own. */
  start(fixture: string, ...args: string[]): ChildProcess
  /** Kills a process without warning and waits for its end. */
  kill(child: ChildProcess): Promise<void>
  /** All lines so far of one kind. */
  lines(what: CrashLine['what']): CrashLine[]
  /** Waits until there are so many lines of a kind. */
  reach(what: CrashLine['what'], count: number): Promise<void>
}

export function createCrashRun(): CrashRun {
  const folder = mkdtempSync(join(tmpdir(), 'hanse-crash-'))
  const logFile = join(folder, 'log.jsonl')
  const children: ChildProcess[] = []
  const run: CrashRun = {
    folder,
    logFile,
    start(fixture, ...args) {
      const script = fileURLToPath(new URL(`./${fixture}`, import.meta.url))
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, join(folder, 'bus.db'), logFile, ...args], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      children.push(child)
      return child
    },
    async kill(child) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    lines(what) {
      if (!existsSync(logFile)) return []
      const lines = readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as CrashLine).filter((line) => line.what === what)
    },
    reach: (what, count) =>
      eventually(
        () => {
          const { length } = run.lines(what)
          if (length < count) throw new Error(`${length} of ${count} lines '${what}'`)
        },
        { timeoutMs: 40_000, everyMs: 20 },
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => run.kill(child)))
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return run
}
