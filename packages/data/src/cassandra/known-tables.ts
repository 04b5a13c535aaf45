import { errors } from 'cassandra-driver'
import { backoffMs, resolveBackoff, systemRandom } from '@hanse/core'
import type { Clock } from '@hanse/core'

const mostAttempts = 8
const pause = resolveBackoff({ initialMs: 20, maxMs: 1_000 })
const unknown = /^(?:unconfigured )?table (\w+)(?: does not exist)?$/

/**
 * The tables that a cluster has told of. While another process makes a table, the cluster tells of it a moment before every node serves it: a call that
 * meets such a node did nothing, and is made again for two seconds or so.
 */
export class KnownTables {
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #names = new Set<string>()

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock
  }

  /** The cluster has told of these. */
  add(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name)
  }

  /** The table is dropped. */
  delete(name: string): void {
    this.#names.delete(name)
  }

  /** Makes a call, again where a node does not know one of the tables yet. */
  async served<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (attempt === mostAttempts || !this.#names.has(unknownTable(error) ?? '')) throw error
        await this.#clock.sleep(backoffMs(pause, attempt, systemRandom))
      }
    }
  }
}

function unknownTable(error: unknown): string | undefined {
  return error instanceof errors.ResponseError ? unknown.exec(error.message)?.[1] : undefined
}
