import { request } from './api.js'
import { readEvents } from './event-stream.js'
import { Problem, readProblem } from './problem.js'

/**
 * @typedef {object} OrderWatcher
 * @property {(progress: import('./order-progress.js').Progress) => void} progress
 * @property {(end: { status: string, reason?: string }) => void} end the last word; nothing follows
 * @property {(state: 'connecting' | 'live' | 'waiting') => void} connection
 * @property {(problem: Problem) => void} refused the shop will not show this order; nothing follows
 */

const firstPauseMs = 500
const longestPauseMs = 8_000

/**
 * Follows an order until it ends. A stream that breaks is taken up again after a growing pause, from the event that was seen last.
 * @param {string} orderId
 * @param {OrderWatcher} watcher
 * @param {AbortSignal} signal
 */
export async function followOrder(orderId, watcher, signal) {
  let lastId = /** @type {string | undefined} */ (undefined)
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    watcher.connection('connecting')
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
      const response = await request(`/orders/${encodeURIComponent(orderId)}/events`, { signal, headers, endless: true })
      if (!response.ok) throw await readProblem(response)
      watcher.connection('live')
      for await (const { event, data, id } of readEvents(response)) {
        pauseMs = firstPauseMs
        lastId = id ?? lastId
        if (event === 'progress') watcher.progress(JSON.parse(data))
        if (event === 'end') return watcher.end(JSON.parse(data))
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Problem && isFinal(error.status)) return watcher.refused(error)
    }
    watcher.connection('waiting')
    await pause(pauseMs, signal)
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  }
}

/** @param {number} status */
function isFinal(status) {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
