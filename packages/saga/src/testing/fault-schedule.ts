import { invalidArgument } from '@hanse/core'
import type { Random } from '@hanse/core'

/**
 * What may go wrong in a simulation.
 *
 * - `crash`: the process dies before a call, or after the call has done its work but before the answer is read; another one starts.
 * - `lostRequest`: a call fails and does none of its work, as if the request had been lost.
 * - `lostReply`: a call does its work and then fails, as if the answer had been lost.
 * - `duplicate`: a participant is called twice with the same key.
 * - `zombie`: the process stands still before a call, until another has finished its work; then it goes on as if nothing had been.
 */
export type SagaFault = 'crash' | 'lostRequest' | 'lostReply' | 'duplicate' | 'zombie'

/** One fault at one call. */
export interface PlannedFault {
  /** The call, counted from 1 over all processes. */
  readonly at: number
  readonly what: FaultKind
}

/** The faults by what exactly happens. */
export type FaultKind = 'crash-before' | 'crash-after' | 'lost-request' | 'lost-reply' | 'duplicate' | 'zombie'

/** Whom a call goes to. */
export type CallTarget = 'log' | 'participant'

const kindsOf: Readonly<Record<SagaFault, readonly FaultKind[]>> = {
  crash: ['crash-before', 'crash-after'],
  lostRequest: ['lost-request'],
  lostReply: ['lost-reply'],
  duplicate: ['duplicate'],
  zombie: ['zombie'],
}
const allKinds: readonly FaultKind[] = Object.values(kindsOf).flat()

/** The kinds that apply to a call. */
function kindsFor(faults: readonly SagaFault[], target: CallTarget): FaultKind[] {
  return faults.flatMap((fault) => kindsOf[fault]).filter((kind) => kind !== 'duplicate' || target === 'participant')
}

/** Every single fault at every call of a run that had none. */
export function singleFaults(calls: readonly CallTarget[], faults: readonly SagaFault[]): PlannedFault[][] {
  return calls.flatMap((target, index) => kindsFor(faults, target).map((what) => [{ at: index + 1, what }]))
}

/** Two or three faults, drawn. The later ones may strike the process that took over. */
export function drawnFaults(calls: number, faults: readonly SagaFault[], random: Random): PlannedFault[] {
  const kinds = kindsFor(faults, 'participant')
  const count = 2 + Math.floor(random() * 2)
  const planned = Array.from({ length: count }, () => ({
    at: 1 + Math.floor(random() * calls * 1.5),
    what: kinds[Math.floor(random() * kinds.length)] ?? 'crash-before',
  }))
  return planned.toSorted((a, b) => a.at - b.at)
}

/** A schedule as text: `7:crash-after,12:lost-reply`. */
export function formatSchedule(schedule: readonly PlannedFault[]): string {
  return schedule.map(({ at, what }) => `${at}:${what}`).join(',')
}

/** Reads {@link formatSchedule} back. */
export function parseSchedule(text: string): PlannedFault[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const [at, what] = part.split(':')
    const kind = allKinds.find((each) => each === what)
    if (kind === undefined || !Number.isInteger(Number(at)))
      throw invalidArgument("option 'schedule' of simulate", "what an earlier simulation printed, like '7:crash-after'", text)
    return { at: Number(at), what: kind }
  })
}
