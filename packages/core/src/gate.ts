import type { AbortOptions } from './abort.ts'

/** A bounded number of places, given out in the order of asking. */
export interface Gate {
  /**
   * Takes a place; resolves with a function that gives it back, to be called once.
   * @throws the signal's reason when it aborts before a place is free
   */
  enter(options?: AbortOptions): Promise<() => void>
  /**
   * Runs `work` in a place, which is free again when the work has ended, well or not.
   * @throws what `work` throws; the signal's reason when it aborts before a place is free
   */
  pass<T>(work: () => Promise<T>, options?: AbortOptions): Promise<T>
}

/**
 * Makes a {@link Gate}.
 *
 * @param size - how many places there are
 */
export function createGate(size: number): Gate {
  const waiting = new Set<() => void>()
  let free = size
  const leave = (): void => {
    const next = waiting.values().next().value
    if (next === undefined) {
      free++
      return
    }
    // The place goes straight to the first who waits: nobody who comes meanwhile can take it.
    waiting.delete(next)
    next()
  }
  const wait = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiting.delete(take)
        reject(signal?.reason)
      }
      const take = (): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      waiting.add(take)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  const isEntered = (): boolean => {
    if (free === 0) return false
    free--
    return true
  }
  const leaving = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } finally {
      leave()
    }
  }
  return {
    async enter({ signal } = {}) {
      signal?.throwIfAborted()
      if (!isEntered()) await wait(signal)
      return leave
    },
    pass(work, { signal } = {}) {
      if (signal?.aborted === true) return Promise.reject(signal.reason)
      return isEntered() ? leaving(work) : wait(signal).then(() => leaving(work))
    },
  }
}
