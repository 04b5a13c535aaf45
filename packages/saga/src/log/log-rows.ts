import type { Row } from '@hanse/data'
import type { SagaEvent } from '../machine/saga-event.ts'
import type { SagaReason } from '../machine/saga-state.ts'
import type { LoggedEvent, LoggedSaga, LoggedStatus, SagaHead, SagaOrigin } from './saga-log.ts'
import type { sagaLogTable } from './saga-tables.ts'

/** A row of the log; `key` columns and static columns come with every row. */
export type LogRow = Row<typeof sagaLogTable>

/** The static part of a partition. */
export type StaticLogRow = Omit<LogRow, 'seq' | 'writer' | 'kind' | 'at' | 'data'>

/** The event's own columns. */
export function eventColumns(seq: number, writer: string, event: SagaEvent): Pick<LogRow, 'seq' | 'writer' | 'kind' | 'at' | 'data'> {
  const { kind, at, ...rest } = event
  const data = JSON.stringify(rest)
  return { seq, writer, kind, at: new Date(at), data: data === '{}' ? null : data }
}

/** Reads an event back. */
export function toEvent(row: Pick<LogRow, 'seq' | 'writer' | 'kind' | 'at' | 'data'>): LoggedEvent {
  const rest = row.data === null ? {} : (JSON.parse(row.data) as object)
  // Only eventColumns writes these rows.
  return { seq: row.seq, writer: row.writer, event: { kind: row.kind, at: row.at.getTime(), ...rest } as SagaEvent }
}

/** The columns of what a saga was started with. */
export function originColumns(origin: SagaOrigin) {
  return {
    name: origin.name,
    version: origin.version,
    graph: origin.graph,
    input: origin.input,
    input_hash: origin.inputHash,
    business_key: origin.key,
    correlation_id: origin.correlationId,
    trace: origin.trace,
    started_at: new Date(origin.startedAt),
  }
}

/** The columns of a head. */
export function headColumns(head: SagaHead) {
  return {
    status: head.status,
    head: head.seq,
    epoch: head.epoch,
    owner: head.owner,
    ...(head.reason === undefined ? {} : { reason: JSON.stringify(head.reason) }),
  }
}

/** Reads a saga back; `undefined` when the partition has no head, which is the case when its time is over. */
export function toLoggedSaga(row: StaticLogRow | undefined): LoggedSaga | undefined {
  if (row === undefined || row.head === null || row.name === null) return undefined
  const { saga_id: id, name, head: seq } = row
  return {
    origin: {
      id,
      name,
      version: row.version ?? 0,
      graph: row.graph ?? '',
      input: row.input ?? 'null',
      inputHash: row.input_hash ?? '',
      key: row.business_key,
      correlationId: row.correlation_id ?? id,
      trace: row.trace,
      startedAt: row.started_at?.getTime() ?? 0,
    },
    head: {
      // Only headColumns writes these columns.
      status: row.status as LoggedStatus,
      seq,
      epoch: row.epoch ?? 0,
      owner: row.owner ?? '',
      reason: toReason(row),
    },
  }
}

/** A reason outlives the trouble that it tells of: a saga that runs again has none. */
function toReason(row: StaticLogRow): SagaReason | undefined {
  if (row.reason === null || row.status === 'running') return undefined
  const reason = JSON.parse(row.reason) as SagaReason
  return row.status === 'completed' && reason.kind !== 'resolved' ? undefined : reason
}
