import { createRequire } from 'node:module'

/** What is used here of the queue of requests that kafkajs keeps for each connection. */
export interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

const patched = new WeakSet<object>()

/** The prototype of kafkajs' queues. */
export function requestQueuePrototype(): RequestQueue {
  const requestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: RequestQueue }
  return requestQueue.prototype
}

/**
 * Takes a warning away that kafkajs makes Node print to every user's console ("TimeoutNegativeWarning"): its queue sets a timer to look after
 * waiting requests also when none waits, and then for a negative time. Without waiting requests the timer has nothing to do, so it is left out;
 * a request that has to wait sets one itself.
 */
export function quietRequestQueue(): void {
  const queue = requestQueuePrototype()
  if (patched.has(queue)) return
  patched.add(queue)
  const original = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this)
  }
}
