import type { AbortOptions } from '@hanse/core'
import type { Connection } from './connection.ts'
import { refresh } from './refresh.ts'

/** Refreshes an index before a search when this process has written to it since: bulk writes cost no refresh, and searches see them. */
export class PendingRefresh {
  readonly #connection: Connection
  readonly #written = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Notes a write. */
  mark(alias: string): void {
    this.#written.add(alias)
  }

  /** Resolves when searches see every write that was noted before. */
  async run(index: string, alias: string, options: AbortOptions): Promise<void> {
    for (;;) {
      if (this.#written.delete(alias)) return this.#begin(index, alias, options)
      const running = this.#running.get(alias)
      if (running === undefined) return
      // Another search began it. When it fails there, the writes are noted again, and the loop takes them up.
      await running.catch(() => undefined)
    }
  }

  async #begin(index: string, alias: string, options: AbortOptions): Promise<void> {
    const running = refresh(this.#connection, index, alias, options).catch((error: unknown) => {
      this.mark(alias)
      throw error
    })
    this.#running.set(alias, running)
    try {
      await running
    } finally {
      if (this.#running.get(alias) === running) this.#running.delete(alias)
    }
  }
}
