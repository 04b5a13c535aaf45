import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../clock.ts'
import type { Timer } from '../clock.ts'

const pollEveryMs = 25

/**
 * Tells when another connection has committed to a WAL file: `fs.watch` on the log wakes it early,
 * a poll of `pragma data_version` is the floor, because a file watch may merge or miss events.
 */
export class ChangeWatch {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #notify: () => void
  #lastVersion: number
  #timer: Timer | undefined
  #watcher: FSWatcher | undefined

  constructor(db: DatabaseSync, file: string, notify: () => void) {
    this.#db = db
    this.#file = file
    this.#notify = notify
    this.#lastVersion = this.#version()
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#schedule()
    try {
      this.#watcher = watch(`${this.#file}-wal`, { persistent: false }, () => this.#check())
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      // Without a file watch (no inotify left, log not there yet) the poll alone finds the changes.
    }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#unwatch()
  }

  #schedule(): void {
    this.#timer = systemClock.setTimer(
      pollEveryMs,
      () => {
        this.#schedule()
        this.#check()
      },
      { keepAlive: false },
    )
  }

  #check(): void {
    if (this.#timer === undefined) return
    const version = this.#version()
    if (version === this.#lastVersion) return
    this.#lastVersion = version
    this.#notify()
  }

  #version(): number {
    return Number(this.#db.prepare('pragma data_version').get()?.['data_version'])
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
