import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { LoggedHistory, LoggedSaga } from '../log/saga-log.ts'
import { isEnded } from '../machine/saga-state.ts'
import { unknownSaga } from '../operator/commands.ts'
import type { SagaHistoryEntry, SagaOutcome } from '../operator/saga-snapshot.ts'
import type { RunnerContext } from './runner-context.ts'

/** Waits until a saga ends, whoever owns it: by news of this process, and by looking at the log from time to time. */
export async function awaitOutcome(context: RunnerContext, id: string, options: AbortOptions): Promise<SagaOutcome> {
  const ended = (saga: LoggedSaga): SagaOutcome | undefined => {
    const { status, reason } = saga.head
    return isEnded(status) ? { status, reason } : undefined
  }
  for await (const saga of looks(context, id, options, () => context.log.head(id, options))) {
    const outcome = ended(saga)
    if (outcome !== undefined) return outcome
  }
  throw unknownSaga(id)
}

/** Yields the events of a saga, past and coming, until it ends. */
export async function* followHistory(context: RunnerContext, id: string, after: number, options: AbortOptions): AsyncGenerator<SagaHistoryEntry, void, void> {
  let seen = after
  const look = (): Promise<LoggedHistory | undefined> => context.log.read(id, seen, options)
  for await (const history of looks(context, id, options, look)) {
    for (const { seq, event } of history.events) {
      seen = seq
      yield { seq, ...event }
    }
    if (isEnded(history.head.status) && seen >= history.head.seq) return
  }
}

/** Looks at once, and again whenever there may be something new. */
async function* looks<T>(context: RunnerContext, id: string, options: AbortOptions, look: () => Promise<T | undefined>): AsyncGenerator<T, void, void> {
  let news = Promise.withResolvers<void>()
  const stop = context.news.listen(id, () => news.resolve())
  try {
    for (;;) {
      options.signal?.throwIfAborted()
      const found = await look()
      if (found === undefined) throw unknownSaga(id)
      yield found
      await untilNews(context, news.promise, options)
      news = Promise.withResolvers<void>()
    }
  } finally {
    stop()
  }
}

async function untilNews(context: RunnerContext, news: Promise<void>, { signal }: AbortOptions): Promise<void> {
  const { closing, clock, pollMs } = context
  const woken = new AbortController()
  const wake = (): void => woken.abort()
  void news.then(wake)
  signal?.addEventListener('abort', wake, { once: true })
  closing.addEventListener('abort', wake, { once: true })
  try {
    if (closing.aborted) throw new HanseError('the saga orchestrator was closed while a saga was followed; follow it with another one.', { code: 'CLOSED' })
    if (signal?.aborted !== true) await clock.sleep(pollMs, { signal: woken.signal }).catch(() => undefined)
  } finally {
    signal?.removeEventListener('abort', wake)
    closing.removeEventListener('abort', wake)
  }
}
