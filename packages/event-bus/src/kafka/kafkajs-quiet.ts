import { createRequire } from 'node:module'
import type { Clock } from '@hanse/core'

interface Queue {
  throttledUntil: number
  scheduleCheckPendingRequests: (this: Queue) => void
}

const patched = new WeakSet<object>()

/**
 * Takes a warning away that kafkajs makes Node print to every user's console ("TimeoutNegativeWarning"): its queue sets a timer of
 * `throttledUntil - now` milliseconds, where `throttledUntil` is -1 as long as no broker has throttled it. Node takes that for one millisecond,
 * and so do we.
 */
export function quietRequestQueue(clock: Pick<Clock, 'now'>): void {
  const requestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: Queue }
  const queue = requestQueue.prototype
  if (patched.has(queue)) return
  patched.add(queue)
  const original = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function (this: Queue): void {
    const until = this.throttledUntil
    this.throttledUntil = Math.max(until, clock.now() + 1)
    try {
      original.call(this)
    } finally {
      this.throttledUntil = until
    }
  }
}
