import type { AbortOptions } from '@hanse/core'
import type { Database, WriteOptions } from '@hanse/data'
import { eventColumns, headColumns, originColumns, toEvent, toLoggedSaga } from './log-rows.ts'
import type {
  Append,
  Appended,
  ListScope,
  ListedPage,
  ListedSaga,
  LoggedHistory,
  LoggedSaga,
  OpenSaga,
  SagaHead,
  SagaLog,
  SagaOrigin,
  SessionBeat,
} from './saga-log.ts'
import { sagaTables } from './saga-tables.ts'

/** Options of {@link createTableLog}. */
export interface TableLogOptions {
  readonly store: Database
  /** How long a saga is remembered after its last event, in seconds; `undefined` for ever. */
  readonly retentionSeconds: number | undefined
}

const announcementSeconds = 86_400
const recoveredSessionSeconds = 3_600
const hourMs = 3_600_000
const everybody = 'all'

/** The log on tables of any `@hanse/data` database. */
export function createTableLog(options: TableLogOptions): SagaLog {
  return new TableLog(options)
}

class TableLog implements SagaLog {
  readonly #db: Database<typeof sagaTables>
  readonly #retained: WriteOptions
  readonly #hours = new Set<string>()

  constructor({ store, retentionSeconds }: TableLogOptions) {
    this.#db = store.extend(sagaTables)
    this.#retained = retentionSeconds === undefined ? {} : { ttlSeconds: retentionSeconds }
  }

  async start(origin: SagaOrigin, head: SagaHead, options: AbortOptions = {}): Promise<Appended> {
    const row = {
      saga_id: origin.id,
      ...eventColumns(head.seq, head.owner, { kind: 'started', at: origin.startedAt }),
      ...originColumns(origin),
      ...headColumns(head),
    }
    const result = await this.#db.sagaLog.insertIfAbsent(row, { ...this.#retained, ...options })
    return result.applied ? result : { applied: false, current: toLoggedSaga(result.current) }
  }

  async append(write: Append): Promise<Appended> {
    const { id, expected, head, event, writer, renew } = write
    const life = write.life === 'forever' ? {} : this.#retained
    const { sagaLog } = this.#db
    const renewed = renew === undefined ? {} : originColumns(renew.origin)
    const guard = sagaLog
      .updateStatic({ saga_id: id }, life)
      .set({ ...renewed, ...headColumns(head) })
      .if({ head: expected.seq, epoch: expected.epoch })
    const rows = [...(renew?.events ?? []), { seq: head.seq, writer, event }]
    const inserts = rows.map((row) => sagaLog.insert({ saga_id: id, ...eventColumns(row.seq, row.writer, row.event) }, life))
    const result = await this.#db.atomically([guard, ...inserts])
    return result.applied ? result : { applied: false, current: toLoggedSaga(result.current[0]) }
  }

  async head(id: string, options: AbortOptions = {}): Promise<LoggedSaga | undefined> {
    return toLoggedSaga(await this.#db.sagaLog.getStatic({ saga_id: id }, options))
  }

  async read(id: string, after: number, options: AbortOptions = {}): Promise<LoggedHistory | undefined> {
    const select = this.#db.sagaLog.select({ saga_id: id }, options)
    const rows = await (after < 0 ? select : select.where('seq', '>', after))
    const first = rows[0]
    const saga = first === undefined ? await this.head(id, options) : toLoggedSaga(first)
    return saga === undefined ? undefined : { ...saga, events: rows.map(toEvent) }
  }

  async announce(session: string, bucket: number, saga: OpenSaga): Promise<void> {
    await this.#db.sagaOpen.insert({ session, bucket, saga_id: saga.id, name: saga.name }, { ttlSeconds: announcementSeconds })
  }

  async announced(session: string, bucket: number): Promise<readonly OpenSaga[]> {
    const rows = await this.#db.sagaOpen.select({ session, bucket })
    return rows.map((row) => ({ id: row.saga_id, name: row.name ?? '' }))
  }

  async list(scope: ListScope, saga: ListedSaga & { readonly name: string }): Promise<void> {
    const { name, id, startedAt } = saga
    const life = scope === 'attention' ? {} : this.#retained
    const hour = Math.floor(startedAt / hourMs)
    const known = `${scope} ${name} ${hour}`
    if (!this.#hours.has(known)) {
      await this.#db.sagaHour.insert({ name, scope, hour }, life)
      this.#hours.add(known)
    }
    await this.#db.sagaIndex.insert({ name, scope, hour, started_at: new Date(startedAt), saga_id: id }, life)
  }

  async listed(name: string, scope: ListScope, limit: number, page: string | null, options: AbortOptions = {}): Promise<ListedPage> {
    const [fromHour, inner] = page === null ? [undefined, null] : parsePage(page)
    const hours = this.#db.sagaHour.select({ name, scope }, options)
    const sagas: ListedSaga[] = []
    let position = inner
    for await (const { hour } of fromHour === undefined ? hours : hours.where('hour', '<=', fromHour)) {
      if (sagas.length >= limit) return { sagas, next: JSON.stringify([hour, null]) }
      const within = this.#db.sagaIndex.select({ name, scope, hour }, options).limit(limit - sagas.length)
      const { rows, next } = await within.page(hour === fromHour ? position : null)
      sagas.push(...rows.map((row) => ({ id: row.saga_id, startedAt: row.started_at.getTime() })))
      if (next !== null) return { sagas, next: JSON.stringify([hour, next]) }
      position = null
    }
    return { sagas, next: null }
  }

  async beat(sign: SessionBeat): Promise<void> {
    const { session, beat, low, high, state } = sign
    const life = state === 'recovered' ? { ttlSeconds: recoveredSessionSeconds } : {}
    await this.#db.sagaSession.insert({ scope: everybody, session, beat, low, high, state }, life)
  }

  async sessions(): Promise<readonly SessionBeat[]> {
    const rows = await this.#db.sagaSession.select({ scope: everybody })
    // Only beat() writes these rows; a row whose cells are about to end may have lost some.
    return rows.flatMap(({ session, beat, low, high, state }) =>
      beat === null || low === null || high === null || state === null ? [] : [{ session, beat, low, high, state: state as SessionBeat['state'] }],
    )
  }
}

function parsePage(page: string): readonly [number | undefined, string | null] {
  const [hour, token] = JSON.parse(page) as [number, string | null]
  return [hour, token]
}
