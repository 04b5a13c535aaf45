import type { AbortOptions } from '@hanse/core'
import type { SagaEvent } from '../machine/saga-event.ts'
import type { SagaReason, SagaStatus } from '../machine/saga-state.ts'

/** Where a saga stands, as the log says: that of the machine, or `parked` while no orchestrator has its version. */
export type LoggedStatus = SagaStatus | 'parked'

/** What a saga was started with. */
export interface SagaOrigin {
  readonly id: string
  readonly name: string
  readonly version: number
  /** Fingerprint of the graph. */
  readonly graph: string
  /** JSON text. */
  readonly input: string
  readonly inputHash: string
  readonly key: string | null
  readonly correlationId: string
  /** A `traceparent`, or null. */
  readonly trace: string | null
  /** Wall time in milliseconds. */
  readonly startedAt: number
}

/** The one value a saga that every write is conditional on. */
export interface SagaHead {
  readonly status: LoggedStatus
  /** The number of the last event. */
  readonly seq: number
  /** Raised by whoever takes the saga over; a write with an older one is refused. */
  readonly epoch: number
  /** The session that owns it. */
  readonly owner: string
  readonly reason: SagaReason | undefined
}

/** A saga in the log. */
export interface LoggedSaga {
  readonly origin: SagaOrigin
  readonly head: SagaHead
}

/** An event in the log. */
export interface LoggedEvent {
  readonly seq: number
  /** The session that wrote it. */
  readonly writer: string
  readonly event: SagaEvent
}

/** A saga with its history. */
export interface LoggedHistory extends LoggedSaga {
  readonly events: readonly LoggedEvent[]
}

/** The answer of a conditional write. */
export type Appended = { readonly applied: true } | { readonly applied: false; readonly current: LoggedSaga | undefined }

/** A write to a saga: one event, one new head. */
export interface Append {
  readonly id: string
  /** The head that must still stand. */
  readonly expected: Pick<SagaHead, 'seq' | 'epoch'>
  readonly head: SagaHead
  readonly event: SagaEvent
  readonly writer: string
  /** Earlier events and the origin, to be written again so that they live on: as long as the saga needs attention, or another lifetime. */
  readonly renew?: LoggedHistory
  /** `retained`: until the retention time is over. `forever`: until a later write says otherwise. */
  readonly life: 'retained' | 'forever'
}

/** An orchestrator's life sign. */
export interface SessionBeat {
  readonly session: string
  /** Raised with every sign. */
  readonly beat: number
  /** The first and the last bucket that may hold sagas of the session. */
  readonly low: number
  readonly high: number
  /** `left` was closed in good order, `recovered` is dead and all its sagas are in other hands. */
  readonly state: 'live' | 'left' | 'recovered'
}

/** A saga that a session said it would own, before it did. */
export interface OpenSaga {
  readonly id: string
  readonly name: string
}

/** A saga in a listing. */
export interface ListedSaga {
  readonly id: string
  readonly startedAt: number
}

/** One page of a listing. */
export interface ListedPage {
  readonly sagas: readonly ListedSaga[]
  readonly next: string | null
}

/**
 * The durable record, as the runner sees it. All methods may reject with a retryable error after having done their work;
 * the runner then looks before it repeats.
 */
export interface SagaLog {
  /** Writes `started` unless the saga exists. Linearizable. */
  start(origin: SagaOrigin, head: SagaHead, options?: AbortOptions): Promise<Appended>
  /** Writes an event and the head that it leads to, if the expected head still stands. Linearizable, all or nothing. */
  append(write: Append): Promise<Appended>
  /** The head, without events. */
  head(id: string, options?: AbortOptions): Promise<LoggedSaga | undefined>
  /** The saga and its events behind `after`, in order. */
  read(id: string, after: number, options?: AbortOptions): Promise<LoggedHistory | undefined>
  /** Says that `session` is about to own sagas, so that others find them. */
  announce(session: string, bucket: number, saga: OpenSaga): Promise<void>
  /** What a session announced in a bucket. */
  announced(session: string, bucket: number): Promise<readonly OpenSaga[]>
  /** Lists a saga under its name; `attention` lists it once more for operators. */
  list(scope: ListScope, saga: ListedSaga & { readonly name: string }): Promise<void>
  /** Sagas of a name, the newest first. */
  listed(name: string, scope: ListScope, limit: number, page: string | null, options?: AbortOptions): Promise<ListedPage>
  /** Writes a life sign. */
  beat(sign: SessionBeat): Promise<void>
  /** All life signs. */
  sessions(): Promise<readonly SessionBeat[]>
}

/** Which listing. */
export type ListScope = 'all' | 'attention'
