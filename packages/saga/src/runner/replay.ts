import type { PlannedStep } from '../definition/saga-graph.ts'
import type { LoggedEvent } from '../log/saga-log.ts'
import { initialState } from '../machine/saga-state.ts'
import type { SagaState } from '../machine/saga-state.ts'
import { transition } from '../machine/transition.ts'

/** The state that a history leads to. Pure; nothing of the user's code runs. */
export function replay(plan: readonly PlannedStep[], events: readonly LoggedEvent[]): SagaState {
  return events.reduce((state, { event }) => transition(plan, state, event).state, initialState(plan))
}

/** Whether the rows of a saga were made to live for ever: it needed attention, and has not ended since. */
export function isPinned(events: readonly LoggedEvent[]): boolean {
  return events.some(({ event }) => 'next' in event && event.next === 'attention')
}
