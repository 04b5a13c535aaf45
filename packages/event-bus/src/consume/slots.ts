/** A bounded number of places, given out in the order of asking. */
export interface Slots {
  /**
   * Resolves with a function that gives the place back; call it once.
   * @throws the signal's reason when it aborts before a place is free
   */
  acquire(signal: AbortSignal): Promise<() => void>
}

/** Makes {@link Slots} for `size` holders. */
export function createSlots(size: number): Slots {
  let free = size
  const waiting = new Set<() => void>()
  const release = (): void => {
    const [next] = waiting
    if (next === undefined) free++
    else {
      waiting.delete(next)
      next()
    }
  }
  return {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        if (free > 0) {
          free--
          return resolve(release)
        }
        const onAbort = (): void => {
          waiting.delete(take)
          reject(signal.reason)
        }
        const take = (): void => {
          signal.removeEventListener('abort', onAbort)
          resolve(release)
        }
        waiting.add(take)
        signal.addEventListener('abort', onAbort, { once: true })
      }),
  }
}
