import { AsyncLocalStorage } from 'node:async_hooks'
import type { TraceContext } from './trace-context.ts'

/** What travels with a request through calls, events and sagas. */
export interface RequestContext {
  /** Names the whole piece of business, from the edge to the last handler. */
  readonly correlationId?: string
  /** The id of the event or request that directly caused this one. */
  readonly causationId?: string
  /** The position in a distributed trace. */
  readonly trace?: TraceContext
}

const storage = new AsyncLocalStorage<RequestContext>()

/** The context of the running request, or an empty one. */
export function currentContext(): RequestContext {
  return storage.getStore() ?? {}
}

/** Runs `body` with `context`; everything that it awaits sees it through {@link currentContext}. */
export function runWithContext<T>(context: RequestContext, body: () => T): T {
  return storage.run(context, body)
}
