import { invalidArgument } from '@hanse/core'
import { openSqlite } from '@hanse/core/sqlite'
import type { SqliteFile, SqliteFileOptions } from '@hanse/core/sqlite'
import { EmbeddedSession } from './embedded-session.ts'
import type { ConnectOptions, EventTransport, TransportSession } from './event-transport.ts'
import { groupTables } from './group-store.ts'
import { logTables } from './log-store.ts'
import type { RetentionLimits } from './log-store.ts'

/** Options of {@link embedded}. */
export interface EmbeddedTransportOptions extends SqliteFileOptions {
  /**
   * How soon the partitions of a dead process go to others, in milliseconds. A process whose event loop is blocked
   * for longer loses its partitions, too: its unfinished events are then handled again elsewhere.
   * @defaultValue 3000
   */
  readonly sessionTimeoutMs?: number
  /** When records are deleted. */
  readonly retention?: EmbeddedRetention
}

/** When the embedded log deletes records; a bounded number with each heartbeat. */
export interface EmbeddedRetention {
  /**
   * The age in milliseconds from which a record goes once every group of its topic has finished it.
   * @defaultValue 86400000 (a day)
   */
  readonly handledMs?: number
  /**
   * The age in milliseconds from which a record goes in any case. What a group has not handled by then is lost to it.
   * @defaultValue Infinity
   */
  readonly maxMs?: number
}

/**
 * A partitioned log in one SQLite file, shared by all processes of a machine; or in memory.
 *
 * Buses that share a file share events. Buses that shall share `':memory:'` must be given the same transport object.
 * Appends are atomic and, on a file, durable when they resolve. Partitions of a process that was killed are taken over
 * within `sessionTimeoutMs` and a fraction; owners are fenced by an epoch, liveness is judged by the progress of a counter,
 * never by comparing clocks.
 *
 * @example
 * ```ts
 * const bus = createEventBus({ transport: embedded({ file: 'data/bus.db' }), source: 'order-service' })
 * ```
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function embedded(options: EmbeddedTransportOptions): EventTransport {
  const { sessionTimeoutMs = 3_000 } = options
  if (typeof options.file !== 'string' || options.file === '') throw invalidArgument("option 'file' of embedded", "a path or ':memory:'", options.file)
  if (!Number.isFinite(sessionTimeoutMs) || sessionTimeoutMs < 100)
    throw invalidArgument("option 'sessionTimeoutMs' of embedded", 'a number from 100 up', sessionTimeoutMs)
  return new EmbeddedTransport(options, sessionTimeoutMs, checkedRetention(options.retention))
}

function checkedRetention({ handledMs = 86_400_000, maxMs = Infinity }: EmbeddedRetention = {}): RetentionLimits {
  for (const [name, value] of Object.entries({ handledMs, maxMs })) {
    if (!(value >= 0)) throw invalidArgument(`option 'retention.${name}' of embedded`, 'a number from 0 up', value)
  }
  // Infinity itself is no SQLite integer; ten thousand years are.
  const finite = (value: number): number => Math.min(value, 3e14)
  return { handledMs: finite(handledMs), maxMs: finite(maxMs) }
}

class EmbeddedTransport implements EventTransport {
  readonly name = 'embedded'
  readonly capabilities: EventTransport['capabilities']
  readonly #options: EmbeddedTransportOptions
  readonly #beatEveryMs: number
  readonly #retention: RetentionLimits
  #opening: Promise<SqliteFile> | undefined
  #sessions = 0

  constructor(options: EmbeddedTransportOptions, sessionTimeoutMs: number, retention: RetentionLimits) {
    this.#options = options
    this.#beatEveryMs = sessionTimeoutMs / 6
    this.#retention = retention
    this.capabilities = options.file === ':memory:' ? ['atomic-append', 'compaction'] : ['atomic-append', 'compaction', 'durable']
  }

  async connect(options: ConnectOptions): Promise<TransportSession> {
    options.signal?.throwIfAborted()
    this.#sessions++
    try {
      const db = await (this.#opening ??= this.#open())
      return new EmbeddedSession({ ...options, db, beatEveryMs: this.#beatEveryMs, retention: this.#retention, closed: () => this.#release() })
    } catch (error) {
      this.#opening = undefined
      this.#sessions--
      throw error
    }
  }

  async #open(): Promise<SqliteFile> {
    const { file, durability } = this.#options
    const db = openSqlite({ file, ...(durability === undefined ? {} : { durability }) })
    try {
      await db.write((c) => c.exec(logTables + groupTables))
      return db
    } catch (error) {
      await db.close()
      throw error
    }
  }

  /** The last session closes the file; a database in memory stays, because buses may come back to it. */
  async #release(): Promise<void> {
    this.#sessions--
    if (this.#sessions > 0 || this.#options.file === ':memory:') return
    const opening = this.#opening
    this.#opening = undefined
    await (await opening)?.close()
  }
}
