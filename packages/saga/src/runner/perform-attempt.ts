import { HanseError, childTrace, createChannel, createDeadline, parseTraceparent, raceAbort, runWithContext } from '@hanse/core'
import type { Clock } from '@hanse/core'
import type { StepNode } from '../definition/saga-graph.ts'
import { SagaRejection } from '../definition/saga-rejection.ts'
import type { StepContext } from '../definition/step-context.ts'
import { toStored } from '../definition/stored.ts'
import type { Json } from '../definition/stored.ts'
import type { SagaOrigin } from '../log/saga-log.ts'
import type { Observation } from '../machine/decide.ts'
import type { SagaFailure } from '../machine/saga-event.ts'

/** One call of a participant. */
export interface Attempt {
  readonly origin: SagaOrigin
  readonly node: StepNode
  readonly direction: 'run' | 'undo'
  readonly attempt: number
  readonly input: Json
  readonly results: Readonly<Record<string, Json | undefined>>
  /** What the step returned, for its `undo`. */
  readonly result: Json | undefined
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** What an attempt tells subscribers of the channel `hanse:saga:attempt`. */
export interface SagaAttemptMessage {
  readonly saga: string
  readonly sagaId: string
  readonly step: string
  readonly direction: 'run' | 'undo'
  readonly attempt: number
}

const channel = createChannel<SagaAttemptMessage>('hanse:saga:attempt')
const longestMessage = 500

/** Calls the participant and says what came of it. Never rejects. */
export async function performAttempt(call: Attempt): Promise<Observation> {
  const { origin, node, direction, attempt } = call
  const timeoutMs = direction === 'run' ? node.timeoutMs : node.undoTimeoutMs
  using deadline = createDeadline({ timeoutMs, subject: `attempt ${attempt} of '${node.name}'`, signal: call.signal, clock: call.clock })
  const context = stepContext(call, deadline.signal)
  const { correlationId, trace } = context
  const body = async (): Promise<unknown> => (direction === 'run' ? node.run(context) : node.undo(context, call.result))
  try {
    const value = await channel.trace(
      () => ({ saga: origin.name, sagaId: origin.id, step: node.name, direction, attempt }),
      () => raceAbort(runWithContext({ correlationId, causationId: origin.id, ...(trace === undefined ? {} : { trace }) }, body), deadline.signal),
    )
    return { kind: 'completed', result: direction === 'run' ? toStored(value, `the result of step '${node.name}'`) : undefined }
  } catch (error) {
    return { kind: 'failed', error: toFailure(error), rejected: SagaRejection.isInstance(error) }
  }
}

function stepContext(call: Attempt, signal: AbortSignal): StepContext<unknown, unknown> {
  const { origin, node, direction } = call
  const parent = origin.trace === null ? undefined : parseTraceparent(origin.trace)
  return {
    input: call.input,
    results: call.results,
    idempotencyKey: `${origin.id}:${node.name}:${direction}`,
    attempt: call.attempt,
    signal,
    sagaId: origin.id,
    correlationId: origin.correlationId,
    trace: parent === undefined ? undefined : childTrace(parent),
  }
}

/** What history keeps of an error: no stack, no cause, nothing long. */
function toFailure(error: unknown): SagaFailure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, longestMessage)
  if (SagaRejection.isInstance(error)) return { message, code: String(error.details['reason']) }
  if (HanseError.isInstance(error)) return { message, code: error.code }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? { message, code } : { message }
}
