import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { eventually } from '@hanse/core/testing'
import type { EventBus } from '../index.ts'
import { numbered } from './crash-events.ts'
import type { CrashLine } from './crash-events.ts'
import type { CrashRun } from './crash-run.ts'

/** What a {@link standstill} works with. */
export interface StandstillOptions {
  readonly run: CrashRun
  readonly bus: EventBus
  readonly type: string
  /** The brokers of a Kafka; empty for the embedded log in the run's folder. */
  readonly brokers: string
  readonly stop: (child: ChildProcess) => Promise<void>
}

const patiently = { timeoutMs: 40_000, everyMs: 100 }

/**
 * Stops a reader that has events in memory, until another one has handled them all, and lets it go on.
 * Tells what it began before and, of the same events, after it stood still.
 */
export async function standstill({ run, bus, type, brokers, stop }: StandstillOptions) {
  const event = numbered(type)
  const still = run.start('standstill-process.ts', brokers, type, '100')
  const begun = (): readonly CrashLine[] => run.lines('began').filter(({ pid }) => pid === still.pid)
  await run.reach('ready', 1)
  await Promise.all(Array.from({ length: 30 }, (_, n) => bus.publish(event, { key: 'a', n })))
  await run.reach('began', 3)
  await stop(still)
  const before = begun()
  const other = run.start('standstill-process.ts', brokers, type, '0')
  await eventually(() => {
    if (!run.lines('handled').some(({ pid, n }) => pid === other.pid && n === 29)) throw new Error('the other has not taken over')
  }, patiently)
  still.kill('SIGCONT')
  // It has joined again when it gets its share of other keys.
  const later = 100
  let n = later
  await eventually(async () => {
    await Promise.all(['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((key) => bus.publish(event, { key, n })))
    n++
    if (!begun().some((line) => (line.n ?? 0) >= later)) throw new Error('it has not joined again')
  }, patiently)
  return {
    before,
    after: begun()
      .filter((line) => (line.n ?? 0) < later)
      .slice(before.length),
  }
}

/** A process that is stopped in the middle of a transaction would hold up every other writer of the file, which is not what is shown here. */
export async function stopOutsideOfAWrite(child: ChildProcess, folder: string): Promise<void> {
  using probe = new DatabaseSync(join(folder, 'bus.db'))
  await eventually(() => {
    child.kill('SIGSTOP')
    try {
      probe.exec('pragma busy_timeout = 50; begin immediate; rollback')
    } catch (error) {
      child.kill('SIGCONT')
      throw error
    }
  })
}
