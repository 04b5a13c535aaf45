import { HanseError, createLifecycle } from '@hanse/core'
import type { AbortOptions, Lifecycle, Timer } from '@hanse/core'
import type { SqliteFile } from '@hanse/core/sqlite'
import type {
  ConnectOptions,
  EnsureTopicsOptions,
  GroupPosition,
  JoinOptions,
  LogRecord,
  Membership,
  OutgoingRecord,
  TopicSpec,
  TransportSession,
} from './event-transport.ts'
import { GroupMember } from './group-member.ts'
import { addSession, beatSession, readBeats, readPositions, readRevision, removeSession } from './group-store.ts'
import { appendRecords, deleteOld, ensureTopic, findTopic, readHeads, readRecords } from './log-store.ts'
import type { RetentionLimits } from './log-store.ts'

/** A peer is dead when its beat has stood still for this many of our own beats, so that an observer who was asleep accuses nobody. */
const silentBeats = 5
const deletesPerBeat = 4_000
/** When nothing was left to delete, the next look is so many beats away. */
const beatsBetweenDeletes = 20
const scanPage = 256

/** What an {@link EmbeddedSession} works with. */
export interface EmbeddedSessionOptions extends ConnectOptions {
  readonly db: SqliteFile
  readonly beatEveryMs: number
  readonly retention: RetentionLimits
  readonly closed: () => Promise<void>
}

/** A session on the log in a SQLite file. */
export class EmbeddedSession implements TransportSession {
  readonly #options: EmbeddedSessionOptions
  readonly #id: string
  readonly #members = new Set<GroupMember>()
  readonly #silence = new Map<string, { beat: number; times: number }>()
  readonly #lifecycle: Lifecycle
  #revision = -1
  /** When this process last told that it lives. */
  #beatenAt = 0
  #beatsToDeletes = 1
  #timer: Timer | undefined
  #stopWatching: (() => void) | undefined
  #wakeScheduled = false

  constructor(options: EmbeddedSessionOptions) {
    this.#options = options
    this.#id = options.generateId()
    this.#lifecycle = createLifecycle({ subject: 'the session of the embedded transport', stop: () => this.#stop() })
  }

  async ensureTopics(topics: readonly TopicSpec[], options: EnsureTopicsOptions = {}): Promise<void> {
    this.#lifecycle.assertOpen()
    const { db } = this.#options
    await db.write((c) => topics.forEach((spec) => ensureTopic(c, spec, options)), options)
  }

  async append(records: readonly OutgoingRecord[], options: AbortOptions = {}): Promise<void> {
    this.#lifecycle.assertOpen()
    const { db, clock } = this.#options
    await db.write((c) => appendRecords(c, records, clock.now()), options)
  }

  async join(join: JoinOptions): Promise<Membership> {
    this.#lifecycle.assertOpen()
    const { db, logger, generateId } = this.#options
    const topic = db.read((c) => findTopic(c, join.topic))
    const at = { group: join.group, topic }
    const left = (gone: GroupMember): void => void this.#members.delete(gone)
    const confirm = (): void => this.#confirm()
    const member = new GroupMember({ db, id: generateId(), session: this.#id, at, join, confirm, logger, left })
    await this.#startBeating(join)
    // Known before it is written, so that a session that is taken for dead in between brings it back, too.
    this.#members.add(member)
    try {
      await member.enter()
    } catch (error) {
      this.#members.delete(member)
      throw error
    }
    member.reconcile()
    this.#wake()
    return member
  }

  async *scan(name: string, options: AbortOptions = {}): AsyncIterable<LogRecord> {
    this.#lifecycle.assertOpen()
    const { db } = this.#options
    const topic = db.read((c) => findTopic(c, name))
    const ends = db.read((c) => readHeads(c, topic))
    for (const [partition, end] of ends) {
      for (let offset = 0; offset < end;) {
        options.signal?.throwIfAborted()
        const records = db.read((c) => readRecords(c, topic, partition, offset, scanPage, Infinity)).filter((record) => record.offset < end)
        yield* records
        offset = (records.at(-1)?.offset ?? end) + 1
      }
    }
  }

  async positions(group: string, options: AbortOptions = {}): Promise<readonly GroupPosition[]> {
    this.#lifecycle.assertOpen()
    options.signal?.throwIfAborted()
    return this.#options.db.read((c) => readPositions(c, group))
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  async #stop(): Promise<void> {
    const { db, closed } = this.#options
    this.#timer?.cancel()
    this.#stopWatching?.()
    for (const member of this.#members) member.drop()
    this.#members.clear()
    try {
      if (this.#timer !== undefined) await db.write((c) => removeSession(c, this.#id))
    } finally {
      await closed()
    }
  }

  async #startBeating(options: AbortOptions): Promise<void> {
    const { db, clock } = this.#options
    await db.write((c) => addSession(c, this.#id), options)
    this.#beatenAt = clock.monotonic()
    if (this.#timer !== undefined) return
    this.#stopWatching = db.onChange(() => this.#wake())
    this.#scheduleBeat()
  }

  #scheduleBeat(): void {
    const { clock, beatEveryMs, logger } = this.#options
    this.#timer = clock.setTimer(beatEveryMs, () => {
      this.#beat()
        .catch((error: unknown) => {
          if (!HanseError.hasCode(error, 'CLOSED')) logger.warn({ err: error }, 'a heartbeat of the embedded transport failed')
        })
        .finally(() => {
          if (this.#lifecycle.state === 'created') this.#scheduleBeat()
        })
    })
  }

  async #beat(): Promise<void> {
    const { db, clock, retention } = this.#options
    const alive = await db.write((c) => {
      if (--this.#beatsToDeletes <= 0) {
        const deleted = deleteOld(c, retention, clock.now(), deletesPerBeat)
        this.#beatsToDeletes = deleted === deletesPerBeat ? 1 : beatsBetweenDeletes
      }
      return beatSession(c, this.#id)
    })
    if (!alive) await this.#return()
    this.#beatenAt = clock.monotonic()
    await this.#removeSilent()
    this.#wake()
  }

  /** Others took this process for dead: its claims are gone, its members come back as new. */
  async #return(): Promise<void> {
    const { db, logger } = this.#options
    logger.warn({ session: this.#id }, 'this process was silent for too long and lost its partitions; it joins again')
    await db.write((c) => addSession(c, this.#id))
    await Promise.all([...this.#members].map((member) => member.enter()))
  }

  async #removeSilent(): Promise<void> {
    const { db, logger } = this.#options
    const beats = db.read(readBeats)
    for (const id of this.#silence.keys()) if (!beats.has(id)) this.#silence.delete(id)
    for (const [id, beat] of beats) {
      if (id === this.#id) continue
      const seen = this.#silence.get(id)
      const times = seen?.beat === beat ? seen.times + 1 : 0
      this.#silence.set(id, { beat, times })
      if (times >= silentBeats && (await db.write((c) => removeSession(c, id, beat)))) logger.warn({ session: id }, 'a silent process lost its partitions')
    }
  }

  /** A process that stood still may have been taken for dead: before it goes on with what it has in memory, it looks who holds it now. */
  #confirm(): void {
    const { clock, beatEveryMs } = this.#options
    if (clock.monotonic() - this.#beatenAt < beatEveryMs * (silentBeats - 1)) return
    this.#safely(() => this.#reconcile())
  }

  /** Several reasons to look within one turn of the event loop make one look. */
  #wake(): void {
    if (this.#wakeScheduled) return
    this.#wakeScheduled = true
    setImmediate(() => {
      this.#wakeScheduled = false
      this.#safely(() => {
        this.#reconcile()
        for (const member of this.#members) member.pump()
      })
    })
  }

  #safely(look: () => void): void {
    if (this.#lifecycle.state !== 'created') return
    try {
      look()
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the embedded transport could not read its log; it tries again at the next beat')
    }
  }

  #reconcile(): void {
    const revision = this.#options.db.read(readRevision)
    if (revision === this.#revision) return
    for (const member of this.#members) member.reconcile()
    this.#revision = revision
  }
}
