/** Runs `count` calls from `callers` loops, each of which waits for its call before the next. */
export async function callFrom(callers: number, count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const loop = async (): Promise<void> => {
    while (next < count) await call(next++)
  }
  await Promise.all(Array.from({ length: callers }, loop))
}
