/** One behaviour that every implementation of a port must show. */
export interface ConformanceCase<Harness, Capability extends string = string> {
  /** The behaviour, in the present tense; unique in its suite. */
  readonly name: string
  /** What an implementation must declare for the case to apply; a runner reports the case as skipped otherwise. */
  readonly requires?: readonly Capability[]
  /** Shows the behaviour with `node:assert`; rejects when it does not hold. */
  run(harness: Harness): Promise<void>
}
