import { kafkajsModule, mayChange } from './kafkajs-module.ts'

/** What is used here of the queue of requests that kafkajs keeps for each connection. */
export interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

/** The prototype of kafkajs' queues, where it can be reached. */
export function requestQueuePrototype(): RequestQueue | undefined {
  return (kafkajsModule('network/requestQueue/index.js') as { readonly prototype: RequestQueue } | undefined)?.prototype
}

/**
 * Takes a warning away that kafkajs makes Node print to every user's console ("TimeoutNegativeWarning"): its queue sets a timer to look after
 * waiting requests also when none waits, and then for a negative time. Without waiting requests the timer has nothing to do, so it is left out;
 * a request that has to wait sets one itself.
 */
export function quietRequestQueue(): void {
  const queue = requestQueuePrototype()
  if (queue === undefined || !mayChange(queue)) return
  const original = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this)
  }
}
