import type {
  Append,
  Appended,
  ListScope,
  ListedPage,
  ListedSaga,
  LoggedEvent,
  LoggedHistory,
  LoggedSaga,
  OpenSaga,
  SagaHead,
  SagaLog,
  SagaOrigin,
  SessionBeat,
} from '../log/saga-log.ts'

interface Kept {
  readonly origin: SagaOrigin
  head: SagaHead
  readonly events: LoggedEvent[]
}

/** The log in memory: what several simulated processes share, and what outlives them. Not durable; for simulations only. */
export class MemoryLog implements SagaLog {
  readonly #sagas = new Map<string, Kept>()
  readonly #open = new Map<string, OpenSaga[]>()
  readonly #sessions = new Map<string, SessionBeat>()
  readonly #listed: (ListedSaga & { readonly name: string; readonly scope: ListScope })[] = []

  /** What is kept of a saga, now. */
  peek(id: string): LoggedHistory | undefined {
    const kept = this.#sagas.get(id)
    return kept === undefined ? undefined : { origin: kept.origin, head: kept.head, events: [...kept.events] }
  }

  async start(origin: SagaOrigin, head: SagaHead): Promise<Appended> {
    const current = this.peek(origin.id)
    if (current !== undefined) return { applied: false, current }
    const event = { kind: 'started', at: origin.startedAt } as const
    this.#sagas.set(origin.id, { origin, head, events: [{ seq: head.seq, writer: head.owner, event }] })
    return { applied: true }
  }

  async append({ id, expected, head, event, writer }: Append): Promise<Appended> {
    const kept = this.#sagas.get(id)
    if (kept === undefined || kept.head.seq !== expected.seq || kept.head.epoch !== expected.epoch) return { applied: false, current: this.peek(id) }
    kept.head = head
    kept.events.push({ seq: head.seq, writer, event })
    return { applied: true }
  }

  async head(id: string): Promise<LoggedSaga | undefined> {
    return this.peek(id)
  }

  async read(id: string, after: number): Promise<LoggedHistory | undefined> {
    const saga = this.peek(id)
    return saga === undefined ? undefined : { ...saga, events: saga.events.filter((row) => row.seq > after) }
  }

  async announce(session: string, bucket: number, saga: OpenSaga): Promise<void> {
    const place = `${session} ${bucket}`
    this.#open.set(place, [...(this.#open.get(place) ?? []), saga])
  }

  async announced(session: string, bucket: number): Promise<readonly OpenSaga[]> {
    return this.#open.get(`${session} ${bucket}`) ?? []
  }

  async list(scope: ListScope, saga: ListedSaga & { readonly name: string }): Promise<void> {
    this.#listed.push({ ...saga, scope })
  }

  async listed(name: string, scope: ListScope): Promise<ListedPage> {
    return { sagas: this.#listed.filter((saga) => saga.name === name && saga.scope === scope), next: null }
  }

  async beat(sign: SessionBeat): Promise<void> {
    this.#sessions.set(sign.session, sign)
  }

  async sessions(): Promise<readonly SessionBeat[]> {
    return [...this.#sessions.values()]
  }
}
