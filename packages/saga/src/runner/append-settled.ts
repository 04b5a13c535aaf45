import { HanseError, backoffMs, resolveBackoff } from '@hanse/core'
import type { Append, Appended } from '../log/saga-log.ts'
import type { RunnerContext } from './runner-context.ts'

const backoff = resolveBackoff({ initialMs: 20, maxMs: 2_000 })

/**
 * Appends, whatever the store does: after an error it looks whether the write is there and repeats it when it is not.
 * Gives up only when `signal` aborts or the store is closed.
 */
export async function appendSettled(context: RunnerContext, write: Append, signal: AbortSignal): Promise<Appended> {
  const { log, clock, random, logger } = context
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      const result = await log.append(write)
      // A refusal may be the work of our own earlier attempt.
      return result.applied || attempt === 1 ? result : await look(context, write, result)
    } catch (error) {
      if (HanseError.hasCode(error, 'CLOSED')) throw error
      logger.warn({ sagaId: write.id, event: write.event.kind, attempt, error: String(error) }, 'the saga log did not answer; looking before repeating')
    }
    await clock.sleep(backoffMs(backoff, attempt, random), { signal })
  }
}

async function look(context: RunnerContext, write: Append, refused: Appended): Promise<Appended> {
  const history = await context.log.read(write.id, write.expected.seq)
  const first = history?.events.find((row) => row.seq === write.head.seq)
  const ours = first !== undefined && first.writer === write.writer && first.event.kind === write.event.kind && first.event.at === write.event.at
  return ours ? { applied: true } : refused
}
