import { HanseError } from '@hanse/core'
import { toStored } from '../definition/stored.ts'
import type { SagaErrorCode } from '../errors.ts'
import type { LoggedHistory } from '../log/saga-log.ts'
import type { SagaEvent } from '../machine/saga-event.ts'
import { activeStep, pivotReached } from '../machine/saga-state.ts'
import { transition } from '../machine/transition.ts'
import { appendSettled } from '../runner/append-settled.ts'
import type { OwnerSession } from '../runner/owner-session.ts'
import { isPinned, replay } from '../runner/replay.ts'
import type { RunnerContext } from '../runner/runner-context.ts'
import type { OwnedSaga } from '../runner/saga-run.ts'
import { claim } from '../runner/take-over.ts'

/** What an operator may do with a saga that needs attention. */
export type Repair =
  | { readonly kind: 'step-retried'; readonly reason: string }
  | { readonly kind: 'step-skipped'; readonly reason: string; readonly result?: unknown }
  | { readonly kind: 'resolved'; readonly reason: string; readonly as: 'completed' | 'undone' }

const commandAttempts = 20

/**
 * Reads a saga.
 * @throws HanseError `SAGA_UNKNOWN`
 */
export async function demandSaga(context: RunnerContext, id: string): Promise<LoggedHistory> {
  const history = await context.log.read(id, -1)
  if (history !== undefined) return history
  throw unknownSaga(id)
}

/** The error for an id that no saga has. */
export function unknownSaga(id: string): HanseError<SagaErrorCode> {
  return new HanseError<SagaErrorCode>(`there is no saga '${id}'; it was never started here, or its retention time is over.`, {
    code: 'SAGA_UNKNOWN',
    details: { id },
  })
}

/** The error for a saga that can only go forward, or goes back already. */
export function notCancellable(id: string, why: string): HanseError<SagaErrorCode> {
  return new HanseError<SagaErrorCode>(`saga '${id}' cannot be cancelled: ${why}.`, { code: 'SAGA_NOT_CANCELLABLE', details: { id } })
}

/** Cancels a saga that another process owns: its owner finds the event at its next write. */
export async function cancelForeign(context: RunnerContext, writer: string, id: string, reason: string): Promise<void> {
  for (let attempt = 0; attempt < commandAttempts; attempt++) {
    const history = await demandSaga(context, id)
    const { origin, head, events } = history
    const { graph } = context.graphs.demand(origin)
    const before = replay(graph.nodes, events)
    if (before.status !== 'running') throw notCancellable(id, `it is ${before.status}`)
    if (pivotReached(graph.nodes, before)) throw notCancellable(id, 'it has reached its pivot')
    if (before.cancelled !== undefined) return
    const event: SagaEvent = { kind: 'cancel-requested', reason, at: context.clock.now() }
    const { state } = transition(graph.nodes, before, event)
    const next = { ...head, seq: head.seq + 1, status: head.status === 'parked' ? head.status : state.status }
    const life = isPinned(events) ? 'forever' : 'retained'
    const result = await appendSettled(context, { id, expected: head, head: next, event, writer, life }, context.closing)
    if (result.applied) return context.news.tell(id)
  }
  throw busy(id)
}

/** Repairs a saga that needs attention; this session owns it from then on. */
export async function repair(context: RunnerContext, session: OwnerSession, id: string, wanted: Repair): Promise<OwnedSaga> {
  for (let attempt = 0; attempt < commandAttempts; attempt++) {
    const history = await demandSaga(context, id)
    if (history.head.status !== 'needs-attention') {
      throw new HanseError<SagaErrorCode>(`saga '${id}' is ${history.head.status}; only a saga in needs-attention can be repaired.`, {
        code: 'SAGA_NOT_STUCK',
        details: { id },
      })
    }
    const event = repairEvent(context, history, wanted)
    const owner = await session.announce(id, history.origin.name)
    const saga = await claim(context, history, owner, event)
    if (saga !== undefined) return saga
    session.release(id)
  }
  throw busy(id)
}

function repairEvent(context: RunnerContext, history: LoggedHistory, wanted: Repair): SagaEvent {
  const at = context.clock.now()
  const { kind, reason } = wanted
  if (kind === 'resolved') return { kind, reason, as: wanted.as, at }
  const { graph } = context.graphs.demand(history.origin)
  const step = graph.nodes[activeStep(replay(graph.nodes, history.events))]?.name ?? ''
  if (kind === 'step-retried') return { kind, reason, step, at }
  const result = toStored(wanted.result, `the result given for step '${step}'`)
  return { kind, reason, step, at, ...(result === undefined ? {} : { result }) }
}

function busy(id: string): HanseError<SagaErrorCode> {
  return new HanseError<SagaErrorCode>(`saga '${id}' was changed by others at each of ${commandAttempts} tries; repeat the command.`, {
    code: 'SAGA_BUSY',
    retryable: true,
    details: { id },
  })
}
