import type { LoggedHistory, SagaHead } from '../log/saga-log.ts'
import type { SagaEvent } from '../machine/saga-event.ts'
import { isEnded } from '../machine/saga-state.ts'
import { transition } from '../machine/transition.ts'
import { appendSettled } from './append-settled.ts'
import type { OwnerSession } from './owner-session.ts'
import { isPinned, replay } from './replay.ts'
import type { RunnerContext } from './runner-context.ts'
import type { OwnedSaga } from './saga-run.ts'

/** What came of an attempt to take a saga over. */
export type TakeOver =
  | { readonly kind: 'taken'; readonly saga: OwnedSaga }
  /** Nothing is left to do: it ended, or is in other hands. */
  | { readonly kind: 'settled' }
  /** It was announced and is not there: it never came to be, or its start is still on the way. */
  | { readonly kind: 'missing' }
  /** It has to wait for an orchestrator that knows its definition. */
  | { readonly kind: 'left'; readonly reason: string }

/** Makes this session the owner of a saga that `from` owned, if it still does. */
export async function takeOver(context: RunnerContext, session: OwnerSession, id: string, from: string): Promise<TakeOver> {
  for (;;) {
    const history = await context.log.read(id, -1)
    if (history === undefined) return { kind: 'missing' }
    if (isEnded(history.head.status) || history.head.owner !== from) return { kind: 'settled' }
    const found = context.graphs.of(history.origin)
    if (typeof found === 'string') return park(context, session.id, history, found)
    const owner = await session.announce(id, history.origin.name)
    const event: SagaEvent = { kind: 'taken-over', owner, at: context.clock.now() }
    const saga = await claim(context, history, owner, event)
    if (saga !== undefined) return { kind: 'taken', saga }
    session.release(id)
  }
}

/**
 * Writes an event together with the change of owner; `undefined` when the saga has moved meanwhile.
 * The raised epoch refuses everything that the former owner may still write.
 */
export async function claim(context: RunnerContext, history: LoggedHistory, owner: string, event: SagaEvent): Promise<OwnedSaga | undefined> {
  const { origin, head: before, events } = history
  const { graph } = context.graphs.demand(origin)
  const { state } = transition(graph.nodes, replay(graph.nodes, events), event)
  const pinned = isPinned(events)
  const ends = isEnded(state.status)
  const head: SagaHead = { status: state.status, seq: before.seq + 1, epoch: before.epoch + 1, owner, reason: state.attention ?? state.reason }
  const result = await appendSettled(
    context,
    {
      id: origin.id,
      expected: { seq: before.seq, epoch: before.epoch },
      head,
      event,
      writer: owner,
      life: pinned && !ends ? 'forever' : 'retained',
      ...(pinned && ends ? { renew: history } : {}),
    },
    context.closing,
  )
  if (!result.applied) return undefined
  context.news.tell(origin.id)
  return { origin, graph, head, state, pinned: pinned && !ends }
}

/** Shows in the saga itself that it waits, and for what. The owner stays, so that others may still take it from there. */
async function park(context: RunnerContext, writer: string, history: LoggedHistory, reason: string): Promise<TakeOver> {
  const { origin, head } = history
  if (head.status === 'parked' || !context.graphs.knows(origin.name)) return { kind: 'left', reason }
  context.logger.warn({ sagaId: origin.id, saga: origin.name, version: origin.version }, reason)
  const event: SagaEvent = { kind: 'parked', reason, at: context.clock.now() }
  const parked: SagaHead = { ...head, status: 'parked', seq: head.seq + 1, reason: undefined }
  await appendSettled(
    context,
    { id: origin.id, expected: head, head: parked, event, writer, life: isPinned(history.events) ? 'forever' : 'retained' },
    context.closing,
  )
  return { kind: 'left', reason }
}
