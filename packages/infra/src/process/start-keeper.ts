import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { KeeperLine } from './keeper.ts'

/** Ends what the parent started when the parent is gone; see `keeper.ts`. */
export interface Keeper {
  tell(line: KeeperLine): void
  /** Ends the keeper without harm to anything. */
  dismiss(): Promise<void>
}

/** Starts a keeper in a session of its own, so that a signal to the parent's group does not reach it. */
export function startKeeper(): Keeper {
  const child = spawn(process.execPath, [keeperFile()], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  child.stdin.on('error', () => undefined) // A keeper that was killed keeps nothing; the parent still stops its servers itself.
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  return {
    tell: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
    async dismiss() {
      child.stdin.end(`${JSON.stringify({ done: true } satisfies KeeperLine)}\n`)
      child.ref()
      await exited
    },
  }
}

// The sources stand in process/, the built package has its chunks one level above process/.
function keeperFile(): string {
  const places = ['./keeper.ts', './process/keeper.js', '../process/keeper.js'].map((place) => fileURLToPath(new URL(place, import.meta.url)))
  return places.find((place) => existsSync(place)) ?? places[0] ?? ''
}
