/** Lets a number of requests through at once; further ones wait in the order in which they came. */
export interface RequestGate {
  pass<T>(request: () => Promise<T>): Promise<T>
}

/** The driver refuses what is beyond its limit of requests under way (2,048 a connection); here they wait. */
export function createRequestGate(limit: number): RequestGate {
  const waiting: (() => void)[] = []
  let running = 0
  let first = 0
  const leave = (): void => {
    const next = waiting[first]
    if (next === undefined) {
      running--
      return
    }
    first++
    // Taking the first out of an array moves all others: done for many at once.
    if (first * 2 > waiting.length) {
      waiting.splice(0, first)
      first = 0
    }
    next()
  }
  const leaving = async <T>(request: () => Promise<T>): Promise<T> => {
    try {
      return await request()
    } finally {
      leave()
    }
  }
  return {
    pass(request) {
      if (running === limit) return new Promise<void>((resolve) => waiting.push(resolve)).then(() => leaving(request))
      running++
      return leaving(request)
    },
  }
}
